"""The input files: what their content says they are, and a form that DuckDB reads."""

import codecs
import re
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from next_song.errors import InputError
from next_song.pipelines.data_engineering.sources.packed import (
    copied,
    copy_for,
    damaged,
    is_utf8,
    packing_of,
    reading,
    recoded,
    unpacked,
    unzipped,
)

HEAD = 1 << 20  # bytes, of the unpacked file
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
    with reading(name):
        return _opened(name, encoding, path or name)


def _opened(name: str, encoding: str | None, path: str) -> InputFile:
    with Path(path).open("rb") as file:
        start = file.read(16)
    if start.startswith(b"PK\x03\x04"):
        return _opened(name, encoding, unzipped(name, path))
    if start.startswith(b"PAR1"):
        _check_parquet(name, path)
        return InputFile(name, path, "none", "parquet", "", whole=False)
    packing = packing_of(start)
    if packing in ("bz2", "xz"):
        return _opened(name, encoding, copied(name, unpacked(path, packing)))
    if encoding and not is_utf8(unpacked(path, packing), encoding):
        path, packing = recoded(name, unpacked(path, packing), encoding), "none"
    with unpacked(path, packing) as file:
        data = file.read(HEAD + 1)
        while packing != "none" and file.read(HEAD):  # to the end, where its checksum is:
            pass  # DuckDB takes what is damaged, or cut short, for whole
    if data.startswith(b"PAR1"):
        return _opened(name, None, copied(name, unpacked(path, packing)))
    head, whole = _text(name, data)
    return InputFile(name, path, packing, _layout(name, head), head, whole)


def _check_parquet(name: str, path: str) -> None:
    """Raises InputError for a damaged file, or one with columns that DuckDB cannot tell apart."""
    import pyarrow as pa  # takes a moment
    import pyarrow.parquet as pq

    try:
        names: list[str] = pq.read_schema(path).names
    except pa.ArrowNotImplementedError:
        return  # a type that DuckDB may know
    except pa.ArrowException as error:
        raise damaged(name, error) from error
    alike = [each for each in names if [*map(str.casefold, names)].count(each.casefold()) > 1]
    if alike:
        raise InputError(
            f"input {name}: found columns {', '.join(alike)}, which differ by upper and lower "
            "case alone; expected names that differ: rename or drop one of them"
        )


def not_utf8(name: str, line: int | None = None, data: bytes = b"") -> InputError:
    """Returns the error about text in another encoding. data: some of it, if it is at hand."""
    where = f" (line {line})" if line else ""
    likely, other = _likely(data)
    return InputError(
        f"input {name}: found text that is not UTF-8{where}; expected UTF-8: read it with "
        f"input_encoding={likely} (or {other}, utf-16, ...), or convert it with "
        f"iconv -f {likely.replace('-', '')} -t utf-8"
    )


def _likely(data: bytes) -> tuple[str, str]:
    """Returns the likelier of two encodings first: only one has letters from 0x80 to 0x9f."""
    with suppress(UnicodeDecodeError):
        data.decode("cp1252")
        if any(0x80 <= each <= 0x9F for each in data):
            return "cp1252", "latin-1"
    return "latin-1", "cp1252"


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
        raise not_utf8(name, data[: error.start].count(b"\n") + 1, data) from None


def _utf16(data: bytes) -> str:
    """Return the name of the encoding, with or without its mark at the start, if it is UTF-16."""
    if data.startswith(UTF16):
        return "utf-16"
    return "utf-16-le" if b"\0" not in data[::2] and data[1::2].count(0) > len(data) / 4 else ""


def _layout(name: str, head: str) -> str:
    start = head.lstrip()
    ending = Path(re.sub(r"\.(gz|zst|bz2|xz|zip)$", "", name.lower())).suffix
    if start.startswith("#EXTM3U") or ending in (".m3u", ".m3u8"):
        return "m3u"
    is_json = re.match(r'\{\s*["}]|\[\s*[\[{"\]\dtfn-]', start)
    return "json" if is_json or ending in (".json", ".jsonl") else "csv"


def has_quotes(file: InputFile) -> bool:
    """Return whether there is a quote anywhere in a text file."""
    with reading(file.name), unpacked(file.path, file.compression) as source:
        return any(b'"' in data for data in iter(lambda: source.read(HEAD), b""))


def rewritten(file: InputFile) -> InputFile:
    """Returns a copy of a text file whose lines all end in a line feed."""
    copy, held = copy_for(file.name), b""
    with (
        reading(file.name),
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
