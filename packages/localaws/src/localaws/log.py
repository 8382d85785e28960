"""Writes to CloudWatch Logs from inside the stand-in."""

from __future__ import annotations

import time
from typing import IO

from moto.logs.models import LogsBackend

from localaws.lock import STATE

MAX_EVENT = 256 * 1024


class LogStream:
    """Appends lines to a log stream, which it creates together with its group."""

    def __init__(self, backend: LogsBackend, group: str, name: str):
        self._backend, self.group, self.name = backend, group, name
        with STATE:
            backend.ensure_log_group(group)
            backend.ensure_log_stream(group, name)

    def write(self, line: bytes) -> None:
        """Writes one event; an empty line becomes a space, since AWS rejects empty messages."""
        message = line[:MAX_EVENT].decode("utf-8", "replace").rstrip("\n") or " "
        event = {"timestamp": int(time.time() * 1000), "message": message}
        with STATE:
            self._backend.put_log_events(self.group, self.name, [event])

    def copy(self, output: IO[bytes]) -> None:
        """Writes every line of a process's output, until it ends."""
        with output:
            for line in output:
                self.write(line)
