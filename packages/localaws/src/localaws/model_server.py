"""The process behind an endpoint, which answers as AWS's TensorFlow Serving container does.

``python -m localaws.model_server --model-dir DIR --fd N`` serves GET /ping and POST
/invocations on the listening socket that it inherits as N. It needs only TensorFlow and the
standard library. A model runs as in TensorFlow Serving: in a session, with its init op, by
signature name. In AWS's container, tensorflowServing.js of
sagemaker-tensorflow-serving-container passes requests to TensorFlow Serving. CSV, JSON lines,
``examples`` (classify and regress) and several models in one archive are missing here.
"""

from __future__ import annotations

import argparse
import json
import socket
import sys
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import tensorflow as tf

from localaws import predict_json
from localaws.predict_json import RequestError

# as in http_server.cc of TensorFlow Serving; any other error is 500
STATUS = {
    tf.errors.CancelledError: 499,
    tf.errors.InvalidArgumentError: 400,
    tf.errors.FailedPreconditionError: 400,
    tf.errors.OutOfRangeError: 400,
    tf.errors.UnauthenticatedError: 401,
    tf.errors.PermissionDeniedError: 403,
    tf.errors.NotFoundError: 404,
    tf.errors.AlreadyExistsError: 409,
    tf.errors.AbortedError: 409,
    tf.errors.ResourceExhaustedError: 429,
    tf.errors.UnimplementedError: 501,
    tf.errors.UnavailableError: 503,
    tf.errors.DeadlineExceededError: 504,
}


class Model:
    """A SavedModel in a session, with the inputs and outputs of its signatures."""

    def __init__(self, folder: Path):
        graph = tf.Graph()
        self._session = tf.compat.v1.Session(graph=graph)
        with graph.as_default():
            tags = [tf.saved_model.SERVING]
            loaded = tf.compat.v1.saved_model.load(self._session, tags, str(folder))
        self._signatures = loaded.signature_def

    def inputs(self, signature: str) -> dict[str, Any]:
        """Returns the inputs of a signature by name; raises RequestError if it does not exist."""
        if not isinstance(signature, str) or signature not in self._signatures:
            raise RequestError(f'Serving signature name: "{signature}" not found in signature def')
        inputs = self._signatures[signature].inputs
        return {name: tf.TensorSpec(None, info.dtype) for name, info in inputs.items()}

    def run(self, signature: str, values: dict[str, Any]) -> dict[str, Any]:
        """Returns the outputs of a signature as arrays; raises tf.errors.OpError."""
        definition = self._signatures[signature]
        wanted = {name: info.name for name, info in definition.outputs.items()}
        given = {definition.inputs[name].name: value for name, value in values.items()}
        outputs: dict[str, Any] = self._session.run(wanted, given)
        return outputs


def load(folder: Path) -> Model:
    """Loads the newest ``<digits>/saved_model.pb`` below ``folder``, as TensorFlow Serving does."""
    versions = [p.parent for p in folder.glob("**/saved_model.pb") if p.parent.name.isdigit()]
    if not versions:
        raise FileNotFoundError(f"no <digits>/saved_model.pb in {folder}")
    return Model(max(versions, key=lambda path: int(path.name)))


def answer(model: Model, body: bytes) -> dict[str, Any]:
    """Returns the JSON answer to a request body; raises RequestError or tf.errors.OpError."""
    request = predict_json.parse(body)
    name = request.get("signature_name", "serving_default")
    inputs = model.inputs(name)
    rows = "instances" in request
    values = (
        predict_json.columns(request["instances"], inputs)
        if rows
        else predict_json.named(request["inputs"], inputs)
    )
    arrays = {key: predict_json.array(value, inputs[key]) for key, value in values.items()}
    try:
        outputs = model.run(name, arrays)
    except (TypeError, ValueError) as error:
        raise RequestError(str(error)) from error
    return (
        {"predictions": predict_json.by_row(outputs)}
        if rows
        else {"outputs": predict_json.by_column(outputs)}
    )


class Handler(BaseHTTPRequestHandler):
    """Handles one connection, in a thread of its own."""

    protocol_version = "HTTP/1.1"
    model: Model

    def do_GET(self) -> None:
        """Answers /ping with 200 once the model is loaded, and anything else with 404."""
        self._reply(*((200, {}) if self.path == "/ping" else (404, {"error": "Not Found"})))

    def do_POST(self) -> None:
        """Answers /invocations with 200 and the predictions, or with an error object."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        kind = self.headers.get("Content-Type")
        if self.path != "/invocations":
            self._reply(404, {"error": "Not Found"})
        elif kind != "application/json":
            self._reply(415, {"error": f"Unsupported Media Type: {kind or 'Unknown'}"})
        else:
            self._invoke(body)

    def _invoke(self, body: bytes) -> None:
        try:
            self._reply(200, answer(self.model, body))
        except RequestError as error:
            self._reply(400, {"error": str(error)})
        except tf.errors.OpError as error:
            text = error.message.removeprefix("Graph execution error:\n\n")  # which Python adds
            self._reply(STATUS.get(type(error), 500), {"error": text})
        except Exception as error:  # the model's fault, not the client's
            self._reply(500, {"error": repr(error)})

    def _reply(self, status: int, content: dict[str, Any]) -> None:
        payload = json.dumps(content).encode()
        with suppress(ConnectionError):  # a client that has given up
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Logs nothing: a line for every ping and invocation would fill the endpoint's log."""


def main() -> None:
    """Loads the model, then accepts connections; until then a ping waits."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model-dir", type=Path, required=True)
    parser.add_argument("--fd", type=int, required=True)
    options = parser.parse_args()
    Handler.model = load(options.model_dir)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler, bind_and_activate=False)
    server.socket.close()
    server.socket = socket.socket(fileno=options.fd)
    sys.stdout.write("model loaded\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main()
