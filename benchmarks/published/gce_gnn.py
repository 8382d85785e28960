"""The sessions of GCE-GNN (SIGIR 2020), whose test file holds prefixes with their targets.

Each session was published as all of its prefixes, the longest first: of a, b, c these are the
prefix a, b with the target c, then a with b. So the first of them gives the whole session.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from next_song.errors import InputError
from published.plain_pickle import load
from published.sequences import Sequence


def sequences(folder: Path) -> Iterator[Sequence]:
    """Returns the training sessions, then those of the test, both in the order of the files."""
    whole = folder / "all_train_seq.txt"
    training = load(whole) if whole.exists() else whole_sessions(folder / "train.txt")
    for split, sessions in (("train", training), ("test", whole_sessions(folder / "test.txt"))):
        for items in sessions:
            yield Sequence(_checked(items, folder), split)


def whole_sessions(path: Path) -> list[list[Any]]:
    """Returns the sessions that the prefixes and targets of a file come from.

    Raises InputError if the prefixes of a session do not follow each other, longest first.
    """
    found = load(path)
    if not isinstance(found, list | tuple) or len(found) != 2 or len(found[0]) != len(found[1]):
        raise InputError(f"{path}: expected two lists of the same length, prefixes and targets")
    sessions, rest = [], []
    for number, (prefix, target) in enumerate(zip(*found, strict=True)):
        session = [*prefix, target]
        if rest and session != rest:
            raise InputError(f"{path}: prefix {number} is {session}; expected {rest}")
        if not rest:
            sessions.append(session)
        rest = list(prefix) if len(prefix) > 1 else []
    if rest:
        raise InputError(f"{path}: ends before the prefix {rest[:-1]}")
    return sessions


def _checked(items: Any, folder: Path) -> list[Any]:
    if not isinstance(items, list | tuple) or not all(isinstance(one, int | str) for one in items):
        raise InputError(f"{folder}: found the session {items!r}; expected a list of items")
    return list(items)
