"""The runner that starts the longest trainings first."""

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest
from kedro.io import MemoryDataset, SharedMemoryDataCatalog
from kedro.pipeline import Node, Pipeline

from next_song.datasets.reports import JSONDataset
from next_song.errors import InputError
from next_song.parameters import Word2VecGrid
from next_song.runner import LongestFirstRunner, effort

POINT = {
    "sg": 1,
    "vector_size": 8,
    "window": 2,
    "epochs": 1,
    "negative": 5,
    "ns_exponent": 0.75,
    "sample": 0,
    "min_count": 1,
    "alpha": 0.025,
    "seed": 1,
}
CHANGES: dict[str, dict[str, Any]] = {
    "short": {},
    "long": {"epochs": 9},
    "longest": {"epochs": 9, "vector_size": [8, 16]},
    "longer": {"epochs": 9, "window": 3},
}


def started(grid: Any) -> int:
    """Note when a node starts."""
    if grid == "bad":
        raise InputError("bad")
    return time.monotonic_ns()


def fails_after(_: int, grid: str) -> int:
    return started(grid)


def catalog(folder: Path) -> SharedMemoryDataCatalog:
    grids = {name: Word2VecGrid.model_validate(POINT | given) for name, given in CHANGES.items()}
    data: dict[str, Any] = {f"params:{name}.word2vec": grid for name, grid in grids.items()}
    given = {name: MemoryDataset(value) for name, value in (data | {"nothing": 0}).items()}
    made = (f"{name}_start" for name in (*CHANGES, "other"))
    files = {name: JSONDataset(filepath=str(folder / f"{name}.json")) for name in made}
    return SharedMemoryDataCatalog(given | files)


def nodes() -> list[Node]:
    trains = [
        Node(started, f"params:{name}.word2vec", f"{name}_start", name=name) for name in CHANGES
    ]
    return [*trains, Node(started, "nothing", "other_start", name="other")]


def test_effort_grows_with_the_work_of_a_training(tmp_path: Path) -> None:
    efforts = {node.name: effort(node, catalog(tmp_path)) for node in nodes()}
    assert sorted(efforts, key=lambda name: -efforts[name]) == [
        "longest",
        "longer",
        "long",
        "short",
        "other",
    ]
    assert efforts["other"] == 0


def test_the_longest_start_first(tmp_path: Path) -> None:
    made = LongestFirstRunner(max_workers=1).run(Pipeline(nodes()), catalog(tmp_path))
    starts = {name: int(dataset.load()) for name, dataset in made.items()}
    order = sorted(starts, key=lambda name: starts[name])
    assert order == [f"{name}_start" for name in ("longest", "longer", "long", "short", "other")]


def late(_: int) -> int:
    time.sleep(0.3)
    return time.monotonic_ns()


def after(_: int, grid: Any) -> int:
    return started(grid)


def test_a_node_waits_for_what_it_reads_however_long_it_trains(tmp_path: Path) -> None:
    pipeline = Pipeline(
        [
            Node(late, "nothing", "other_start", name="other"),
            Node(after, ["other_start", "params:longest.word2vec"], "longest_start", name="long"),
        ]
    )
    data = catalog(tmp_path)
    LongestFirstRunner(max_workers=2).run(pipeline, data)
    assert data["other_start"].load() < data["longest_start"].load()


class Counted(JSONDataset):
    """Notes in its folder when it is released."""

    def _release(self) -> None:
        Path(f"{self._filepath}.released").touch()
        super()._release()


def test_data_sets_are_released_when_no_node_needs_them(tmp_path: Path) -> None:
    names = ("first", "second", "last")
    files = {name: Counted(filepath=str(tmp_path / name)) for name in names}
    data = SharedMemoryDataCatalog({"nothing": MemoryDataset(0)} | files)
    pipeline = Pipeline(
        [
            Node(started, given, made, name=made)
            for given, made in zip(("nothing", *names), names, strict=False)
        ]
    )
    LongestFirstRunner(max_workers=1).run(pipeline, data)
    assert {path.stem for path in tmp_path.glob("*.released")} == {"first", "second"}


def test_a_failure_of_a_node_ends_the_run(tmp_path: Path) -> None:
    failing = Pipeline([Node(started, "bad", "out", name="fails"), *nodes()])
    data = catalog(tmp_path)
    data["bad"] = MemoryDataset("bad")
    with pytest.raises(InputError, match="bad"):
        LongestFirstRunner(max_workers=2).run(failing, data)


def test_after_a_failure_the_log_says_how_to_go_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    files = {name: JSONDataset(filepath=str(tmp_path / name)) for name in ("first", "last")}
    data = SharedMemoryDataCatalog(
        {"nothing": MemoryDataset(0), "bad": MemoryDataset("bad")} | files
    )
    done = Node(started, "nothing", "first", name="done")
    failing = Pipeline([done, Node(fails_after, ["first", "bad"], "last", name="fails")])
    with pytest.raises(InputError, match="bad"):
        LongestFirstRunner(max_workers=1).run(failing, data)
    told = " ".join(one.getMessage() for one in caplog.records if one.levelname == "WARNING")
    assert '--from-nodes "fails"' in told


def test_what_no_other_process_could_read_is_refused_before_a_node_runs(tmp_path: Path) -> None:
    class Alone(JSONDataset):
        _SINGLE_PROCESS = True

    data = SharedMemoryDataCatalog(
        {"nothing": MemoryDataset(0), "out": Alone(filepath=str(tmp_path / "out"))}
    )
    with pytest.raises(AttributeError, match="cannot be used with multiprocessing"):
        LongestFirstRunner(max_workers=1).run(Pipeline([Node(started, "nothing", "out")]), data)
    assert not (tmp_path / "out").exists()


BUSY = """
import time
from next_song.runner import LongestFirstRunner
runner = LongestFirstRunner()
with runner._get_executor(3) as executor:
    running = executor.submit(time.sleep, 60)
    while not running.running():
        time.sleep(0.01)
    print("busy", flush=True)
"""


@pytest.mark.fault
def test_workers_that_never_got_a_node_end_with_the_run_and_so_do_the_others() -> None:
    run = subprocess.Popen([sys.executable, "-c", BUSY], stdout=subprocess.PIPE, text=True)
    assert run.stdout
    assert run.stdout.readline() == "busy\n"
    workers = psutil.Process(run.pid).children(recursive=True)
    assert len(workers) == 4  # and the process for data in memory
    run.kill()
    run.wait()
    run.stdout.close()
    _, alive = psutil.wait_procs(workers, timeout=20)
    for one in alive:
        one.kill()
    assert not alive
