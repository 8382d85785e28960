"""SageMaker Runtime: passes InvokeEndpoint on to the container of an endpoint."""

from __future__ import annotations

import json
import re
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from typing import Any

from moto.sagemaker.models import sagemaker_backends
from werkzeug.wrappers import Request, Response

from localaws.capture import capture
from localaws.lock import STATE
from localaws.model_container import ModelContainer
from localaws.scratch import direct

MIB = 1024**2
PASSED_ON = ("Content-Type", "Accept", "X-Amzn-SageMaker-Custom-Attributes")
TIMEOUT = 60.0
MODEL_STATUS = "x-localaws-model-status"  # what the container answered, if it was an error


class Runtime:
    """WSGI middleware in front of moto, which answers invocations.

    Gap: moto answers every invocation, of any endpoint, with ``b'body'``.

    It also has a path that AWS does not have, to test how a client handles throttling: after
    ``POST /localaws/throttle?count=N``, the next N invocations get a ThrottlingException.
    """

    ROUTE = re.compile(r"/endpoints/([^/]+)/invocations")

    def __init__(self, app: Callable[..., Iterable[bytes]], account: str, region: str):
        self._app, self._account, self._region = app, account, region
        self._throttled = 0

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answers one request, or passes it on to moto."""
        match = self.ROUTE.fullmatch(environ["PATH_INFO"])
        app = self._app
        if match:
            app = self._invoke(match[1], Request(environ))
        elif environ["PATH_INFO"] == "/localaws/throttle":
            self._throttled = int(Request(environ).args["count"])
            app = Response(status=204)
        return app(environ, start_response)

    def _invoke(self, name: str, request: Request) -> Response:
        body = request.get_data()
        if self._throttled > 0:
            self._throttled -= 1
            return refusal(400, "ThrottlingException", message="Rate exceeded")
        with ExitStack() as lease:
            with STATE:
                backend: Any = sagemaker_backends[self._account][self._region]
                endpoint, fleet = backend.endpoints.get(name), backend.fleets.get(name)
                if endpoint is None or fleet is None:
                    text = f"Endpoint {name} of account {self._account} not found."
                    return refusal(400, "ValidationError", message=text)
                container = fleet.pick()
                # before the lock is released, else an update could stop the container first
                lease.enter_context(container.busy())
                variant = endpoint.production_variants[0]
                config = backend.endpoint_configs.get(endpoint.endpoint_config_name)
            limit = (4 if "CurrentServerlessConfig" in variant else 6) * MIB
            if len(body) > limit:
                text = f"HTTP content length exceeded {limit} bytes."
                return Response(text, 413, content_type="text/plain")
            started = time.monotonic()
            answer = forward(container, request, body, variant["VariantName"])
            fleet.answered(int(answer.headers.get(MODEL_STATUS, 200)), started)
            wanted = config.data_capture_config if config and answer.status_code == 200 else {}
            if wanted and fleet.captures(wanted["InitialSamplingPercentage"]):
                names = {"endpoint": name, "variant": variant["VariantName"]}
                capture(backend.host.s3, wanted, names, request, answer)
            return answer


def forward(container: ModelContainer, request: Request, body: bytes, variant: str) -> Response:
    """Returns the container's answer to an invocation, or its error as SageMaker reports it."""
    headers = {name: request.headers[name] for name in PASSED_ON if name in request.headers}
    asked = urllib.request.Request(f"{container.url}/invocations", data=body, headers=headers)
    try:
        with direct.open(asked, timeout=TIMEOUT) as answer:
            payload, kind = answer.read(), answer.headers["Content-Type"]
    except urllib.error.HTTPError as error:
        return model_error(error.code, error.read().decode("utf-8", "replace"))
    except OSError as error:  # the container is gone, or does not answer in time
        return model_error(0, f"Your invocation failed in container primary: {error}")
    sent = {"x-Amzn-Invoked-Production-Variant": variant}
    return Response(payload, content_type=kind, headers=sent)


def model_error(status: int, text: str) -> Response:
    """Returns a ModelError for a container that answered ``status`` and ``text``; 0: no answer."""
    blame = "client" if 400 <= status < 500 else "server"
    message = f'Received {blame} error ({status}) from primary with message "{text}".'
    more = {"OriginalStatusCode": status, "OriginalMessage": text}
    answer = refusal(424, "ModelError", Message=message, **more)
    answer.headers[MODEL_STATUS] = str(status)
    return answer


def refusal(status: int, code: str, **body: Any) -> Response:
    """Returns an error response in AWS's format."""
    kind = {"x-amzn-errortype": code}
    return Response(json.dumps(body), status, kind, content_type="application/json")
