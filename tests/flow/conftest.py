"""The flow as a person starts it, and blows dealt to its steps from outside."""

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from metaflow import Run, Runner, get_metadata, metadata

ROOT = Path(__file__).parents[2]
AGAIN, LOOK = 0.3, 0.03  # seconds
CANDIDATES = ("tutorial_3", "near")  # one of each kind of training
STEPS = (
    "start",
    "data_engineering",
    "modeling",
    "selection",
    "export",
    "deployment",
    "end",
)
USER = f"flow-test-{os.getpid()}"  # sessions side by side must not strike each other's runs


@dataclass(frozen=True)
class Metaflow:
    """Metaflow on this machine, which keeps runs of the flow in a folder of its own."""

    flow: str
    circle: Path
    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        """What leads a process to these runs."""
        return {"METAFLOW_DATASTORE_SYSROOT_LOCAL": str(self.folder), "USERNAME": USER}

    def run(self, *decorators: str, origin: str | None = None, step: str | None = None) -> Run:
        """Run the flow with more decorators, or resume the run of an id, at a step if given."""
        given = {"env": "test", "overrides": {"input": str(self.circle)}}
        with Runner(
            self.flow,
            show_output=False,
            pylint=False,
            env=self.environment,
            cwd=str(self.folder),
            decospecs=list(decorators),
        ) as starter:
            done = (
                starter.resume(origin_run_id=origin, step_to_rerun=step)
                if origin
                else starter.run(**given, runs=str(self.folder / "runs"))
            )
            return done.run


@pytest.fixture(scope="package")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project whose grid has two candidates: a step for each would prove no more."""
    copy = tmp_path_factory.mktemp("project")
    for name in ("conf", "flows", "src"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "data/01_raw/playlists.csv.gz"):
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, copy / name)
    for name in ("conf/base/parameters_modeling.yml", "conf/test/parameters.yml"):
        lines = (copy / name).read_text().splitlines(keepends=True)
        found = [re.match(r"  (\w+): { word2vec", line) for line in lines]
        (copy / name).write_text(
            "".join(
                line
                for line, one in zip(lines, found, strict=True)
                if one is None or one[1] in CANDIDATES
            )
        )
    return copy


@pytest.fixture(scope="package")
def candidates() -> list[str]:
    """Names of the candidates of this project."""
    return list(CANDIDATES)


@pytest.fixture(scope="package")
def flow(project: Path) -> str:
    """Path of the flow."""
    return str(project / "flows/next_song_flow.py")


@pytest.fixture(scope="package")
def finished(circle: Path, project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data root of `kedro run` in this project."""
    root = tmp_path_factory.mktemp("finished")
    params = f"--params=input={circle},data_root={root}"
    command = [sys.executable, "-m", "kedro", "run", "--env", "test", params]
    subprocess.run(command, cwd=project, env=os.environ | {"DO_NOT_TRACK": "1"}, check=True)
    return root


@pytest.fixture(scope="package")
def metaflow(
    flow: str, circle: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[], Metaflow]]:
    """Makes a place for runs of the flow; their user is this process's, too."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("USERNAME", USER)
        yield lambda: Metaflow(flow, circle, tmp_path_factory.mktemp("metaflow"))


@dataclass(frozen=True)
class Survivor:
    """A run in which each step was killed, as often as `times` says, and tried again."""

    place: Metaflow
    run: Run
    times: dict[str, int]
    metadata: str


@pytest.fixture
def survivor(survived: Survivor) -> Survivor:
    """The one local run that goes from start to end: what it made is looked at by many tests."""
    metadata(survived.metadata)  # a runner leaves Metaflow's client at the place of its own run
    return survived


@pytest.fixture(scope="package")
def survived(metaflow: Callable[[], Metaflow], ours: str, steps: tuple[str, ...]) -> Survivor:
    """See `survivor`."""
    place = metaflow()
    with struck(signal.SIGKILL, dict.fromkeys(steps, 1), ours) as times:
        run = place.run("retry:times=1,minutes_between_retries=0")
    return Survivor(place, run, times, get_metadata())


@pytest.fixture(scope="package")
def steps() -> tuple[str, ...]:
    """The steps of the flow."""
    return STEPS


@contextmanager
def struck(blow: signal.Signals, steps: Mapping[str, int], mark: str) -> Iterator[dict[str, int]]:
    """Meanwhile, strike processes of steps, each so many times; of a foreach the second task.

    mark: what stands in the environment of these processes alone. Gives how many processes of
    each step were struck. One that lives on is struck again: an interrupt may come where somebody's
    `except` passes over it. A program that a step starts is one of its processes for a moment.
    """
    done, over = dict.fromkeys(steps, 0), threading.Event()
    struck_at: dict[int, float] = {}

    def strike() -> None:
        while not over.is_set():
            for pid, words in _tasks(mark):
                step = words[words.index("step") + 1]
                index = words[words.index("--split-index") + 1] if "--split-index" in words else "1"
                first = pid not in struck_at
                if index != "1" or (first and done.get(step, 0) >= steps.get(step, 0)):
                    continue
                if first or time.monotonic() - struck_at[pid] > AGAIN:
                    with suppress(ProcessLookupError):
                        os.kill(pid, blow)
                    struck_at[pid] = time.monotonic()
                    done[step] += first
            time.sleep(LOOK)

    thread = threading.Thread(target=strike)
    thread.start()
    try:
        yield done
    finally:
        over.set()
        thread.join()


@pytest.fixture(scope="package")
def ours() -> str:
    """What stands in the environment of the processes that `runner` starts."""
    return f"USERNAME={USER}"


@pytest.fixture(scope="package")
def card_content() -> Callable[[str], str]:
    """What the page of a card shows: JSON in base64, which the page's own script renders."""

    def content(page: str) -> str:
        found = re.search(r'__MF_DATA__\["[^"]+"\] = *"([^"]+)"', page)
        assert found
        return b64decode(found[1]).decode()

    return content


@pytest.fixture(scope="package", name="struck")
def _struck() -> Callable[..., Any]:
    return struck


def _tasks(mark: str) -> Iterator[tuple[int, list[str]]]:
    """Python processes that run a step of the flow."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().decode().split("\0")
            python = Path(words[0]).name.startswith("python") and "step" in words
            if not python or not any(word.endswith("next_song_flow.py") for word in words):
                continue
            environment = (folder / "environ").read_bytes().decode(errors="replace")
        except OSError:  # it has ended
            continue
        if mark in environment:
            yield int(folder.name), words
