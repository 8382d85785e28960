"""What the tests of localaws share: its processes, its clients, and what is left of them."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from localaws import guard

PROGRAMS = Path(__file__).with_name("programs")
LOCALAWS = [sys.executable, "-m", "localaws"]
SOURCE = str(Path(guard.__file__).parents[1])
OUTSIDE = {
    **os.environ,
    "PYTHONPATH": SOURCE,
    "TF_CPP_MIN_LOG_LEVEL": "2",
    "OPENBLAS_MAIN_FREE": "1",  # changes no result; a test looks for it in a job
}


@dataclass(frozen=True)
class Cloud:
    """Somewhere with AWS's API: the stand-in, or stock moto."""

    environment: Mapping[str, str]

    def client(self, service: str, **options: Any) -> Any:
        """Make a client, which tries once, without a look at this process's environment."""
        env = self.environment
        url = env["AWS_ENDPOINT_URL_S3"] if service == "s3" else env["AWS_ENDPOINT_URL"]
        given = {
            "endpoint_url": url,
            "region_name": "us-east-1",
            "aws_access_key_id": env["AWS_ACCESS_KEY_ID"],
            "aws_secret_access_key": env["AWS_SECRET_ACCESS_KEY"],
            "config": Config(retries={"max_attempts": 0}),
        }
        return boto3.client(service, **(given | options))

    def run(self, *command: str, cwd: Path, status: int = 0) -> str:
        """Run a program against it; returns what it printed, standard error included."""
        done = subprocess.run(
            [sys.executable, *command],
            cwd=cwd,
            env=OUTSIDE | dict(self.environment),
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        assert done.returncode == status, done.stdout
        return done.stdout


def until(condition: Callable[[], Any], timeout: float = 120) -> Any:
    """Wait for a true value, and return it."""
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        if value := condition():
            return value
        time.sleep(0.1)
    raise AssertionError(f"not within {timeout} s: {condition}")


def start(*arguments: str, **environment: str) -> subprocess.Popen[str]:
    """Start localaws with the given arguments, and more in its environment."""
    return subprocess.Popen(
        [*LOCALAWS, *arguments], env=OUTSIDE | environment, stdout=subprocess.PIPE, text=True
    )


def exported(process: subprocess.Popen[str]) -> dict[str, str]:
    """Read the exports that ``up`` prints."""
    found: dict[str, str] = {}
    for line in iter(process.stdout.readline, "# localaws is up; Ctrl-C stops it\n"):
        assert line, "localaws has ended"
        word, *rest = shlex.split(line)
        if word == "export":
            name, value = rest[0].split("=", 1)
            found[name] = value
    return found


@dataclass(frozen=True)
class Footprint:
    """What a stand-in that is up has made outside of its own process."""

    scratch: str
    outside: list[str]

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Footprint:
        scratch = environment[guard.FOLDER]
        return cls(scratch, Path(scratch, guard.OUTSIDE).read_text().splitlines())

    def processes(self) -> list[int]:
        return guard.marked(f"{guard.MARK}={self.scratch}")

    def assert_gone(self) -> None:
        until(lambda: not os.path.exists(self.scratch))
        assert self.processes() == []
        assert [path for path in self.outside if os.path.exists(path)] == []


def kill(process: subprocess.Popen[str]) -> None:
    """End a process without giving it a chance."""
    process.send_signal(signal.SIGKILL)
    process.wait()
