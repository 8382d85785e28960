"""The input files: what their content says they are, and a form that DuckDB reads."""

import bz2
import codecs
import gzip
import lzma
import re
import shutil
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import gettempdir
from typing import IO, Any

from next_song.datasets.files import new_folder
from next_song.errors import InputError

HEAD = 1 << 20  # bytes, of the unpacked file
PACKED = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd", b"BZh": "bz2", b"\xfd7zXZ": "xz"}
UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True)
class InputFile:
    """A file as it was given, and how to read it.

    path: what DuckDB reads, which is a copy where it cannot read the file itself. head: the text
    of the first MiB, in whole lines; whole: whether that is all of it.
    """

    name: str
    path: str
    compression: str  # none, gzip or zstd
    layout: str  # parquet, json, m3u or csv
    head: str
    whole: bool
    has_one_line_end: bool = False  # known to be a line feed


def open_file(name: str, encoding: str | None, path: str | None = None) -> InputFile:
    """Looks at a file. Raises InputError, with the reason, if it is neither table nor JSON."""
    with _read(name):
        return _opened(name, encoding, path or name)


@contextmanager
def _read(name: str) -> Iterator[None]:
    """Raises InputError for what goes wrong in the block with a file, or with what packed it."""
    try:
        yield
    except (
        EOFError,
        OSError,
        RuntimeError,
        lzma.LZMAError,
        zipfile.BadZipFile,
        zlib.error,
    ) as error:
        if isinstance(error, OSError) and error.errno:  # of the operating system
            raise InputError(
                f"input {name}: found {error}; expected a file that can be read, and room for a "
                f"copy in {gettempdir()}: make room, or set TMPDIR"
            ) from error
        raise InputError(
            f"input {name}: found a damaged file ({error}); expected one that unpacks: download "
            "or export it again"
        ) from error


def _opened(name: str, encoding: str | None, path: str) -> InputFile:
    with Path(path).open("rb") as file:
        start = file.read(16)
    if start.startswith(b"PK\x03\x04"):
        return _opened(name, encoding, _unzipped(name, path))
    if start.startswith(b"PAR1"):
        return InputFile(name, path, "none", "parquet", "", whole=False)
    packing = next((kind for magic, kind in PACKED.items() if start.startswith(magic)), "none")
    if packing in ("bz2", "xz"):
        return _opened(name, encoding, _copied(name, unpacked(path, packing)))
    if encoding:
        path, packing = _recoded(name, unpacked(path, packing), encoding), "none"
    with unpacked(path, packing) as file:
        data = file.read(HEAD + 1)
    if data.startswith(b"PAR1"):
        return _opened(name, None, _copied(name, unpacked(path, packing)))
    head, whole = _text(name, data)
    return InputFile(name, path, packing, _layout(name, head), head, whole)


def not_utf8(name: str, line: int | None = None) -> InputError:
    """Returns the error about text in another encoding."""
    where = f" (line {line})" if line else ""
    return InputError(
        f"input {name}: found text that is not UTF-8{where}; expected UTF-8: read it with "
        f"input_encoding=latin-1 (or cp1252, utf-16, ...), or convert it with "
        f"iconv -f latin1 -t utf-8"
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


def _unzipped(name: str, path: str) -> str:
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
        return _copied(members[0], archive.open(members[0]))


def _copied(name: str, source: IO[bytes]) -> str:
    copy = copy_for(name)
    with source, copy.open("wb") as target:
        shutil.copyfileobj(source, target, 1 << 20)
    return str(copy)


def _recoded(name: str, source: IO[bytes], encoding: str) -> str:
    copy = copy_for(name)
    try:
        with source, copy.open("w", encoding="utf-8", newline="") as target:
            for text in codecs.iterdecode(iter(lambda: source.read(1 << 20), b""), encoding):
                target.write(text)
    except (LookupError, UnicodeError) as error:
        raise InputError(
            f"input {name}: found text that is not input_encoding={encoding!r} ({error}); "
            "expected the encoding of the file, such as latin-1 or utf-16"
        ) from None
    return str(copy)


def _text(name: str, data: bytes) -> tuple[str, bool]:
    whole = len(data) <= HEAD
    if not whole:
        data = data[: data.rfind(b"\n") + 1] or data
    if utf16 := _utf16(data):
        raise InputError(
            f"input {name}: found UTF-16, not UTF-8; expected UTF-8: read it with "
            f"input_encoding={utf16}, or convert it with iconv -f {utf16} -t utf-8"
        )
    if b"\0" in data:
        raise InputError(
            f"input {name}: found binary data; expected a CSV, JSON, Parquet or M3U file"
        )
    try:
        return codecs.getincrementaldecoder("utf-8-sig")().decode(data, final=whole), whole
    except UnicodeDecodeError as error:
        raise not_utf8(name, data[: error.start].count(b"\n") + 1) from None


def _utf16(data: bytes) -> str:
    """Return the name of the encoding, with or without its mark at the start, if it is UTF-16."""
    if data.startswith(UTF16):
        return "utf-16"
    return "utf-16-le" if b"\0" not in data[::2] and data[1::2].count(0) > len(data) / 4 else ""


def _layout(name: str, head: str) -> str:
    start = head.lstrip()
    if start.startswith("#EXTM3U") or re.search(r"\.m3u8?$", name, flags=re.IGNORECASE):
        return "m3u"
    is_json = re.match(r'\{\s*["}]|\[\s*[\[{"\]\dtfn-]', start)
    return "json" if is_json or name.lower().endswith((".json", ".jsonl")) else "csv"


def has_quotes(file: InputFile) -> bool:
    """Return whether there is a quote anywhere in a text file."""
    with _read(file.name), unpacked(file.path, file.compression) as source:
        return any(b'"' in data for data in iter(lambda: source.read(HEAD), b""))


def rewritten(file: InputFile) -> InputFile:
    """Returns a copy of a text file whose lines all end in a line feed."""
    copy, held = copy_for(file.name), b""
    with (
        _read(file.name),
        unpacked(file.path, file.compression) as source,
        copy.open("wb") as target,
    ):
        while data := source.read(HEAD):
            data = held + data
            held = b"\r" if data.endswith(b"\r") else b""
            data = data[: len(data) - len(held)]
            target.write(data.replace(b"\r\n", b"\n").replace(b"\r", b"\n"))
        target.write(b"\n" if held else b"")
    head = file.head.replace("\r\n", "\n").replace("\r", "\n")
    return replace(file, path=str(copy), compression="none", head=head, has_one_line_end=True)
