"""The last screen of a run."""

import json
import re
import shlex
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from kedro.framework.session import KedroSession
from rich.console import Console

from next_song.cli import cli
from next_song.datasets.reports import JSONDataset
from next_song.grid import candidate_names
from next_song.terminal.next_steps import command, next_steps, quote
from next_song.terminal.summary import duration, show

ROOT = Path(__file__).parents[2]
MADE = {"data_report", "leaderboard", "test_scorecard", "model_archive"}


@pytest.fixture
def screen_of(finished: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """The screen of a run that made these data sets."""

    def shown(made: set[str], width: int = 80) -> list[str]:
        params = {"data_root": str(finished)}
        with KedroSession.create(ROOT, env="test", runtime_params=params) as session:
            written = StringIO()
            show(made, session.load_context().catalog, 91, Console(file=written, width=width))
        return written.getvalue().splitlines()

    monkeypatch.chdir(finished.parent)
    return shown


@pytest.fixture
def screen(screen_of: Callable[..., list[str]]) -> list[str]:
    return screen_of(MADE)


def test_it_is_one_screen(screen: list[str]) -> None:
    assert len(screen) <= 40
    assert max(map(len, screen[: screen.index("Files, and what to do next")])) <= 80


def test_it_begins_with_the_result_in_words(screen: list[str], finished: Path) -> None:
    words = " ".join(" ".join(screen).split())
    card = json.loads((finished / "08_reporting/test_scorecard.json").read_text())
    assert words.startswith(card["verdict"])
    assert card["verdict"].startswith(f"{card['model']} finds the next song among its first 20 for")


def test_it_says_what_was_read_chosen_and_tested(screen: list[str]) -> None:
    data = next(line for line in screen if line.startswith("Data: "))
    assert data == "Data: circle.csv.gz read as spotify, 3,200 rows"
    assert screen[screen.index(data) + 1] == "left out: nothing"
    assert screen[screen.index(data) + 2] == "order: that of the rows"
    table = screen[screen.index(next(line for line in screen if line.startswith("candidate"))) :]
    assert {line.split()[0] for line in table[1:4]} < set(candidate_names())
    assert sum(line.endswith("champion ") for line in screen) == 1
    assert screen[-2] == "The run took 1 min 31 s."


def test_the_example_names_the_song_that_was_played_next(screen: list[str], finished: Path) -> None:
    example = json.loads((finished / "08_reporting/export_report.json").read_text())["example"]
    last, target = (song.split("\t")[1] for song in (example["history"][-1], example["target"]))
    earlier = f"({len(example['history']) - 1} songs before it)"
    (after,) = (line for line in screen if line.startswith("after "))
    assert f"{last} {earlier}" in after
    (played,) = (line for line in screen if line.startswith("played next"))
    assert target in played
    assert f"place {example['next'].index(example['target']) + 1}" in played


def test_a_candidate_alone_is_shown_as_on_the_leaderboard(
    screen: list[str], screen_of: Callable[..., list[str]]
) -> None:
    header = next(line for line in screen if line.startswith("candidate"))
    best = screen[screen.index(header) + 1].split()
    (title, _, alone, _) = screen_of({f"{best[0]}_candidate"})
    assert title.startswith("Validation, ")
    assert alone.split() == best


def test_at_most_three_candidates_are_shown(screen: list[str]) -> None:
    (title,) = (line for line in screen if line.startswith("Validation, "))
    assert re.search(r": the best 3 of [4-9]\d* candidates$", title)


def test_what_is_to_be_copied_is_never_cut(
    screen_of: Callable[..., list[str]], screen: list[str]
) -> None:
    copied = [line for line in screen if line.startswith(("Model: ", "Reports and plots: "))]
    assert len(copied) == 2
    assert set(copied) < set(screen_of(MADE, width=20))


def test_what_it_tells_to_do_can_be_done(screen: list[str], finished: Path) -> None:
    text = "\n".join(screen).replace(" \\\n", " ")
    (reports,) = re.findall(r"^Reports and plots: (.*)$", text, flags=re.MULTILINE)
    (model,) = re.findall(r"^Model: (.*)$", text, flags=re.MULTILINE)
    assert (finished.parent / model).exists()
    assert (finished.parent / reports / "leaderboard.csv").exists()
    (ask,) = (line for line in text.splitlines() if "next-song recommend" in line)
    example = json.loads((finished / "08_reporting/export_report.json").read_text())["example"]
    assert shlex.split(ask)[-1] == example["names"][example["history"][-1]]
    result = CliRunner().invoke(cli, shlex.split(ask)[1:])
    assert result.exit_code == 0
    assert result.stderr == ""
    assert len(result.stdout.splitlines()) == 10
    assert f"kedro viz run --params data_root={finished.name}" in text


@pytest.mark.parametrize(
    ("word", "quoted"),
    [
        ("plain", "plain"),
        ("Artist - Song", "'Artist - Song'"),
        ("Don't Stop", '"Don\'t Stop"'),
        ("it's 5 $", "'it'\"'\"'s 5 $'"),
    ],
)
def test_quotes_are_readable_and_right(word: str, quoted: str) -> None:
    assert quote(word) == quoted
    assert shlex.split(quoted) == [word]


def test_a_long_command_goes_over_two_lines() -> None:
    words = ["next-song", "recommend", "--model", "x" * 60, "a song"]
    line = command(*words)
    assert line.endswith(" \\\n    'a song'")
    assert shlex.split(line.replace("\\\n", "")) == words
    assert command("x" * 76, "abc") == f"{'x' * 76} abc"  # as wide as a terminal
    assert command("x" * 77, "abc") == f"{'x' * 77} \\\n    abc"


@pytest.mark.parametrize(
    ("seconds", "text"), [(58.4, "58 s"), (91, "1 min 31 s"), (7500, "2 h 5 min")]
)
def test_durations_are_said_as_people_say_them(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize("root", ["s3://bucket/runs/one", "/data/one", "/a/08_reporting/b"])
def test_where_files_are_is_an_address(root: str) -> None:
    catalog: Any = {"data_report": JSONDataset(filepath=f"{root}/08_reporting/data_report.json")}
    written = StringIO()
    Console(file=written, width=200).print(next_steps(catalog, has_model=False))
    assert f"Reports and plots: {root}/08_reporting\n" in written.getvalue()
