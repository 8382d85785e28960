"""What a run logs: a line for each node, and every error once."""

import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from next_song.terminal import log

ROOT = Path(__file__).parents[2]


@pytest.fixture
def root_logger() -> Iterator[logging.Logger]:
    """The root logger without the handlers of the tests."""
    root = logging.getLogger()
    before = root.handlers
    root.handlers = []
    yield root
    root.handlers = before


def kedro_run(tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "kedro", "run", "--env", "test", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


def test_a_node_is_one_line(tmp_path: Path, circle: Path) -> None:
    params = f"input={circle},data_root={tmp_path}"
    done = kedro_run(tmp_path, "--pipelines", "data_engineering", "--params", params)
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    nodes = [line for line in lines if " data_engineering." in line]
    assert [line.split()[2:5] for line in nodes] == [
        [str(number), "of", str(len(nodes))] for number in range(1, len(nodes) + 1)
    ]
    assert len({line.split()[-1] for line in nodes}) == len(nodes) > 10
    assert len(lines) < len(nodes) + 15  # the input, the reports and a line for a long task
    assert done.stderr == ""


@pytest.mark.parametrize(
    "params", ["input=/none.csv", "modeling.wide.word2vec.window=-1", "input=pyproject.toml"]
)
def test_an_error_is_told_once(tmp_path: Path, params: str) -> None:
    done = kedro_run(tmp_path, "--params", f"{params},data_root={tmp_path}")
    assert done.returncode == 1
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith("Error: ")


def test_lines_are_plain_where_no_terminal_is(
    root_logger: logging.Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    from kedro.logging import RichHandler

    root_logger.handlers = [RichHandler()]
    log.set_up()
    log.set_up()
    logging.getLogger("kedro.runner").warning("Completed node: %s", "modeling.wide.train")
    logging.getLogger("kedro.runner").warning("Completed %d out of %d tasks", 3, 40)
    logging.getLogger("other").warning("a long line " * 20)
    first, second = capsys.readouterr().out.splitlines()
    assert first.split(maxsplit=1)[1] == "WARNING  3 of 40  modeling.wide.train"
    assert second.count("a long line") == 20


@pytest.mark.parametrize("runner", ["kedro.runner.sequential_runner", "next_song.runner"])
def test_the_name_of_a_node_joins_its_number_in_each_runner(runner: str) -> None:
    made = log.RunLog()

    def record(message: str, *args: object) -> logging.LogRecord:
        return logging.LogRecord(runner, logging.INFO, "", 0, message, args, None)

    assert not made.filter(record("Completed node: %s", "a.node"))
    told = record("Completed %d out of %d tasks", 1, 9)
    assert made.filter(told)
    assert told.getMessage() == " 1 of 9  a.node"
