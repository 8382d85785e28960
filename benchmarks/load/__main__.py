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
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np

from comparison.tables import table
from next_song.serving.archive import ModelArchive

SECONDS, LENGTH, BODIES = 20, 20, 500
RATES = (50, 200, 500)  # requests per second
HEADER = ["path", "rate", "p50", "p90", "p99", "asked", "failed"]


@dataclass
class Load:
    """Asks one server, with as many connections as wait for an answer."""

    host: str
    port: int
    requests: list[bytes]
    idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = field(default_factory=list)
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

    async def _ask(self, number: int, due: float) -> None:
        try:
            self.failed += not await self._answered(self.requests[number % len(self.requests)])
        except (OSError, EOFError):
            self.failed += 1
        self.seconds.append(time.perf_counter() - due)

    async def _answered(self, request: bytes) -> bool:
        if not self.idle:
            self.idle.append(await asyncio.open_connection(self.host, self.port))
        reader, writer = self.idle.pop()
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        await reader.readexactly(int(head.split(b"content-length: ")[1].split(b"\r")[0]))
        if b"connection: close" not in head:
            self.idle.append((reader, writer))
        return b" 200 " in head[:16]


def bodies(model: Path, of: Callable[[list[str]], object]) -> list[bytes]:
    """Bodies of requests for histories of the archive's songs."""
    archive = ModelArchive.unpack(model)
    ids = archive.songs.order("song").fetchnumpy()["song_id"]
    drawn = np.random.default_rng(1).integers(0, len(ids), (BODIES, LENGTH))
    return [json.dumps(of(ids[row].tolist())).encode() for row in drawn]


def written(url: str, path: str, body: bytes | None) -> bytes:
    """A request as it is sent."""
    kind = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n" if body else ""
    method = "POST" if body else "GET"
    return f"{method} {path} HTTP/1.1\r\nHost: {urlsplit(url).netloc}\r\n{kind}\r\n".encode() + (
        body or b""
    )


def main(url: str, model: Path, rates: list[float]) -> None:
    """Measure and show."""
    where, rows = urlsplit(url), []
    asked = {
        "/ping": [written(url, "/ping", None)],
        "/invocations": [
            written(url, "/invocations", body)
            for body in bodies(model, lambda history: {"instances": [history]})
        ],
    }
    for rate in rates:
        for path, requests in asked.items():
            load = Load(where.hostname or "", where.port or 80, requests)
            asyncio.run(load.run(rate))
            times = 1000 * np.array(load.seconds[len(load.seconds) // 5 :])
            shown = [f"{one:.1f}" for one in np.percentile(times, (50, 90, 99))]
            rows.append([path, f"{rate:g}", *shown, str(len(load.seconds)), str(load.failed)])
    print(table(HEADER, rows))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), [float(rate) for rate in sys.argv[3:]] or [*RATES])
