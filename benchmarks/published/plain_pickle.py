"""Reads pickles of lists, tuples, strings and numbers, and refuses all others.

The sessions of GCE-GNN are published as pickles, the one kind of file here that could run code. A
pickle can only call what it names, and this reader finds nothing by any name.
"""

import pickle
from pathlib import Path
from typing import Any, BinaryIO

from next_song.errors import InputError

NUMBERS_AND_TEXT = (int, float, str)


class PlainUnpickler(pickle.Unpickler):
    """An unpickler without functions and classes."""

    def find_class(self, module: str, name: str) -> Any:
        """Raise UnpicklingError, whatever is asked for."""
        raise pickle.UnpicklingError(f"it asks for {module}.{name}")


def load(path: Path) -> Any:
    """Returns lists and tuples of strings and numbers. Raises InputError for anything else."""
    with path.open("rb") as file:
        found = _loaded(file, path)
    _check_plain(found, path)
    return found


def _loaded(file: BinaryIO, path: Path) -> Any:
    try:
        return PlainUnpickler(file).load()
    except Exception as error:  # a broken pickle can raise nearly anything
        raise _refusal(path, str(error)) from error


def _check_plain(found: Any, path: Path) -> None:
    """Raise InputError for what is neither number nor text nor a list or tuple of such."""
    waiting, seen = [found], set()
    while waiting:
        one = waiting.pop()
        if isinstance(one, list | tuple) and id(one) not in seen:
            seen.add(id(one))  # a list may hold itself
            waiting += one
        elif not isinstance(one, (*NUMBERS_AND_TEXT, list, tuple)):
            raise _refusal(path, f"it holds a {type(one).__name__}")


def _refusal(path: Path, why: str) -> InputError:
    line = " ".join(why.split()) or "it is broken"
    return InputError(
        f"{path}: refused this pickle, for {line}; expected lists, tuples, strings and numbers"
    )
