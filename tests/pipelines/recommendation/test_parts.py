"""Parts of a job: which job they are of, when they stay, and that none is half there."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from duckdb import DuckDBPyRelation

from next_song import sql
from next_song.errors import InputError
from next_song.grid import base_parameters
from next_song.parameters import Recommendation
from next_song.pipelines.recommendation import parts
from next_song.pipelines.recommendation.nodes import _fingerprint
from next_song.pipelines.recommendation.parts import Parts

PARAMS = base_parameters()["recommendation"] | {"k": 3}
HISTORIES = "select 0 as number, 'p' as playlist, ['a', 'b'] as songs, ['x', null] as artists"
ARCHIVE: Any = SimpleNamespace(digest="one", scorecard={"model": "wide"})


def params(**given: Any) -> Recommendation:
    return Recommendation.model_validate(PARAMS | given)


def job(histories: str = HISTORIES, archive: Any = ARCHIVE, **given: Any) -> dict[str, Any]:
    return _fingerprint(sql.connection().sql(histories), archive, params(**given))


def test_a_job_is_its_model_its_histories_and_what_is_asked() -> None:
    others = [
        job(HISTORIES.replace("0 as", "1 as")),
        job(HISTORIES.replace("'p'", "'q'")),
        job(HISTORIES.replace("'a', 'b'", "'b', 'a'")),
        job(HISTORIES.replace("'x'", "'y'")),
        job(HISTORIES + " union all select 1, 'q', ['a'], ['x']"),
        job(archive=SimpleNamespace(digest="another", scorecard={"model": "wide"})),
        job(k=4),
        job(rows="playlists"),
        job(exclude_set="a"),
        job(only_set="a"),
        job(per_artist=1),
        job(shard="1/2"),
    ]
    distinct = {json.dumps(one, sort_keys=True) for one in (job(), *others)}
    assert len(distinct) == 1 + len(others)
    assert job(parts="elsewhere", resume=True) == job()


def test_only_a_job_that_is_continued_keeps_its_parts(tmp_path: Path) -> None:
    folder = tmp_path / "parts"
    part = folder / "000000000000.parquet"
    Parts.open(params(parts=str(folder)), {"k": 3})
    part.write_text("earlier")
    Parts.open(params(parts=str(folder), resume=True), {"k": 3})
    assert part.read_text() == "earlier"
    with pytest.raises(InputError, match="parts of another model, input or k"):
        Parts.open(params(parts=str(folder), resume=True), {"k": 4})
    assert part.read_text() == "earlier"
    Parts.open(params(parts=str(folder)), {"k": 4})
    assert [path.name for path in folder.iterdir()] == ["job.json"]


def rows(count: int) -> DuckDBPyRelation:
    return sql.materialized(sql.connection().sql(f"from range({count}) t(n)"), f"rows_{count}")


def test_each_part_has_its_rows_in_their_order(tmp_path: Path) -> None:
    paths = Parts(tmp_path).fill(rows(5), lambda part: part, 2)
    assert [path.name for path in paths] == [f"{start:012d}.parquet" for start in (0, 2, 4)]
    assert [pq.read_table(path)["n"].to_pylist() for path in paths] == [[0, 1], [2, 3], [4]]
    asked: list[pa.Table] = []

    def work(part: pa.Table) -> pa.Table:
        asked.append(part)
        return part

    paths[1].unlink()
    assert Parts(tmp_path).fill(rows(5), work, 2) == paths
    assert [part["n"].to_pylist() for part in asked] == [[2, 3]]


def test_what_is_half_written_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def half(table: pa.Table, path: Path, **_: Any) -> None:
        path.write_text("half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(parts.pq, "write_table", half)
    with pytest.raises(InputError, match=r"found .*No space left .* while writing .*0\.parquet"):
        Parts(tmp_path).fill(rows(1), lambda part: part, 2)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("resume", [True, False])
def test_two_jobs_never_share_their_parts(resume: bool, tmp_path: Path) -> None:
    folder = tmp_path / "parts"
    first = Parts.open(params(parts=str(folder)), {"k": 3})
    part = first.folder / "000000000000.parquet"
    part.write_text("of the first")
    with pytest.raises(InputError, match=r"parts in use by another job; expected no other one"):
        Parts.open(params(parts=str(folder), resume=resume), {"k": 3})
    assert part.read_text() == "of the first"
    del first
    Parts.open(params(parts=str(folder), resume=True), {"k": 3})
    assert part.read_text() == "of the first"


def test_parts_are_locked_until_their_answers_are_written(tmp_path: Path) -> None:
    folder, given = tmp_path / "parts", pa.table({"number": [0, 1, 2]})
    table = sql.materialized(sql.connection().from_arrow(given), "to_be_answered")
    first = Parts.open(params(parts=str(folder)), {"k": 3})
    rows = first.read(first.fill(table, lambda part: part, rows=2))
    del first
    with pytest.raises(InputError, match="parts in use by another job"):
        Parts.open(params(parts=str(folder), resume=True), {"k": 3})
    parts.remove(folder)  # by whoever thinks that the job has ended
    assert len(rows) == 3
    del rows
    parts.remove(folder)
    assert not folder.exists()
    parts.remove(folder)


def test_a_job_that_is_killed_as_it_begins_anew_can_be_started_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, removed, unlink = tmp_path / "parts", list[Path](), Path.unlink
    Parts.open(params(parts=str(folder)), {"k": 3})
    (folder / "000000000000.parquet").write_text("earlier")

    def one(path: Path) -> None:
        if removed:
            raise KeyboardInterrupt
        removed.append(path)
        unlink(path)

    with monkeypatch.context() as killed:
        killed.setattr(Path, "unlink", one)
        with pytest.raises(KeyboardInterrupt):
            Parts.open(params(parts=str(folder)), {"k": 3})
    Parts.open(params(parts=str(folder)), {"k": 3})
    assert [path.name for path in folder.iterdir()] == ["job.json"]
