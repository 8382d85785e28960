"""The text files of S3-Rec (CIKM 2020): a line per user, its number and then its items in order."""

from collections.abc import Iterator
from pathlib import Path

from next_song.errors import InputError
from published.sequences import Sequence


def sequences(path: Path) -> Iterator[Sequence]:
    """Returns the items of each user. Raises InputError for a line without an item."""
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            user, *items = line.split() or [""]
            if user and not items:
                raise InputError(f"{path}: line {number} is {line.strip()!r}; expected USER ITEM..")
            if items:
                yield Sequence(items)
