"""One run for each data set of a folder: a second one that would write the same is refused."""

import fcntl
import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from next_song.datasets.files import local_path
from next_song.errors import InputError

FOLDER = ".runs"  # in data_root


class Claims:
    """What a run writes and reads in a local data_root, from `take` to `release`.

    A claim is a lock of the operating system on a file of its own, so it ends with the processes of
    the run, however they end. Runs that write other data sets go on side by side. of: the parameter
    that names the folder, for errors.
    """

    def __init__(self, of: str = "data_root") -> None:
        self._of = of
        self._locked: list[tuple[Path, int]] = []

    def take(self, root: str, written: Iterable[str], read: Iterable[str]) -> None:
        """Claims data sets, by name. Raises InputError if another run writes one of them.

        Nor may another run read what this one writes. A URL is claimed by nobody: give each run a
        data_root of its own there, as the flow does.
        """
        local, wanted = local_path(root), set(written)
        if not local:
            return
        folder = local / FOLDER
        try:
            for name in sorted({*wanted, *read}):
                kind = fcntl.LOCK_EX if name in wanted else fcntl.LOCK_SH
                self._lock(folder / f"{name}.lock", kind)
        except OSError as error:
            self.release()
            raise InputError(
                f"{self._of} {root}: found {error}; expected a folder that can be written to"
            ) from error
        except InputError:
            self.release()
            raise

    def release(self) -> None:
        """Ends all claims, and removes their files."""
        while self._locked:
            path, file = self._locked.pop()
            with suppress(OSError):  # somebody else reads, and will remove it
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                path.unlink()
            os.close(file)
            with suppress(OSError):  # there may be more in it
                path.parent.rmdir()

    def give_up(self) -> None:
        """Ends the claims of this process; workers that were forked keep them until they end."""
        while self._locked:
            os.close(self._locked.pop()[1])

    def _lock(self, path: Path, kind: int) -> None:
        file = _opened(path)
        try:
            fcntl.flock(file, kind | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(file)
            holder = _holder_of(path) or "another run, which reads it"
            raise InputError(
                f"{self._of} {path.parents[1]}: found {path.stem} in use by {holder}; expected no "
                f"other run on the same data: wait for its end, or give another {self._of}"
            ) from error
        if not _is_at(path, file):  # its holder has just removed it
            os.close(file)
            self._lock(path, kind)
            return
        self._locked.append((path, file))
        os.truncate(file, 0)  # what a killed run has left; nobody writes now
        if kind == fcntl.LOCK_EX:
            os.pwrite(file, _holder().encode("utf-8", "replace"), 0)


def _opened(path: Path) -> int:
    for _ in range(100):
        # another run may remove the folder at any moment, also while mkdir looks
        with suppress(FileNotFoundError, FileExistsError):
            path.parent.mkdir(parents=True, exist_ok=True)
            return os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    raise FileNotFoundError(path)


def _is_at(path: Path, file: int) -> bool:
    with suppress(FileNotFoundError):
        return os.path.samestat(os.fstat(file), path.stat())
    return False


def _holder_of(path: Path) -> str:
    """Who holds a lock, "" where it has just ended."""
    with suppress(FileNotFoundError):
        return path.read_text("utf-8", "replace")
    return ""


def _holder() -> str:
    since = datetime.now(UTC).astimezone().isoformat(" ", "seconds")
    command = " ".join([Path(sys.argv[0]).name, *sys.argv[1:]])[:200]
    return f"process {os.getpid()} since {since} ({command})"
