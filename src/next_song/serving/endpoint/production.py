"""The archive that an endpoint serves."""

from typing import Any

from next_song.serving.archive import ModelArchive
from next_song.serving.endpoint.aws import client, plain_errors
from next_song.serving.endpoint.hosted import described, models_of
from next_song.serving.endpoint.store import load


def served_archive(endpoint: str) -> ModelArchive | None:
    """Returns the archive that an endpoint serves, None if there is no endpoint that serves one.

    Raises EndpointError without access, and InputError if its object is gone or overwritten.
    """
    with plain_errors(f"endpoint {endpoint}"):
        address = served_address(client("sagemaker"), endpoint)
    return load(address) if address else None


def served_address(sagemaker: Any, endpoint: str) -> str:
    """Returns the address of the archive that an endpoint serves, "" if it serves none."""
    found = described(sagemaker, endpoint)
    models = models_of(sagemaker, found["EndpointConfigName"]) if found else []
    if found is None or found["EndpointStatus"] == "Failed" or not models:
        return ""
    model = sagemaker.describe_model(ModelName=models[0])
    return str(model["PrimaryContainer"]["ModelDataUrl"])
