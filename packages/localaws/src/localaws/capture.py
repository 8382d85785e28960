"""Data capture: requests and answers of an endpoint as JSON lines in S3, as SageMaker writes them.

SageMaker gathers them for minutes; here, each has a file of its own, at once.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlparse
from uuid import uuid4

from botocore.exceptions import BotoCoreError, ClientError
from werkzeug.wrappers import Request, Response

PLACE = "{endpoint}/{variant}/{time:%Y/%m/%d/%H}/{time:%M-%S}-{id}.jsonl"
INFERENCE = "X-Amzn-SageMaker-Inference-Id"


def capture(
    s3: Any, config: Mapping[str, Any], names: Mapping[str, str], request: Request, answer: Response
) -> None:
    """Writes a request and its answer. ``config`` is a DataCaptureConfig.

    ``names`` has ``endpoint`` and ``variant``. As on AWS, the caller does not learn of a failure.
    """
    time, identity = datetime.now(UTC), str(uuid4())
    where = urlparse(config["DestinationS3Uri"])
    key = PLACE.format(time=time, id=identity, **names)
    metadata = {"eventId": identity, "inferenceTime": f"{time:%Y-%m-%dT%H:%M:%SZ}"}
    if INFERENCE in request.headers:
        metadata["inferenceId"] = request.headers[INFERENCE]
    sides: dict[str, Request | Response] = {"INPUT": request, "OUTPUT": answer}
    modes = [option["CaptureMode"].upper() for option in config["CaptureOptions"]]
    event = {
        "captureData": {
            f"endpoint{mode.title()}": side(config, mode, sides[mode])
            for mode in sides
            if mode in modes or "INPUTANDOUTPUT" in modes
        },
        "eventMetadata": metadata,
        "eventVersion": "0",
    }
    with suppress(BotoCoreError, ClientError):
        s3.put_object(
            Bucket=where.netloc,
            Key=f"{where.path.strip('/')}/{key}".lstrip("/"),
            Body=(json.dumps(event) + "\n").encode(),
        )


def side(config: Mapping[str, Any], mode: str, message: Request | Response) -> dict[str, str]:
    """Returns one side of an event: text if the configuration names its content type as JSON."""
    kind, body = message.headers.get("Content-Type", ""), message.get_data()
    types = config.get("CaptureContentTypeHeader", {}).get("JsonContentTypes", [])
    is_json = kind.split(";")[0].strip() in types
    data = body.decode() if is_json else base64.b64encode(body).decode()
    encoding = "JSON" if is_json else "BASE64"
    return {"observedContentType": kind, "mode": mode, "data": data, "encoding": encoding}
