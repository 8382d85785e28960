"""The parts of a long job: each is written whole, and a job that is continued keeps them."""

import fcntl
import json
import os
import shutil
import weakref
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from duckdb import DuckDBPyRelation
from threadpoolctl import threadpool_limits

from next_song import progress, sql
from next_song.datasets.files import new_folder
from next_song.errors import InputError
from next_song.parameters import Recommendation
from next_song.serving.processors import processors

JOB = "job.json"
Work = Callable[[pa.Table], pa.Table]


@dataclass(frozen=True)
class Parts:
    """A folder of Parquet files, one for each range of rows, named by its first row."""

    folder: Path

    @classmethod
    def open(cls, params: Recommendation, job: dict[str, Any]) -> "Parts":
        """Returns the parts of a job: new ones, or those that an interrupted one left.

        They are locked for as long as they, or the answers that are read from them, are in use.
        Raises InputError if another job uses them, if they are another job's, or if the folder is
        not one of parts.
        """
        if params.parts is None:
            return cls(new_folder())
        if "://" in params.parts:
            raise InputError(
                f"recommendation.parts: found {params.parts}; expected a folder of this machine: "
                "name one"
            )
        try:
            return cls._open(Path(params.parts), params.resume, job)
        except OSError as error:
            raise InputError(
                f"recommendation.parts: found {error}; expected a folder that can be written to: "
                "name another, or another output"
            ) from error

    @classmethod
    def _open(cls, folder: Path, resume: bool, job: dict[str, Any]) -> "Parts":
        written, mark = json.dumps(job, indent=1, sort_keys=True), folder / JOB
        # an empty one is of a job that was killed as it began
        if folder.exists() and not mark.is_file() and [*folder.iterdir()]:
            raise InputError(
                f"recommendation.parts: found {folder}, which is no folder of parts; expected a "
                "new one: remove it, or name another"
            )
        folder.mkdir(parents=True, exist_ok=True)
        parts = cls(folder)
        weakref.finalize(parts, os.close, _locked(folder))
        if resume and mark.is_file() and mark.read_text("utf-8") != written:
            raise InputError(
                f"recommendation.resume: found parts of another model, input or k in {folder}; "
                "expected those of this job: start it anew, without resume"
            )
        if not resume:
            for path in sorted(folder.iterdir(), key=lambda each: each.name == JOB):
                path.unlink()
        mark.write_text(written, "utf-8")
        return parts

    def read(self, paths: list[Path]) -> DuckDBPyRelation:
        """Returns the rows of parts, which stay locked until nobody has the relation."""
        rows = sql.connection().read_parquet([sql.literal(str(path)) for path in paths])
        weakref.finalize(rows, id, self)
        return rows

    def fill(self, table: DuckDBPyRelation, work: Work, rows: int) -> list[Path]:
        """Writes the parts that are not there, on all processors, and returns all of them.

        table: a table of DuckDB, which is read so many rows at a time.
        """
        workers = processors()
        paths: list[Path] = []
        waiting: deque[tuple[Future[None], int]] = deque()
        with threadpool_limits(limits=1), ThreadPoolExecutor(workers, "answers") as pool:
            for start in range(0, len(table), rows):
                path = self.folder / f"{start:012d}.parquet"
                paths.append(path)
                count = min(rows, len(table) - start)
                if path.exists():
                    progress.advance(count)
                    continue
                part = table.filter(f"rowid >= {start} and rowid < {start + rows}").to_arrow_table()
                waiting.append((pool.submit(_write, work, part, path), count))
                while len(waiting) > 2 * workers:
                    _finish(*waiting.popleft())
            for one in waiting:
                _finish(*one)
        return paths


def remove(folder: Path) -> None:
    """Deletes the parts of a job that has ended, unless another one uses them by now."""
    try:
        lock = _locked(folder)
    except (InputError, FileNotFoundError):
        return
    shutil.rmtree(folder)
    os.close(lock)


def _locked(folder: Path) -> int:
    """Locks a folder until the file that is returned is closed."""
    file = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(file)
        raise InputError(
            f"recommendation.parts: found {folder} in use by another job; expected no other one "
            "with the same output: wait for its end, or give another output"
        ) from error
    return file


def _finish(written: "Future[None]", rows: int) -> None:
    written.result()
    progress.advance(rows)


def _write(work: Work, part: pa.Table, path: Path) -> None:
    unfinished = path.with_suffix(".unfinished")
    try:
        pq.write_table(work(part), unfinished, compression="zstd")
        os.replace(unfinished, path)
    except OSError as error:
        raise InputError(
            f"recommendation.parts: found {error} while writing {path}; expected room for the "
            "answers: make room, then continue with resume"
        ) from error
    finally:
        unfinished.unlink(missing_ok=True)
