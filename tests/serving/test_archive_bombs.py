"""Archives that cost more than they seem: each is refused before it takes memory or disk."""

import gzip
import resource
import tarfile
from collections.abc import Callable, Iterator
from itertools import chain, repeat
from pathlib import Path

import pytest
from crafted import refused

GIB, MIB = 2**30, 2**20
END = bytes(2 * tarfile.BLOCKSIZE)
MOST = 64 * 1024  # KiB of memory that reading may add


def header(name: str, size: int = 0, kind: bytes = tarfile.REGTYPE) -> bytes:
    info = tarfile.TarInfo(name)
    info.size, info.type = size, kind
    return info.tobuf(tarfile.GNU_FORMAT)


def below_zero() -> bytes:
    block = bytearray(header("1/a"))
    block[124:136], block[148:156] = b"\xff" * 12, b" " * 8
    block[148:156] = f"{sum(block):06o}\0 ".encode()
    return bytes(block)


def zeros(mib: int) -> Iterator[bytes]:
    return repeat(bytes(MIB), mib)


BOMBS: dict[str, tuple[Callable[[], Iterator[bytes]], str]] = {
    "a member of gigabytes": (
        lambda: chain([header("1/saved_model.pb", 2 * GIB)], zeros(320)),
        "more than ",
    ),
    "more after the end": (lambda: chain([END], zeros(320)), "more than "),
    "a name of gigabytes": (
        lambda: chain([header("name", 3 * GIB, tarfile.GNUTYPE_LONGNAME)], zeros(1)),
        "name, which is neither file nor folder; expected",
    ),
    "a header of gigabytes": (
        lambda: chain([header("pax", 3 * GIB, tarfile.XHDTYPE)], zeros(1)),
        "a header of 3221225472 bytes; expected",
    ),
    "a header for all members": (
        lambda: iter([header("pax", 512, tarfile.XGLTYPE), bytes(512)]),
        "pax, which is neither file nor folder; expected",
    ),
    "a million members": (
        lambda: (header(f"1/{number}") for number in range(5000)),
        "more than 1000 members; expected",
    ),
    "a million folders": (
        lambda: (header(f"{number}", 0, tarfile.DIRTYPE) for number in range(5000)),
        "more than 1000 members; expected",
    ),
    "a million headers": (
        lambda: repeat(header("pax", 0, tarfile.XHDTYPE), 5000),
        "more than 1000 members; expected",
    ),
    "a manifest of gigabytes": (
        lambda: chain([header("manifest.json", GIB)], zeros(1)),
        "manifest.json with 1073741824 bytes; expected",
    ),
    "a sparse file": (
        lambda: iter([header("1/a", 512, tarfile.GNUTYPE_SPARSE), bytes(512)]),
        "1/a, which is neither file nor folder; expected",
    ),
    "a size below 0": (lambda: iter([below_zero(), END]), "1/a with -1 bytes; expected"),
    "a member twice": (
        lambda: iter([header("1/a"), header("./1//a"), END]),
        "1/a twice; expected",
    ),
    "a file as a folder": (
        lambda: iter([header("1/a"), header("1/a/b"), END]),
        "1/a/b, which is in the way of another member; expected",
    ),
    "a folder as a file": (
        lambda: iter([header("1/a/b"), header("1/a"), END]),
        "1/a, which is in the way of another member; expected",
    ),
    "a name outside": (
        lambda: iter([header("1/../../a"), END]),
        "'1/../../a', which is no name in a folder; expected",
    ),
    "a name from the root": (
        lambda: iter([header("/etc/a"), END]),
        "'/etc/a', which is no name in a folder; expected",
    ),
    "no name": (lambda: iter([header("."), END]), "'.', which is no name in a folder; expected"),
    "a name that a terminal obeys": (
        lambda: iter([header("1/\x1b[31m"), END]),
        "'1/\\x1b[31m', which is no name in a folder; expected",
    ),
    "an end in a member": (
        lambda: iter([header("1/a", 10**6), END]),
        "an end in the middle of a member; expected",
    ),
    "half a header": (lambda: iter([header("1/a")[:200]]), "truncated header; expected"),
    "no tar": (lambda: iter([b"x" * 4096]), "invalid header; expected"),
}


@pytest.mark.fault
@pytest.mark.parametrize("bomb", BOMBS)
def test_it_is_refused_before_it_takes_memory(
    bomb: str, tmp_path: Path, says: Callable[[object], None]
) -> None:
    blocks, expected = BOMBS[bomb]
    path = tmp_path / "model.tar.gz"
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.writelines(blocks())
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    told = refused(path)
    says(told)
    assert told.startswith(expected)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < MOST
