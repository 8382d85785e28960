"""The last screen of a run."""

import shlex
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from click.testing import CliRunner
from kedro.framework.session import KedroSession
from rich.console import Console

from next_song.cli import cli
from next_song.grid import candidate_names
from next_song.terminal.summary import show

ROOT = Path(__file__).parents[2]
MADE = {"data_report", "leaderboard", "test_scorecard", "model_archive"}


@pytest.fixture
def screen_of(finished: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[set[str]], list[str]]:
    """The screen of a run that made these data sets."""

    def shown(made: set[str]) -> list[str]:
        params = {"data_root": str(finished)}
        with KedroSession.create(ROOT, env="test", runtime_params=params) as session:
            written = StringIO()
            show(made, session.load_context().catalog, Console(file=written, width=80))
        return written.getvalue().splitlines()

    monkeypatch.chdir(finished.parent)
    return shown


@pytest.fixture
def screen(screen_of: Callable[[set[str]], list[str]]) -> list[str]:
    return screen_of(MADE)


def test_it_is_one_screen(screen: list[str]) -> None:
    assert len(screen) < 40
    lines_to_copy = screen.index("Files, and what to do next")
    assert max(map(len, screen[:lines_to_copy])) <= 80


def test_it_says_what_was_read_chosen_and_tested(screen: list[str]) -> None:
    assert screen[0] == "Data: 3,200 rows read; left out: none"
    table = screen[screen.index(next(line for line in screen if line.startswith("candidate"))) :]
    assert {line.split()[0] for line in table[1:7]} == set(candidate_names())
    assert sum(line.endswith("champion ") for line in screen) == 1


def test_a_candidate_alone_is_shown_as_on_the_leaderboard(
    screen: list[str], screen_of: Callable[[set[str]], list[str]]
) -> None:
    (title, _, near, _) = screen_of({"near_scorecards", "near_vectors"})
    assert title.startswith("Validation, ")
    assert near.split() in [line.split() for line in screen]


def test_what_it_tells_to_do_can_be_done(screen: list[str], finished: Path) -> None:
    lines = {line[:13].strip(): line[14:] for line in screen}
    assert (finished.parent / lines["the model"]).exists()
    assert (finished.parent / lines["tables, plots"] / "leaderboard.csv").exists()
    program, *arguments = shlex.split(lines["ask it"])
    assert program.endswith("next-song")
    result = CliRunner().invoke(cli, arguments)
    assert result.exit_code == 0
    assert result.stderr == ""
    assert len(result.stdout.splitlines()) == 10
    assert lines["see it all"].endswith(f"kedro viz run --params data_root={finished.name}")
