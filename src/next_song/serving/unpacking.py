"""Unpacks a `model.tar.gz` from elsewhere: what it may cost is bounded before any of it is written.

Names, members and bytes are counted while the archive is read, a piece at a time. So a small file
that unpacks to gigabytes, or has a name of gigabytes, is refused without the memory for it.
"""

import gzip
import tarfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

MEMBERS = 1000  # an archive of a run has about ten
NAME = 255  # characters, as file systems take
JSON = 16 * 2**20  # bytes of a member that is parsed as a whole
SLACK, TIMES = 256 * 2**20, 20  # of any archive, and for each packed byte; vectors shrink by a half
PIECE = 2**18
EXTENDED = 2**16  # bytes of a header that Python adds to keep, say, fractions of a second


class _Counted:
    """Reads a gzip file, to a limit that depends on its size."""

    def __init__(self, unzipped: gzip.GzipFile, packed: int) -> None:
        self._unzipped = unzipped
        self._left = self._most = SLACK + TIMES * packed

    def read(self, size: int) -> bytes:
        """Returns at most `size` bytes, fewer only at the end. Raises TarError at the limit."""
        data = self._unzipped.read(size)
        self._left -= len(data)
        if self._left < 0:
            raise tarfile.TarError(f"more than {self._most} bytes in it once it is unpacked")
        return data

    def pieces(self, size: int) -> Iterator[bytes]:
        """Yields so many bytes and then leaves out what fills the last block."""
        left = size
        while left:
            data = self.read(min(left, PIECE))
            if not data:
                raise EOFError("an end in the middle of a member")
            left -= len(data)
            yield data
        self.read(-size % tarfile.BLOCKSIZE)


def unpack(path: Path, folder: Path) -> None:
    """Unpacks the files of an archive into an empty folder.

    Raises OSError, EOFError or TarError if the file is no such archive, is damaged, or has more in
    it than an archive of its size may have. What was written by then stays.
    """
    with gzip.open(path) as unzipped:
        counted = _Counted(unzipped, path.stat().st_size)
        written: set[str] = set()
        for name, size in _members(counted):
            if name in written:
                raise tarfile.TarError(f"{name} twice")
            written.add(name)
            _write(folder, name, counted.pieces(size))
        while counted.read(PIECE):  # to the end, where the checksum is
            pass


def _members(counted: _Counted) -> Iterator[tuple[str, int]]:
    """Yields the name and the size of each file; the reader must read it before the next."""
    extended: dict[str, str] = {}
    for _ in range(MEMBERS + 1):  # and the block of zeros that ends them
        block = counted.read(tarfile.BLOCKSIZE)
        if not block.strip(b"\0"):
            return
        member = tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
        if member.type == tarfile.XHDTYPE:
            extended = _extended(counted, member)
            continue
        name, size = extended.get("path", member.name), int(extended.get("size", member.size))
        extended = {}
        if member.isdir():
            continue
        _check(name, size, is_file=member.type in (tarfile.REGTYPE, tarfile.AREGTYPE))
        yield str(PurePosixPath(name)), size
    raise tarfile.TarError(f"more than {MEMBERS} members")


def _extended(counted: _Counted, header: tarfile.TarInfo) -> dict[str, str]:
    """Returns the values of a header that stands before a member, by name."""
    if not 0 <= header.size <= EXTENDED:
        raise tarfile.TarError(f"a header of {header.size} bytes")
    text = b"".join(counted.pieces(header.size)).decode("utf-8", "surrogateescape")
    lines = (line.partition(" ")[2].partition("=") for line in text.split("\n"))
    return {name: value for name, _, value in lines}


def _check(name: str, size: int, *, is_file: bool) -> None:
    """Raises TarError unless this is a file that may stand in an archive."""
    path = PurePosixPath(name)
    if len(name) > NAME:
        raise tarfile.TarError(f"a name of {len(name)} characters")
    if not is_file:
        raise tarfile.TarError(f"{name}, which is neither file nor folder")
    if path.is_absolute() or ".." in path.parts or not path.parts or not name.isprintable():
        raise tarfile.TarError(f"{name!r}, which is no name in a folder")
    if size < 0 or (path.suffix == ".json" and size > JSON):
        raise tarfile.TarError(f"{name} with {size} bytes")


def _write(folder: Path, name: str, pieces: Iterator[bytes]) -> None:
    path = folder / name
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:
            file.writelines(pieces)
    except (FileExistsError, NotADirectoryError, IsADirectoryError) as error:
        raise tarfile.TarError(f"{name}, which is in the way of another member") from error
