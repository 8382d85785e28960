"""#nowplaying as session-rec publishes it, cut into training and test as GCE-GNN cuts it.

That is datasets/process_nowplaying.py of GCE-GNN's repository: sessions of one play are left out,
then songs with fewer than 5 plays, then sessions with fewer than 2 or more than 30 songs. The
sessions of the last 60 days are the test, without songs that training lacks. Songs are numbered
from 1, in the order in which training has them.
"""

import csv
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from next_song.errors import InputError
from published.sequences import Sequence

MIN_PLAYS, MIN_SONGS, MAX_SONGS = 5, 2, 30
TEST_SECONDS = 60 * 86400
COLUMNS = {"SessionId", "ItemId", "Time"}


def sequences(path: Path) -> Iterator[Sequence]:
    """Returns the training sessions, then those of the test, each by the time of their end."""
    songs, ends = _kept(*_read(path))
    border = max(ends.values(), default=0) - TEST_SECONDS
    numbers: dict[str, int] = {}
    by_end = sorted(songs, key=lambda session: ends[session])
    for session in by_end:
        if ends[session] < border:
            numbered = [numbers.setdefault(song, len(numbers) + 1) for song in songs[session]]
            yield Sequence(numbered, "train")
    for session in by_end:
        known = [numbers[song] for song in songs[session] if song in numbers]
        if ends[session] > border and len(known) >= MIN_SONGS:
            yield Sequence(known, "test")


def _read(path: Path) -> tuple[dict[str, list[str]], dict[str, float]]:
    """Returns the songs of each session, and the time of its last play."""
    songs: dict[str, list[str]] = {}
    ends: dict[str, float] = {}
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t")
        if not set(rows.fieldnames or ()) >= COLUMNS:
            raise InputError(
                f"{path}: found {rows.fieldnames}; expected {sorted(COLUMNS)}, by tabs"
            )
        for row in rows:
            songs.setdefault(row["SessionId"], []).append(row["ItemId"])
            ends[row["SessionId"]] = float(row["Time"])
    return songs, ends


def _kept(
    songs: dict[str, list[str]], ends: dict[str, float]
) -> tuple[dict[str, list[str]], dict[str, float]]:
    longer = {session: played for session, played in songs.items() if len(played) > 1}
    plays = Counter(song for played in longer.values() for song in played)
    often = {
        session: [song for song in played if plays[song] >= MIN_PLAYS]
        for session, played in longer.items()
    }
    kept = {one: played for one, played in often.items() if MIN_SONGS <= len(played) <= MAX_SONGS}
    return kept, {session: ends[session] for session in kept}
