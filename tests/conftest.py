"""What tests share: the project in this process, and playlists whose next song is certain."""

import signal
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from circle import write_circle
from kedro.framework.project import pipelines
from kedro.framework.session import KedroSession
from kedro.framework.startup import bootstrap_project
from kedro.runner import SequentialRunner
from xdist.scheduler import LoadScopeScheduling

from next_song.signals import ENDINGS

ROOT = Path(__file__).parents[1]

# a shell starts what runs in the background deaf to SIGINT; what these tests start must hear it
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # and nohup starts it deaf to this one

# how long an example takes says how busy the machine is
hypothesis.settings.register_profile("busy", deadline=None)
hypothesis.settings.load_profile("busy")


@pytest.fixture(autouse=True)
def _earlier_handlers() -> Iterator[None]:
    """Takes back what a command that ran in this process has left: its process would end."""
    before = {one: signal.getsignal(one) for one in ENDINGS}
    yield
    for one, handler in before.items():
        signal.signal(one, handler)


# What shares a fixture that takes long runs in one process, by the beginning of its path; what
# takes longest comes first.
TOGETHER = (
    "tests/flow/",
    "packages/localaws/tests/",
    "tests/serving/endpoint/",
    "tests/test_run",
    "tests/serving/test_graph",
)


def place(nodeid: str) -> tuple[int, str]:
    """Rank and name of the group that a test runs in: one of TOGETHER, or its file."""
    for rank, path in enumerate(TOGETHER):
        if nodeid.startswith(path):
            return rank, path
    return len(TOGETHER), nodeid.partition("::")[0]


class Together(LoadScopeScheduling):
    """How `pytest -n 2 --dist loadscope` shares tests between its processes."""

    def _split_scope(self, nodeid: str) -> str:
        return place(nodeid)[1]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Together | None:
    return Together(config, log) if config.getvalue("dist") == "loadscope" else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: place(item.nodeid)[0])


@pytest.fixture
def says(record_property: Callable[[str, object], None]) -> Callable[[object], None]:
    """Keeps what a person is told after a fault, for the table of `make faults`."""
    return lambda told: record_property("says", str(told))  # workers of xdist send it as text


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Print what each test of the mark `fault` was told, if these alone were run."""
    if config.option.markexpr != "fault":
        return
    calls = [
        report
        for outcome in ("passed", "failed")
        for report in terminalreporter.stats.get(outcome, [])
        if report.when == "call"
    ]
    for report in calls:
        name, told = report.nodeid.partition("::")[2], dict(report.user_properties).get("says", "")
        terminalreporter.write_line(f"{report.outcome}  {name}: {' '.join(str(told).split())}")
    terminalreporter.write_line(f"{len(calls)} faults")


@pytest.fixture(autouse=True, scope="session")
def _project() -> None:
    bootstrap_project(ROOT)


@pytest.fixture(scope="session")
def circle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Playlists whose next song is certain."""
    path = tmp_path_factory.mktemp("circle") / "circle.csv.gz"
    write_circle(path)
    return path


@pytest.fixture(scope="session")
def kedro_run() -> Callable[..., dict[str, Any]]:
    """Run the project as `kedro run` does, in this process."""

    def run(
        env: str = "test", runner: Any = None, run_args: dict[str, Any] | None = None, **params: Any
    ) -> dict[str, Any]:
        with KedroSession.create(project_path=ROOT, env=env, runtime_params=params) as session:
            try:
                made = session.run(runner=runner or SequentialRunner(), **(run_args or {}))
            finally:  # Kedro remembers the pipelines that a run asked for
                pipelines.set_requested(None)
        return made

    return run


@pytest.fixture(scope="session")
def finished(
    circle: Path, kedro_run: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The data root of a finished run over the circle."""
    root = tmp_path_factory.mktemp("finished")
    kedro_run(input=str(circle), data_root=str(root))
    return root


@pytest.fixture
def anonymous_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    """Models exported meanwhile have tables without a name: empty in a session, as in format 1."""
    import tensorflow as tf

    named = tf.lookup.StaticHashTable
    monkeypatch.setattr(
        tf.lookup, "StaticHashTable", lambda *given: named(*given, experimental_is_anonymous=True)
    )


def hashes(root: Path) -> dict[str, str]:
    """Every file under a folder, by its hash."""
    return {
        str(path.relative_to(root)): sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="session", name="hashes")
def _hashes() -> Callable[[Path], dict[str, str]]:
    return hashes
