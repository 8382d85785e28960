"""What an archive may cost, at each limit: the last that is read, and the first that is refused."""

import gzip
import tarfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from next_song.serving import unpacking
from next_song.serving.unpacking import unpack

END = bytes(2 * tarfile.BLOCKSIZE)
CUT_SHORT = "an end in the middle of a member"  # so its header was read


def header(name: str, size: int = 0, kind: bytes = tarfile.REGTYPE) -> bytes:
    info = tarfile.TarInfo(name)
    info.size, info.type = size, kind
    return info.tobuf(tarfile.GNU_FORMAT)


def named(name: str) -> bytes:
    """An empty file whose name stands in a header of its own."""
    line = f" path={name}\n"
    text = f"{len(line) + 3}{line}".encode()
    whole = header("pax", len(text), tarfile.XHDTYPE) + text
    return whole + bytes(-len(whole) % tarfile.BLOCKSIZE) + header("short")


def told(blocks: bytes, folder: Path) -> str:
    """What unpacking says, or the files that it wrote."""
    path = folder / "model.tar.gz"
    path.write_bytes(gzip.compress(blocks, 1))
    try:
        unpack(path, folder / "unpacked")
    except (EOFError, tarfile.TarError) as error:
        return str(error)
    return " ".join(sorted(each.name for each in folder.glob("unpacked/**/*") if each.is_file()))


MIB = 2**20
LIMITS = {
    "as many members": (
        b"".join(header(f"{n}/a") for n in range(1000)) + END,
        " ".join(["a"] * 1000),
    ),
    "a member more": (
        b"".join(header(f"{n}/a") for n in range(1001)) + END,
        "more than 1000 members",
    ),
    "as long a name": (named("n" * 255) + END, "n" * 255),
    "a longer name": (named("n" * 256) + END, "a name of 256 characters"),
    "as much JSON": (header("a.json", 16 * MIB), CUT_SHORT),
    "more JSON": (header("a.json", 16 * MIB + 1), "a.json with 16777217 bytes"),
    "more of another kind": (header("a.parquet", 16 * MIB + 1), CUT_SHORT),
    "as long a header": (header("pax", 2**16, tarfile.XHDTYPE), CUT_SHORT),
    "a longer header": (header("pax", 2**16 + 1, tarfile.XHDTYPE), "a header of 65537 bytes"),
    "a header of nothing": (header("pax", 0, tarfile.XHDTYPE) + header("a") + END, "a"),
    "a name for one member": (named("a") + header("b") + END, "a b"),
}


@pytest.mark.parametrize("limit", LIMITS)
def test_what_is_read_and_what_is_refused(limit: str, tmp_path: Path) -> None:
    blocks, expected = LIMITS[limit]
    assert told(blocks, tmp_path) == expected


def test_bytes_at_the_limit_are_read_and_one_more_is_refused() -> None:
    most = 256 * MIB + 20 * 7
    counted = unpacking._Counted(SimpleNamespace(read=range), packed=7)
    counted.read(most)
    with pytest.raises(
        tarfile.TarError, match=f"^more than {most} bytes in it once it is unpacked$"
    ):
        counted.read(1)


@pytest.mark.parametrize("size", [1, 511, 512, 513, 2**18 - 1, 2**18, 2**18 + 1])
def test_a_member_has_its_bytes_and_the_next_begins_at_a_block(size: int, tmp_path: Path) -> None:
    data = bytes(n % 251 for n in range(size))
    blocks = header("a", size) + data + bytes(-size % tarfile.BLOCKSIZE) + header("b") + END
    assert told(blocks, tmp_path) == "a b"
    assert (tmp_path / "unpacked/a").read_bytes() == data
