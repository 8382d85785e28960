"""Addresses that a person gives: which can be read and written, and what is wrong with others."""

from collections.abc import Iterator
from contextlib import contextmanager

from fsspec import get_filesystem_class
from fsspec.core import split_protocol

from next_song.errors import InputError

LASTING = ("s3", "gs", "gcs", "abfs", "abfss", "az", "file")  # which keep files after a run
EXTRAS = {"s3": "pip install 'next-song[aws]'"}


def check_address(name: str, address: str, expected: str) -> None:
    """Raises InputError unless files at a path or URL can be read and kept.

    name: of the parameter or option. expected: what the error says that it may be.
    """
    if address.startswith("~"):
        raise InputError(
            f"{name}: found {address!r}, whose ~ only a shell expands; expected {expected}: write "
            '"$HOME/...", or "./~..." for a name that begins with ~'
        )
    kind, _ = split_protocol(address.replace("::", "://"))  # which joins two kinds of places
    if kind is None:
        return
    if kind not in LASTING:
        raise InputError(
            f"{name}: found {address!r}; expected {expected}: {kind}:// cannot keep files: copy "
            "what you need from there first"
        )
    try:
        get_filesystem_class(kind)
    except ImportError as error:
        raise InputError(
            f"{name}: found {address!r}, but not what reads it ({EXTRAS.get(kind, error)}); "
            f"expected {expected}: install it, or copy what you need from there first"
        ) from error


@contextmanager
def reached(name: str, address: str) -> Iterator[None]:
    """Raises InputError for what goes wrong in the block at a URL, in whatever library it is."""
    try:
        yield
    except InputError:
        raise
    except Exception as error:
        if "://" not in address:
            raise
        told = " ".join(str(error).split()) or type(error).__name__
        raise InputError(
            f"{name}: found {told[:300]!r} at {address}; expected a file that this machine may "
            "read: correct the address, or give it access"
        ) from error
