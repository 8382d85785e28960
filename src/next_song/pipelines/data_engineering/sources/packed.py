"""Packed and copied input: a stream of its bytes, or a copy that DuckDB can read."""

import bz2
import codecs
import errno
import gzip
import lzma
import re
import shutil
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from next_song.datasets.files import new_folder
from next_song.errors import InputError

PACKED = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd", b"BZh": "bz2", b"\xfd7zXZ": "xz"}


def packing_of(start: bytes) -> str:
    """Returns how a file that begins so is packed: a name that `unpacked` knows, or none."""
    return next((kind for magic, kind in PACKED.items() if start.startswith(magic)), "none")


@contextmanager
def reading(name: str) -> Iterator[None]:
    """Raises InputError if a file cannot be read in the block, or is damaged."""
    try:
        yield
    except (
        *(EOFError, OSError, lzma.LZMAError, zipfile.BadZipFile, zlib.error),
        NotImplementedError,  # of a .zip that begins as no version of it does
    ) as error:
        if isinstance(error, OSError) and error.errno:  # of the operating system
            is_full = error.errno in (errno.ENOSPC, errno.EDQUOT)
            expected = "room for a copy: make room" if is_full else "a file that can be read"
            raise InputError(f"input {name}: found {error}; expected {expected}") from error
        raise damaged(name, error) from error


def damaged(name: str, error: Exception) -> InputError:
    """Returns the error about a file that cannot be read to its end."""
    said = " ".join(str(error).split())
    return InputError(
        f"input {name}: found a damaged file ({said}); expected one that unpacks: download or "
        "export it again"
    )


def unpacked(path: str, packing: str) -> Any:
    """Opens a file for reading its unpacked bytes."""
    if packing == "zstd":
        import pyarrow  # takes a moment

        library: Any = pyarrow  # it has no types
        return library.CompressedInputStream(library.OSFile(path), "zstd")
    opened: dict[str, Callable[[str], Any]] = {"gzip": gzip.open, "bz2": bz2.open, "xz": lzma.open}
    return opened[packing](path) if packing in opened else Path(path).open("rb")


def copy_for(name: str) -> Path:
    """Returns a path with the name of the file in a folder that is removed with the process."""
    return new_folder() / Path(name).name


def unzipped(name: str, path: str) -> str:
    """Returns the path of a copy of the only file in a .zip. Raises InputError for others."""
    with zipfile.ZipFile(path) as archive:
        members = [
            info.filename
            for info in archive.infolist()
            if not info.is_dir() and not re.match(r"__MACOSX/|(.*/)?\.", info.filename)
        ]
        if "[Content_Types].xml" in members:
            raise InputError(
                f"input {name}: found an Excel workbook; expected a table: save it as CSV UTF-8"
            )
        if len(members) != 1:
            raise InputError(
                f"input {name}: found a .zip of {len(members)} files "
                f"({', '.join(members[:5])}); expected one table in it: unpack it, and name the "
                "files with input=PATTERN"
            )
        try:
            member = archive.open(members[0])
        except RuntimeError as error:  # a password, or a method that Python does not know
            raise InputError(
                f"input {name}: found a .zip that cannot be unpacked ({error}); expected one "
                "without a password: unpack it first"
            ) from error
        return copied(members[0], member)


def copied(name: str, source: IO[bytes]) -> str:
    """Returns the path of a copy of what is left of a stream, which is closed."""
    copy = copy_for(name)
    with source, copy.open("wb") as target:
        shutil.copyfileobj(source, target, 1 << 20)
    return str(copy)


def is_utf8(source: IO[bytes], encoding: str) -> bool:
    """Returns whether a text is UTF-8, and not of the encoding of single bytes that is named.

    It has characters beyond ASCII, all of them in UTF-8: text of such an encoding is hardly ever
    so. That of encodings in which several bytes are a character may be.
    """
    try:
        "a".encode(encoding)  # which only encodings of text do
        single = len(bytes(range(256)).decode(encoding, "replace")) == 256
    except (LookupError, ValueError):
        single = False
    if not single:
        source.close()
        return False
    decoder, beyond = codecs.getincrementaldecoder("utf-8")(), False
    with source, suppress(UnicodeDecodeError):
        while data := source.read(1 << 20):
            beyond |= not data.isascii()
            decoder.decode(data)
        decoder.decode(b"", final=True)
        return beyond
    return False


def recoded(name: str, source: IO[bytes], encoding: str) -> str:
    """Returns the path of a copy in UTF-8. Raises InputError if it is not in this encoding."""
    copy = copy_for(name)
    try:
        with source, copy.open("w", encoding="utf-8", newline="") as target:
            "a".encode(encoding)  # LookupError where it is none of text
            for text in codecs.iterdecode(iter(lambda: source.read(1 << 20), b""), encoding):
                target.write(text)
    except (LookupError, ValueError) as error:
        raise InputError(
            f"input {name}: found text that is not input_encoding={encoding!r} ({error}); "
            "expected the encoding of the file, such as latin-1 or utf-16"
        ) from None
    return str(copy)
