"""Files near and far: read whole, and written whole or not at all, however a run ends."""

import os
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from multiprocessing.util import Finalize
from pathlib import Path
from posixpath import basename
from tempfile import TemporaryDirectory, mkdtemp
from typing import NoReturn

from fsspec.core import split_protocol, url_to_fs

UMASK = os.umask(0)
os.umask(UMASK)
MODE = 0o666 & ~UMASK  # of new files


class _Folder(TemporaryDirectory[str]):
    """The temporary folder of a process; `earlier`: what `tempfile.tempdir` was before."""

    earlier: str | None = None


_folders: dict[int, _Folder] = {}  # by process


def local_path(path: str) -> Path | None:
    """The path of a file on this machine, of `file://` too; None for what is elsewhere."""
    protocol, _ = split_protocol(path)
    if protocol is None:
        return Path(path)
    return Path(url_to_fs(path)[1]) if protocol in ("file", "local") else None


def from_folder(folder: Path, path: str) -> str:
    """A path of this machine from a folder on, as Kedro has paths of data sets; a URL stays."""
    return path if split_protocol(path)[0] else str(folder / path)


def exists(path: str) -> bool:
    """Whether the file is there, asked anew each time: another process may have written it."""
    fs, key = url_to_fs(path)
    fs.invalidate_cache()
    return bool(fs.exists(key))


def local_file(path: str) -> Path:
    """The file itself, or a copy of a remote one, which stays until this process ends.

    A file is copied once, and again when it has changed.

    What reads our files (DuckDB, gensim, safetensors, tar) wants a path. Raises
    FileNotFoundError.
    """
    if not exists(path):
        raise FileNotFoundError(path)
    if local := local_path(path):
        return local
    fs, key = url_to_fs(path)
    return _copy(os.getpid(), path, fs.ukey(key))


def new_folder() -> Path:
    """A new empty folder, which stays until this process ends."""
    return Path(mkdtemp(dir=_own_folder().name))


def own_temporary_files() -> None:
    """Have temporary files of this process, of libraries too, in a folder that ends with it."""
    own = _own_folder()
    if tempfile.tempdir != own.name:
        own.earlier, tempfile.tempdir = tempfile.tempdir, own.name


def share_temporary_files() -> None:
    """Put new temporary files where they were before `own_temporary_files`."""
    own = _folders.get(os.getpid())
    if own and tempfile.tempdir == own.name:
        tempfile.tempdir = own.earlier


def remove_temporary_files() -> None:
    """Remove copies and temporary files, before a process ends that runs no exit functions."""
    share_temporary_files()
    if own := _folders.pop(os.getpid(), None):  # never that of the process it was forked from
        own.cleanup()
    _copy.cache_clear()


def end_process(remove: Callable[[], object]) -> NoReturn:
    """End this process with status 0, without its temporary files. remove: deletes other ones.

    Python would wait for the threads that ask a model, and TensorFlow takes seconds to load or end.
    """
    for ending in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, signal.SIG_IGN)  # a second one has nothing more to end
    remove()
    remove_temporary_files()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


@contextmanager
def whole_file(path: str) -> Iterator[Path]:
    """Give a path to write to; when the block ends well, what is there takes `path`'s place.

    The place changes in one step, so a reader sees the earlier file or the new one. When the
    block fails, the earlier file stays; when the process is killed, only the part file is left,
    which nothing reads and the next run replaces.
    """
    local = local_path(path)
    if not local:
        with TemporaryDirectory(prefix="next-song-") as folder:
            part = Path(folder) / basename(path)
            yield part
            fs, key = url_to_fs(path)
            fs.put_file(str(part), key)  # object stores show an object only when it is whole
        return
    local.parent.mkdir(parents=True, exist_ok=True)
    part = local.with_name(f".part-{local.name}")
    try:
        yield part
        part.chmod(MODE)  # safetensors writes files that others may not read
        os.replace(part, local)
    finally:
        part.unlink(missing_ok=True)


@cache
def _copy(_pid: int, path: str, _version: str) -> Path:
    fs, key = url_to_fs(path)
    copy = Path(mkdtemp(dir=_own_folder().name), basename(str(key)))
    fs.get_file(key, str(copy))
    return copy


def _own_folder() -> _Folder:
    if os.getpid() not in _folders:
        made = _Folder(prefix="next-song-", ignore_cleanup_errors=True)
        _folders[os.getpid()] = made
        Finalize(None, made.cleanup, exitpriority=0)  # a worker that ends runs no exit functions
    return _folders[os.getpid()]
