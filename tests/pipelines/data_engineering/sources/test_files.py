"""What the first bytes of a file say it is, and what a file is refused for."""

import gzip
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from next_song.errors import InputError
from next_song.pipelines.data_engineering.sources.files import (
    HEAD,
    has_quotes,
    open_file,
    rewritten,
)
from next_song.pipelines.data_engineering.sources.packed import unpacked

MIB = 2**20


def test_the_head_is_the_first_mebibyte_in_whole_lines(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"a,b\n" + b"x" * (MIB - 5) + b"\n")
    found = open_file(str(path), None)
    assert (found.whole, len(found.head)) == (True, MIB)
    path.write_bytes(b"a,b\n" + b"x" * (MIB - 5) + b"\ny")
    found = open_file(str(path), None)
    assert (found.whole, len(found.head)) == (False, MIB)
    path.write_bytes(b"a,b\n" + b"x" * MIB + b"\n")
    assert open_file(str(path), None).head == "a,b\n"
    path.write_bytes(b"x" * (MIB + 9))
    assert len(open_file(str(path), None).head) == HEAD + 1  # no line ends: as it is


@pytest.mark.parametrize(
    ("data", "utf16"),
    [
        ("ab".encode("utf-16-le"), "utf-16-le"),
        ("ab".encode("utf-16"), "utf-16"),
        (b"\xfe\xff\0a\0b", "utf-16"),
        # a quarter of all bytes are zero, all at odd places: more than that makes it UTF-16
        (b"a\0b\0c\0de", "utf-16-le"),
        (b"a\0b\0cdef", ""),
        (b"a\0bc", ""),
        (b"a\0b\0\0\0", ""),
    ],
)
def test_utf_16_is_told_from_other_bytes(
    refused: Callable[[Path], str], data: bytes, utf16: str, tmp_path: Path
) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(data)
    expected = (
        f"found UTF-16, not UTF-8; expected UTF-8: read it with input_encoding={utf16}, or convert "
        f"it with iconv -f {utf16} -t utf-8"
    )
    binary = "found binary data; expected a CSV, JSON, Parquet or M3U file"
    assert refused(path) == (expected if utf16 else binary)


@pytest.mark.parametrize(("before", "line"), [(b"", 1), (b"a\nb\n", 3), (b"a\r\n", 2)])
def test_text_in_another_encoding_is_refused_with_its_line(
    refused: Callable[[Path], str], before: bytes, line: int, tmp_path: Path
) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(before + b"Bj\xf6rk\n")
    assert refused(path).startswith(f"found text that is not UTF-8 (line {line}); expected UTF-8:")


def zipped(path: Path, *names: str) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, "a,b\n1,2\n" if not name.endswith("/") else "")
    return path


def test_a_zip_has_one_table_beside_folders_and_hidden_files(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", "x/", "x/.hidden", "__MACOSX/x/a.csv", "x/a.csv")
    found = open_file(str(path), None)
    assert (found.name, found.head, Path(found.path).name) == (str(path), "a,b\n1,2\n", "a.csv")


def test_a_zip_of_several_files_names_the_first_five(
    refused: Callable[[Path], str], tmp_path: Path
) -> None:
    path = zipped(tmp_path / "a.zip", *(f"{n}.csv" for n in range(7)))
    assert refused(path).startswith(
        "found a .zip of 7 files (0.csv, 1.csv, 2.csv, 3.csv, 4.csv); expected one table in it"
    )
    assert refused(zipped(path, "x/")).startswith("found a .zip of 0 files (); expected")
    assert refused(zipped(path, "[Content_Types].xml", "a.xml")).startswith("found an Excel work")


@pytest.mark.parametrize(
    ("name", "text", "layout"),
    [
        ("a", '{"a": 1}', "json"),
        ("a", "\n { }", "json"),
        ("a", '[{"a": 1}]', "json"),
        ("a", "[]", "json"),
        ("a", "[[1]]", "json"),
        ("a", "[null]", "json"),
        ("a", "[-1]", "json"),
        ("a", "[a, b]\n", "csv"),
        ("a", "{a},b\n", "csv"),
        ("a.JSON", "x\n", "json"),
        ("a.jsonl", "x\n", "json"),
        ("a.json.csv", "x\n", "csv"),
        ("a", "#EXTM3U\nx\n", "m3u"),
        ("a.M3U8", "x\n", "m3u"),
        ("a.m3u", '{"a": 1}', "m3u"),
        ("a.m3u9", "x\n", "csv"),
    ],
)
def test_layouts(name: str, text: str, layout: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(text)
    assert open_file(str(path), None).layout == layout


def test_line_ends_become_line_feeds_across_blocks(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.gz"
    data = b"x" * (HEAD - 1) + b"\r" + b"\nb\rc\r\nd\n\re\r"
    path.write_bytes(gzip.compress(data, 1))
    found = rewritten(open_file(str(path), None))
    assert Path(found.path).read_bytes() == b"x" * (HEAD - 1) + b"\nb\nc\nd\n\ne\n"
    assert (found.compression, found.has_one_line_end) == ("none", True)
    assert "\r" not in found.head


def test_quotes_are_looked_for_in_the_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"a\n" * HEAD)
    assert not has_quotes(open_file(str(path), None))
    path.write_bytes(b"a\n" * HEAD + b'"')
    assert has_quotes(open_file(str(path), None))


def test_another_encoding_is_read_over_blocks_and_a_wrong_one_is_refused(
    refused: Callable[[Path], str], tmp_path: Path
) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("x\n".encode("utf-16-le") + "ö".encode("utf-16-le") * MIB)
    found = open_file(str(path), "utf-16-le")
    with unpacked(found.path, found.compression) as source:
        assert source.read().decode() == "x\n" + "ö" * MIB
    for encoding in ("ascii", "none-such"):
        expected = f"input {path}: found text that is not input_encoding='{encoding}' ("
        with pytest.raises(InputError, match=f"^{re.escape(expected)}"):
            open_file(str(path), encoding)
