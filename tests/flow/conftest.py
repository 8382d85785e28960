"""The flow as a person starts it, and blows dealt to its steps from outside."""

import os
import re
import signal
import threading
import time
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from metaflow import Run, Runner

ROOT = Path(__file__).parents[2]
FLOW = str(ROOT / "flows/next_song_flow.py")
AGAIN = 1  # second
USER = f"flow-test-{os.getpid()}"  # sessions side by side must not strike each other's runs


@pytest.fixture(scope="package")
def flow() -> str:
    """Path of the flow."""
    return FLOW


@pytest.fixture(scope="package")
def runner(circle: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Run]]:
    """Run the flow here, with more decorators, or resume the run of an id."""
    folder = tmp_path_factory.mktemp("metaflow")
    env = {"METAFLOW_DATASTORE_SYSROOT_LOCAL": str(folder), "USERNAME": USER}
    given = {"env": "test", "overrides": {"input": str(circle)}, "runs": str(folder / "runs")}

    def run(*decorators: str, origin: str | None = None) -> Run:
        with Runner(
            FLOW,
            show_output=False,
            pylint=False,
            env=env,
            cwd=str(folder),
            decospecs=list(decorators),
        ) as starter:
            done = starter.resume(origin_run_id=origin) if origin else starter.run(**given)
            return done.run

    with pytest.MonkeyPatch.context() as patch:
        for name, value in env.items():
            patch.setenv(name, value)
        yield run


@contextmanager
def struck(blow: signal.Signals, steps: Mapping[str, int], mark: str) -> Iterator[dict[str, int]]:
    """Meanwhile, strike processes of steps, each so many times; of a foreach the second task.

    mark: what stands in the environment of these processes alone. Gives how many processes of
    each step were struck. One that lives on is struck again: an interrupt may come where somebody's
    `except` passes over it.
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
            time.sleep(0.01)

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
            environment = (folder / "environ").read_bytes().decode(errors="replace")
        except OSError:  # it has ended
            continue
        python = Path(words[0]).name.startswith("python") and mark in environment
        if python and "step" in words and any(w.endswith("next_song_flow.py") for w in words):
            yield int(folder.name), words
