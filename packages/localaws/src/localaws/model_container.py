"""Runs one container of an endpoint: a model server with its model from S3."""

from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

from botocore.exceptions import ClientError

from localaws.log import LogStream
from localaws.scratch import confined, direct, python_path

try:  # installed for Python before 3.11.4, whose own lacks the filters that make extracting safe
    from backports import tarfile
except ImportError:
    import tarfile

GIB = 1024**3


class StartError(Exception):
    """Raised if a container cannot be put into service, with SageMaker's message."""


@dataclass(frozen=True)
class Host:
    """Where containers run. ``s3`` is a client; ``python`` has TensorFlow.

    ``startup`` is how many seconds a container may take to answer its first ping, unless the
    endpoint configuration says it. ``drain`` is how many seconds a replaced container may take to
    finish its requests. ``pace`` is how many seconds a second takes here for which an update waits
    or an alarm counts.
    """

    scratch: Path
    s3: Any
    python: str
    startup: float = 120.0
    drain: float = 60.0
    pace: float = 0.01

    def start(self, variant: Mapping[str, Any], model: Any, log: LogStream) -> ModelContainer:
        """Starts a container, and returns it when it is healthy; raises StartError."""
        return ModelContainer(self, variant, model, log)

    def modules(self) -> Path:
        """Returns a folder from which only this package can be imported; creates it once."""
        folder = self.scratch / "modules"
        if not folder.exists():
            folder.mkdir()
            (folder / "localaws").symlink_to(Path(__file__).parent)
        return folder


class ModelContainer:
    """A model server for one production variant. Raises StartError unless it becomes healthy."""

    def __init__(self, host: Host, variant: Mapping[str, Any], model: Any, log: LogStream):
        self._host, self._busy = host, 0
        self._idle = threading.Condition()
        self._root = Path(tempfile.mkdtemp(prefix="endpoint-", dir=host.scratch))
        self._process: subprocess.Popen[bytes] | None = None
        try:
            definition = model.primary_container or model.containers[0]
            self._fetch(definition["ModelDataUrl"], variant.get("VolumeSizeInGB", 30) * GIB)
            self._start(definition.get("Environment") or {}, log)
            startup = variant.get("ContainerStartupHealthCheckTimeoutInSeconds", host.startup)
            self._wait_healthy(startup, variant["VariantName"])
        except BaseException:
            self.stop()
            raise

    def _fetch(self, url: str, volume: int) -> None:
        """Downloads and unpacks the archive, on a disk of ``volume`` bytes."""
        source, archive = urlparse(url), self._root / "model.tar.gz"
        try:
            self._host.s3.download_file(source.netloc, source.path.lstrip("/"), str(archive))
        except ClientError as error:
            raise StartError(
                f'Failed to download model data for container "container_1" from URL: "{url}". '
                "Please ensure that there is an object located at the URL and that the role passed "
                "to CreateModel has permissions to download the object."
            ) from error
        try:
            with tarfile.open(archive, "r:gz") as tar:
                sizes = accumulate((m.size for m in tar), initial=archive.stat().st_size)
                if any(size > volume for size in sizes):
                    raise OSError(f"No space left on a volume of {volume} bytes")
                tar.extractall(self._root / "model", filter="data")
        except (tarfile.TarError, OSError, EOFError) as error:
            raise StartError(
                f'Failed to extract model data archive for container "container_1" from URL '
                f'"{url}". Please ensure that the object located at the URL is a valid tar.gz '
                f"archive. {error}"
            ) from error

    def _start(self, environment: Mapping[str, str], log: LogStream) -> None:
        scratch = self._host.scratch
        with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
            self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
            options = ["--model-dir", str(self._root / "model"), "--fd", str(listener.fileno())]
            self._process = subprocess.Popen(
                [self._host.python, "-m", "localaws.model_server", *options],
                cwd=self._root,
                env={
                    "TF_CPP_MIN_LOG_LEVEL": "2",
                    "TF_USE_LEGACY_KERAS": "1",  # no Keras: TensorFlow is there in half the time
                    **environment,
                    **confined(scratch, self._root, python_path(self._host.python)),
                    "PYTHONPATH": str(self._host.modules()),
                },
                pass_fds=[listener.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        threading.Thread(target=log.copy, args=(self._process.stdout,), daemon=True).start()

    def _wait_healthy(self, timeout: float, variant: str) -> None:
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline and self._process and self._process.poll() is None:
            # the socket is open from the start: a ping waits until the server answers or ends
            with suppress(OSError):
                direct.open(f"{self.url}/ping", timeout=deadline - time.monotonic()).close()
                return
        raise StartError(
            f"The primary container for production variant {variant} did not pass the ping health "
            "check. Please check CloudWatch logs for this endpoint."
        )

    @contextmanager
    def busy(self) -> Iterator[None]:
        """Keeps the container from stopping during the block."""
        with self._idle:
            self._busy += 1
        try:
            yield
        finally:
            with self._idle:
                self._busy -= 1
                self._idle.notify_all()

    def stop(self) -> None:
        """Stops the container after its current requests, and removes its files."""
        with self._idle:
            self._idle.wait_for(lambda: not self._busy, self._host.drain)
        if self._process:
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self._root, ignore_errors=True)
