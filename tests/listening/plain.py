"""Files, times, sessions and playlists in plain Python."""

import csv
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any
from unicodedata import normalize

Play = tuple[str, Any, str]  # its playlist, what orders it, its song
Listen = tuple[str, datetime, str]  # its user, if it has one, its time and song


def lines_of(folder: Path) -> Iterator[tuple[str, str]]:
    """Lines with the stems of their files."""
    for path in sorted(folder.iterdir()):
        yield from ((path.stem, line) for line in path.read_text("utf-8").splitlines())


def rows_of(folder: Path, delimiter: str = ",") -> Iterator[list[str]]:
    """The lists of fields of a delimited file."""
    return csv.reader((line for _, line in lines_of(folder)), delimiter=delimiter)


def json_of(folder: Path) -> list[Any]:
    return [json.loads(path.read_text("utf-8")) for path in sorted(folder.iterdir())]


def time_of(text: str | int, pattern: str = "") -> datetime:
    if isinstance(text, int) or text.isdigit():
        return datetime.fromtimestamp(int(text), UTC)
    time = datetime.strptime(text, pattern) if pattern else datetime.fromisoformat(text)
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def sessions(listens: Iterable[Listen]) -> Iterator[Play]:
    """Listens from the oldest, each in its user's session, which 30 minutes of silence end."""
    last: dict[str, datetime] = {}
    names: dict[str, str] = {}
    for user, time, song in sorted(listens, key=itemgetter(1)):
        if user not in last or time - last[user] > timedelta(minutes=30):
            names[user] = f"{user}\t" * bool(user) + f"{time:%Y-%m-%d %H:%M:%S}"
        last[user] = time
        yield names[user], 0, song


def playlists_of(plays: Iterable[Play]) -> dict[str, list[str]]:
    """The songs of each playlist: none twice in a row, and at least three."""
    found = defaultdict(list)
    for name, _, song in sorted(plays, key=itemgetter(1)):
        found[name].append(normalize("NFC", song))
    once = {name: [song for song, _ in groupby(songs)] for name, songs in found.items()}
    return {name: songs for name, songs in once.items() if len(songs) >= 3}
