"""Load over HTTP: `python -m load URL MODEL [RATE...]`, a table of milliseconds.

Requests come in at random moments (exponential gaps), whether earlier ones are answered or not, as
in ETUDE (Kersbergen and others, ICDE 2024); the time of one counts from when it was due. A request
is one history of 20 songs of the archive MODEL. `/ping` at the same rate is what the client and
HTTP take alone. The first fifth of each run is left out.
"""

import asyncio
import json
import random
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np

from comparison.tables import table
from next_song.serving.archive import ModelArchive

SECONDS, LENGTH, BODIES = 20, 20, 500
RATES = (50, 200, 500)  # requests per second
HEADER = ["", "rate", "p50", "p90", "p99", "asked", "failed"]
Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass
class Load:
    """Asks one server, with as many connections as wait for an answer."""

    host: str
    port: int
    requests: list[bytes]
    idle: list[Connection] = field(default_factory=list)
    opened: list[Connection] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    failed: int = 0

    async def run(self, rate: float) -> None:
        """Asks for SECONDS, and waits for the answers."""
        draw, due, tasks = random.Random(1), time.perf_counter(), []
        end = due + SECONDS
        while due < end:
            due += draw.expovariate(rate)
            await asyncio.sleep(max(0, due - time.perf_counter()))
            tasks.append(asyncio.create_task(self._ask(len(tasks), due)))
        await asyncio.gather(*tasks)
        for _, writer in self.opened:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    async def _ask(self, number: int, due: float) -> None:
        try:
            answered = await self._answered(self.requests[number % len(self.requests)])
            self.failed += not answered  # read after waiting: others fail meanwhile
        except (OSError, EOFError):
            self.failed += 1
        self.seconds.append(time.perf_counter() - due)

    async def _answered(self, request: bytes) -> bool:
        if not self.idle:
            self.idle.append(await asyncio.open_connection(self.host, self.port))
            self.opened.append(self.idle[-1])
        reader, writer = self.idle.pop()
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        await reader.readexactly(int(head.split(b"content-length: ")[1].split(b"\r")[0]))
        if b"connection: close" not in head:
            self.idle.append((reader, writer))
        return b" 200 " in head[:16]


def asked(url: str, path: str, model: Path) -> list[bytes]:
    """Requests for histories of the archive's songs."""
    archive = ModelArchive.unpack(model)
    ids = archive.songs.order("song").fetchnumpy()["song_id"]
    drawn = np.random.default_rng(1).integers(0, len(ids), (BODIES, LENGTH))
    histories = [{"instances": [ids[row].tolist()]} for row in drawn]
    return [written(url, path, json.dumps(one).encode()) for one in histories]


def written(url: str, path: str, body: bytes | None = None) -> bytes:
    """A request as it is sent."""
    kind = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n" if body else ""
    method = "POST" if body else "GET"
    return f"{method} {path} HTTP/1.1\r\nHost: {urlsplit(url).netloc}\r\n{kind}\r\n".encode() + (
        body or b""
    )


def measured(url: str, requests: dict[str, list[bytes]], rates: list[float]) -> list[list[str]]:
    """Rows of the table: each kind of requests, at each rate."""
    where, rows = urlsplit(url), []
    for rate in rates:
        for kind, every in requests.items():
            load = Load(where.hostname or "", where.port or 80, every)
            asyncio.run(load.run(rate))
            times = 1000 * np.array(load.seconds[len(load.seconds) // 5 :])
            shown = [f"{one:.1f}" for one in np.percentile(times, (50, 90, 99))]
            rows.append([kind, f"{rate:g}", *shown, str(len(load.seconds)), str(load.failed)])
    return rows


def main(url: str, model: Path, rates: list[float]) -> None:
    """Measure and show."""
    requests = {
        "/ping": [written(url, "/ping")],
        "/invocations": asked(url, "/invocations", model),
    }
    print(table(HEADER, measured(url, requests, rates or [*RATES])))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), [float(rate) for rate in sys.argv[3:]])
