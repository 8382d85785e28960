"""Serves the AWS endpoint: moto's server with the corrections, in a thread of this process."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from werkzeug.serving import make_server

from localaws import antlr, batch, batch_stack, hosting, images, model_registry, scaling, templates
from localaws.calls import CallLog, Logged
from localaws.container import Compute
from localaws.lock import OneAtATime
from localaws.model_container import Host
from localaws.runtime import Runtime

REGION = "us-east-1"


@contextmanager
def serving(port: int, log: CallLog) -> Iterator[str]:
    """Serves on 127.0.0.1 and yields the URL; ``port`` 0 takes a free port; logs all calls.

    Call ``install`` when the URL is known, with what runs jobs and models.
    """
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # else it logs a line per request
    moto = OneAtATime(DomainDispatcherApplication(create_backend_app))
    app = Logged(Runtime(moto, DEFAULT_ACCOUNT_ID, REGION), log)
    server = make_server("127.0.0.1", port, app, threaded=True, request_handler=MotoRequestHandler)
    # Step Functions calls the other services at this port, with a client of its own
    os.environ["MOTO_PORT"] = str(server.server_port)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def install(compute: Compute, host: Host) -> None:
    """Installs all corrections of moto, for the rest of this process."""
    batch.install(compute)
    batch_stack.install()
    images.install()
    templates.install()
    model_registry.install()
    hosting.install(host)
    scaling.install()
    antlr.install()
    from localaws import step_functions  # its imports need antlr's replacements

    step_functions.install()
