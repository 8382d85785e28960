"""Data capture: SageMaker keeps requests and answers of an endpoint in S3, as JSON lines."""

from typing import Any

from next_song.parameters import DataCapture
from next_song.serving.endpoint.store import Store


def capture_config(wanted: DataCapture | None, store: str) -> dict[str, Any]:
    """Returns what CreateEndpointConfig needs for it; empty without.

    store: the address of the store beside which they are kept.
    """
    if not wanted:
        return {}
    return {
        "DataCaptureConfig": {
            "EnableCapture": True,
            "InitialSamplingPercentage": wanted.percent,
            "DestinationS3Uri": Store(store).captured,
            "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
            # else they are in Base64
            "CaptureContentTypeHeader": {"JsonContentTypes": ["application/json"]},
        }
    }
