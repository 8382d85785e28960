"""Packed input: whole, damaged, in another encoding, and with what systems add to a .zip."""

import bz2
import errno
import gzip
import io
import lzma
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from next_song.errors import InputError
from next_song.pipelines.data_engineering.sources import files
from next_song.pipelines.data_engineering.sources.files import (
    InputFile,
    has_quotes,
    open_file,
    rewritten,
)
from next_song.pipelines.data_engineering.sources.packed import reading


def zipped(data: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", data)
    return file.getvalue()


PACKED: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zip": zipped,
    "zst": lambda data: pa.compress(data, "zstd", asbytes=True),
}


@pytest.mark.parametrize("how", ["cut", "changed"])
@pytest.mark.parametrize("kind", PACKED)
def test_a_damaged_file_is_told_in_a_line(
    refused: Callable[[Path], str], kind: str, how: str, tmp_path: Path
) -> None:
    rows = "".join(f"p{n // 5},s{n * 7919 % 1009}\n" for n in range(3000))
    data = bytearray(PACKED[kind](f"playlist,song\n{rows}".encode()))
    path = tmp_path / f"a.csv.{kind}"
    path.write_bytes(data)
    assert open_file(str(path), None).head.endswith(rows)
    # what zstd changes in the middle it does not notice without a checksum
    place = 12 if kind == "zst" else len(data) // 2
    damaged = data[:-9] if how == "cut" else data[:place] + bytes(40) + data[place + 40 :]
    path.write_bytes(damaged)
    assert re.match(r"found a damaged file \(.+\); expected one that unpacks: ", refused(path))


@pytest.mark.parametrize("reads", [has_quotes, rewritten])
def test_damage_after_the_head_is_told_by_whoever_finds_it(
    reads: Callable[[InputFile], object], tmp_path: Path
) -> None:
    path = tmp_path / "a.csv.gz"
    data = gzip.compress("".join(f"p{n},s{n * 7919}\n" for n in range(300_000)).encode())
    path.write_bytes(data)
    file = open_file(str(path), None)
    path.write_bytes(data[: len(data) // 2])  # since it was looked at
    with pytest.raises(InputError, match=r"a\.csv\.gz: found a damaged file"):
        reads(file)


def test_a_zip_of_no_known_version_is_told(refused: Callable[[Path], str], tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.csv", "playlist,song\np,a\n")
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\x01\x02") + 6] = 250  # the version that is needed to unpack
    path.write_bytes(data)
    assert refused(path).startswith("found a damaged file (zip file version 25.0); expected one")


def test_a_disk_without_room_for_a_copy_is_told(
    refused: Callable[[Path], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    path = tmp_path / "a.csv.bz2"
    path.write_bytes(bz2.compress(b"a,b\n1,2\n"))
    monkeypatch.setattr("shutil.copyfileobj", full)
    assert (
        refused(path)
        == "found [Errno 28] No space left on device; expected room for a copy: make room"
    )


def test_a_file_that_is_gone_is_told(refused: Callable[[Path], str], tmp_path: Path) -> None:
    assert refused(tmp_path / "a.csv").endswith("; expected a file that can be read")


def test_a_zip_with_a_password_is_told(refused: Callable[[Path], str], tmp_path: Path) -> None:
    data = bytearray(zipped(b"playlist,song\n"))
    for mark in (b"PK\x03\x04", b"PK\x01\x02"):
        place = data.index(mark) + (6 if mark.endswith(b"\x04") else 8)
        data[place] |= 1  # the flag of an encrypted member
    path = tmp_path / "a.zip"
    path.write_bytes(data)
    assert "found a .zip that cannot be unpacked" in refused(path)
    assert "password" in refused(path)


def test_a_bug_in_reading_keeps_its_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def bug(*_: object) -> None:
        raise RecursionError

    path = tmp_path / "a.csv"
    path.write_text("a,b\n")
    monkeypatch.setattr(files, "_text", bug)
    with pytest.raises(RecursionError):
        open_file(str(path), None)


def test_input_encoding_is_that_of_the_text_in_any_packing(tmp_path: Path) -> None:
    for kind, pack in PACKED.items():
        path = tmp_path / f"a.csv.{kind}"
        path.write_bytes(pack("playlist,song\np,ä\n".encode("latin-1")))
        assert open_file(str(path), "latin-1").head == "playlist,song\np,ä\n"


def test_files_that_systems_add_to_a_zip_are_no_tables(
    refused: Callable[[Path], str], tmp_path: Path
) -> None:
    path = tmp_path / "a.zip"
    for name, is_one in (("_plays.csv", True), ("b/_plays.csv", True), (".plays.csv", False)):
        with zipfile.ZipFile(path, "w") as archive:
            for added in ("__MACOSX/._a.csv", ".DS_Store", "b/.DS_Store", name):
                archive.writestr(added, "playlist,song\n")
        if is_one:
            assert open_file(str(path), None).head == "playlist,song\n"
        else:
            assert refused(path).startswith("found a .zip of 0 files")


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (errno.ENOSPC, "room for a copy: make room"),
        (errno.EDQUOT, "room for a copy: make room"),
        (errno.EACCES, "a file that can be read"),
    ],
)
def test_no_room_is_told_apart_from_no_access(number: int, expected: str) -> None:
    with (
        pytest.raises(InputError, match=f"input a.csv: found .*; expected {expected}$"),
        reading("a.csv"),
    ):
        raise OSError(number, "told by the system")
