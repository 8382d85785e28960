"""The archive that an endpoint serves."""

from typing import Any

from next_song.serving.archive import ModelArchive
from next_song.serving.endpoint.aws import client, plain_errors
from next_song.serving.endpoint.hosted import PROJECT, described, models_of, tags_of
from next_song.serving.endpoint.store import load


def served_archive(endpoint: str) -> ModelArchive | None:
    """Returns the archive that an endpoint serves, None if there is no endpoint that serves one.

    Raises EndpointError without access or if its object is gone, and InputError if that was
    overwritten.
    """
    with plain_errors(f"endpoint {endpoint}"):
        address = served_address(client("sagemaker"), endpoint)
    return load(address) if address else None


def served_address(sagemaker: Any, endpoint: str) -> str:
    """Returns the address of the archive that an endpoint serves, "" if it serves none of ours."""
    found = described(sagemaker, endpoint)
    if found is None or found["EndpointStatus"] == "Failed":
        return ""
    if tags_of(sagemaker, "endpoint", endpoint).get(PROJECT["Key"]) != PROJECT["Value"]:
        return ""
    models = models_of(sagemaker, found["EndpointConfigName"])
    model = sagemaker.describe_model(ModelName=models[0]) if models else {}
    return str(model.get("PrimaryContainer", {}).get("ModelDataUrl", ""))
