"""Runs on one folder: side by side, one after the other with other parameters, and in parts."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
from kedro.runner import SequentialRunner, ThreadRunner

from next_song.datasets.relation import RelationDataset
from next_song.errors import InputError
from next_song.grid import candidate_names
from next_song.guards.claims import Claims
from next_song.guards.provenance import Provenance
from next_song.guards.records import Record

ROOT = Path(__file__).parents[1]
Run = Callable[..., dict[str, Any]]

HOLDER = """
import sys, time
from next_song.guards.claims import Claims
from next_song.guards.provenance import Provenance
from next_song.guards.records import Record
Claims().take(sys.argv[1], ["songs"], ["plays"])
print("taken", flush=True)
time.sleep(600)
"""

NOTEBOOK = """
import logging, os, signal, sys, tempfile
from kedro.framework.session import KedroSession
from kedro.framework.startup import bootstrap_project

class Stop(logging.Handler):
    def emit(self, record):
        os.kill(os.getpid(), signal.SIGINT)

def run():
    params = {"input": sys.argv[1], "data_root": sys.argv[2]}
    with KedroSession.create(runtime_params=params) as session:
        session.run(pipeline_names=["data_engineering"])

bootstrap_project(os.getcwd())
logger, stop = logging.getLogger("next_song.pipelines.data_engineering.nodes"), Stop()
logger.addHandler(stop)
try:
    run()
except KeyboardInterrupt:
    print("temporary files in", tempfile.gettempdir())
logger.removeHandler(stop)
run()
"""


@pytest.fixture
def other_run(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that writes `songs` of this folder and reads `plays`."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    assert process.stdout.readline() == "taken\n"
    yield process
    process.kill()
    process.communicate()


@pytest.mark.fault
@pytest.mark.parametrize(
    ("written", "read", "found"),
    [(["songs"], [], "songs"), (["playlists"], ["songs"], "songs"), (["plays"], [], "plays")],
)
def test_a_second_run_on_the_same_data_is_refused(
    other_run: subprocess.Popen[str],
    tmp_path: Path,
    written: list[str],
    read: list[str],
    found: str,
    says: Callable[[object], None],
) -> None:
    who = f"process {other_run.pid} since " if found == "songs" else "another run, which reads it"
    with pytest.raises(InputError, match=f"found {found} in use by {who}") as error:
        Claims().take(str(tmp_path), written, read)
    says(error.value)
    beside = Claims()
    beside.take(str(tmp_path), ["playlists"], ["plays"])  # candidates of one flow
    beside.release()


def test_a_run_is_refused_that_reads_what_another_one_writes(
    other_run: subprocess.Popen[str], tmp_path: Path, kedro_run: Run
) -> None:
    reads = {"node_names": ["data_engineering.plot_song_popularity"]}
    with pytest.raises(InputError, match=f"found songs in use by process {other_run.pid} since "):
        kedro_run(run_args=reads, data_root=str(tmp_path))


def test_a_run_that_fails_while_it_writes_leaves_both_records(
    finished: Path, circle: Path, tmp_path: Path, kedro_run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = copytree(finished, tmp_path / "data")
    (before,) = Provenance(str(root)).read("plays")

    def fails(*_: Any) -> None:
        raise InputError("plays: found a full disk")

    monkeypatch.setattr(RelationDataset, "save", fails)
    with pytest.raises(InputError, match="found a full disk"):
        kedro_run(
            run_args={"node_names": ["data_engineering.prepare_plays"]},
            input=str(circle),
            data_root=str(root),
            cleaning={"min_songs": 2},
        )
    earlier, begun = Provenance(str(root)).read("plays")
    assert earlier == before
    assert begun.params["params:cleaning"]["min_songs"] == 2


def test_a_file_url_is_a_folder(other_run: subprocess.Popen[str], tmp_path: Path) -> None:
    with pytest.raises(InputError, match=f"found songs in use by process {other_run.pid} since "):
        Claims().take(f"file://{tmp_path}", ["songs"], [])


def test_a_killed_run_claims_nothing(other_run: subprocess.Popen[str], tmp_path: Path) -> None:
    other_run.send_signal(signal.SIGKILL)
    other_run.wait()
    claims = Claims()
    claims.take(str(tmp_path), ["songs"], [])
    claims.release()
    assert not (tmp_path / ".runs/songs.lock").exists()


def test_a_run_that_was_interrupted_in_a_notebook_claims_nothing(
    circle: Path, tmp_path: Path
) -> None:
    root = tmp_path / "data"
    command = [sys.executable, "-c", NOTEBOOK, str(circle), str(root)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert f"temporary files in {tempfile.gettempdir()}\n" in done.stdout
    assert (root / "02_intermediate/plays.parquet").exists()
    assert not list(root.rglob("*.lock"))


def test_from_a_folder_of_the_project_all_is_in_one_place(circle: Path, tmp_path: Path) -> None:
    """Kedro takes relative paths from the project's folder on, wherever a run is started."""
    root = os.path.relpath(tmp_path / "data", ROOT)
    given = ["--pipelines", "data_engineering", "--params", f"input={circle},data_root={root}"]
    command = [sys.executable, "-m", "kedro", "run", *given]
    subprocess.run(command, cwd=ROOT / "tests", check=True, capture_output=True)
    assert (tmp_path / "data/03_primary/songs.parquet").exists()
    assert (tmp_path / "data/.runs/songs.json").exists()


def test_two_commands_at_once(circle: Path, tmp_path: Path) -> None:
    """The first is stopped as soon as it has claimed its data sets."""
    where = f"data_root={tmp_path}/data"
    command = [sys.executable, "-m", "kedro", "run", "--env", "test", "--params"]
    given = {"cwd": ROOT, "env": os.environ | {"DO_NOT_TRACK": "1"}, "stderr": subprocess.PIPE}
    first = subprocess.Popen([*command, f"input={circle},{where}"], **given)  # type: ignore[call-overload]
    lock = tmp_path / "data/.runs/plays.lock"
    while not (lock.exists() and lock.read_text()):
        assert first.poll() is None
        time.sleep(0.01)
    first.send_signal(signal.SIGSTOP)
    second = subprocess.run([*command, f"input={circle},{where}"], text=True, check=False, **given)  # type: ignore[call-overload]
    first.kill()
    first.communicate()
    assert second.returncode == 1
    last = second.stderr.splitlines()[-1]
    assert last.startswith(f"Error: data_root {tmp_path}/data: found ")
    assert f"in use by process {first.pid} since " in last


SCORES = [f"modeling.{name}.score_{name}" for name in candidate_names()]
STALE: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    (
        {"pipeline_names": ["export"]},
        {"cleaning": {"min_plays": 2}},
        "found it made with cleaning.min_plays=1; expected cleaning.min_plays=2",
    ),
    (
        {"pipeline_names": ["export"]},
        {"modeling": {"near": {"word2vec": {"epochs": 2}}}},
        "found it made with modeling.near.word2vec.epochs=",
    ),
    ({"pipeline_names": ["selection"]}, {"song_pairs": {"most": 7}}, "song_pairs.most=100"),
    ({"pipeline_names": ["export"]}, {"selection": {"refit": "continue"}}, 'refit="anew"; exp'),
    ({"namespaces": ["modeling.near"]}, {"split": {"test": 0.2}}, "split.test=0.1; expected"),
    ({"from_nodes": ["selection.refit"]}, {"protocol": {"k": [20, 100]}}, "protocol.k=[1, 10"),
    ({"from_nodes": SCORES[1:]}, {"retrieval": {"parts": {"earlier": None}}}, "parts.earlier"),
    ({"only_missing_outputs": True}, {"cleaning": {"min_songs": 4}}, "cleaning.min_songs=3"),
    ({"node_names": ["export.verify_model"]}, {"export": {"precision": "float16"}}, "precision="),
]


@pytest.mark.fault
@pytest.mark.parametrize(("run_args", "params", "expected"), STALE)
def test_a_partial_run_with_other_parameters_is_refused(
    kedro_run: Run,
    circle: Path,
    finished: Path,
    run_args: Any,
    params: Any,
    expected: str,
    says: Callable[[object], None],
) -> None:
    with pytest.raises(InputError) as error:
        kedro_run(run_args=run_args, input=str(circle), data_root=str(finished), **params)
    says(error.value)
    assert expected in str(error.value)
    assert "\n" not in str(error.value)


FITTING: list[Any] = [
    pytest.param(
        {"from_nodes": SCORES}, {"retrieval": {"parts": {"earlier": None}}}, marks=pytest.mark.slow
    ),
    ({"pipeline_names": ["export"]}, {"export": {"k": 120, "precision": "float16"}}),
    ({"namespaces": ["modeling.near"]}, {"selection": {"baselines": ["popularity"]}}),
    ({"pipeline_names": ["selection"]}, {"selection": {"baselines": ["popularity"]}}),
    pytest.param(
        {"from_nodes": ["selection.refit"]},
        {"selection": {"refit": "continue"}},
        marks=pytest.mark.slow,
    ),
    ({"node_names": ["export.verify_model"]}, {"protocol": {"scores_mib": 1}}),
]


@pytest.mark.parametrize(("run_args", "params"), FITTING)
def test_a_partial_run_with_parameters_of_its_own_nodes_fits(
    kedro_run: Run, finished: Path, tmp_path: Path, run_args: Any, params: Any
) -> None:
    root = copytree(finished, tmp_path / "data")
    kedro_run(run_args=run_args, data_root=str(root), **params)


def test_what_was_made_from_another_version_is_refused(
    kedro_run: Run, circle: Path, finished: Path, tmp_path: Path
) -> None:
    root = copytree(finished, tmp_path / "data")
    more = {"cleaning": {"min_songs": 2}, "input": str(circle), "data_root": str(root)}
    kedro_run(run_args={"pipeline_names": ["data_engineering"]}, **more)
    with pytest.raises(InputError, match=r"found it made (with cleaning.min_songs=3|from another)"):
        kedro_run(run_args={"pipeline_names": ["export"]}, **more)


def test_another_input_is_refused(
    kedro_run: Run, finished: Path, tmp_path: Path, circle: Path
) -> None:
    other = tmp_path / "other.csv"
    other.write_text("playlist,song\n1,a\n1,b\n1,c\n")
    with pytest.raises(InputError, match="found it made from another raw_playlists"):
        kedro_run(
            run_args={"pipeline_names": ["modeling"]}, input=str(other), data_root=str(finished)
        )


@pytest.mark.slow
def test_a_data_set_that_was_being_written_has_to_fit_both_ways(
    kedro_run: Run, finished: Path, tmp_path: Path
) -> None:
    """A run with another min_songs was killed when it wrote the plays."""
    root = copytree(finished, tmp_path / "data")
    records = Provenance(str(root))
    (made,) = records.read("plays")
    cleaning = made.params["params:cleaning"] | {"min_songs": 7}
    other = replace(made, params=made.params | {"params:cleaning": cleaning})
    records.begin("plays", made)
    kedro_run(run_args={"pipeline_names": ["export"]}, data_root=str(root))
    records.begin("plays", other)
    for least, found in ((None, 7), (7, 3)):
        given = {"cleaning": {"min_songs": least}} if least else {}
        with pytest.raises(InputError, match=f"found it made with cleaning.min_songs={found}"):
            kedro_run(run_args={"pipeline_names": ["export"]}, data_root=str(root), **given)
    records.end("plays", other)
    assert records.read("plays") == [other]


def test_a_claim_of_a_folder_that_another_run_removes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, open_, tried = tmp_path / ".runs", os.open, []

    def removed_at_first(path: Any, *given: Any) -> int:
        tried.append(path)
        if len(tried) == 1:
            folder.rmdir()
        return open_(path, *given)

    monkeypatch.setattr(os, "open", removed_at_first)
    claims = Claims()
    claims.take(str(tmp_path), ["songs"], [])
    assert len(tried) == 2
    claims.release()
    assert not folder.exists()


def test_what_somebody_else_put_there_is_taken(
    kedro_run: Run, finished: Path, tmp_path: Path
) -> None:
    root = copytree(finished, tmp_path / "data")
    for record in (root / ".runs").iterdir():
        record.unlink()
    kedro_run(
        run_args={"pipeline_names": ["export"]},
        data_root=str(root),
        cleaning={"min_plays": 2},
    )


def test_records_say_what_made_a_data_set(finished: Path) -> None:
    (record,) = json.loads((finished / ".runs/near_candidate.json").read_text())
    assert record["node"] == "modeling.near.score_near"
    assert set(record["inputs"]) == {"modeling.near.trained", "playlists", "song_pairs", "songs"}
    assert "scores_mib" not in record["params"]["params:protocol"]
    assert not list((finished / ".runs").glob("*.lock"))


def test_a_run_of_a_version_that_had_fewer_parameters_fits(tmp_path: Path) -> None:
    records = Provenance(str(tmp_path))
    records.end("champion", Record("choose", {"params:selection": {"k": 20}}, {}))
    now = {"k": 20, "start_from": None}
    records.check(["champion"], lambda _: now, lambda: None)
    with pytest.raises(InputError, match=r'selection.start_from=null; expected .*="a"'):
        records.check(["champion"], lambda _: now | {"start_from": "a"}, lambda: None)


@pytest.mark.fault
@pytest.mark.parametrize(
    ("runner", "found"),
    [(ThreadRunner(), "--runner=ThreadRunner"), (SequentialRunner(is_async=True), "--async")],
)
def test_threads_are_refused_by_name(
    kedro_run: Run,
    circle: Path,
    tmp_path: Path,
    runner: Any,
    found: str,
    says: Callable[[object], None],
) -> None:
    expected = f"run: found {found}; expected nodes that run one after"
    with pytest.raises(InputError, match=expected) as error:
        kedro_run(runner=runner, input=str(circle), data_root=str(tmp_path))
    says(error.value)
    assert list(tmp_path.iterdir()) == []
