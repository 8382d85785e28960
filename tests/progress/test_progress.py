"""What long work shows on a terminal, and that it shows nothing elsewhere."""

import errno
import logging
import os
import pty
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from io import StringIO
from pathlib import Path

import pytest
import rich
from rich.console import Console

from next_song import progress
from next_song.progress.bars import Bars, on_terminal

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
ENVIRONMENT = os.environ | {"DO_NOT_TRACK": "1", "TERM": "xterm", "COLUMNS": "100"}
WORKER = """
import logging
from next_song import progress
progress.begin("modeling.near.train")
logging.getLogger("some").warning("of %s", "[it]")
"""
CODES = r"\x1b(?:\[[?\d;]*[A-Za-z]|\]8;[^\\]*\x1b\\)"  # colours, moves and links
HIDDEN, SHOWN = "\x1b[?25l", "\x1b[?25h"  # the cursor


@pytest.fixture
def near(finished: Path, tmp_path: Path) -> list[str]:
    """The command that trains one candidate for seconds, and scores it."""
    shutil.copytree(finished, tmp_path, dirs_exist_ok=True)
    params = f"--params=data_root={tmp_path},modeling.near.word2vec.epochs=1000"
    command = ["-m", "kedro", "run", "--env", "test", "--namespaces=modeling.near", params]
    return [sys.executable, *command]


def on_a_terminal(command: list[str]) -> tuple[str, int]:
    """What a command writes to a terminal, and its status."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        command, cwd=ROOT, env=ENVIRONMENT, stdin=theirs, stdout=theirs, stderr=theirs
    ) as process:
        os.close(theirs)
        written = b""
        while part := _read(ours):
            written += part
    os.close(ours)
    return written.decode(), process.returncode


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 2**16)
    except OSError:  # Linux, where nobody is left to write
        return b""


@pytest.mark.parametrize("runner", ["SequentialRunner", "ParallelRunner"])
def test_a_terminal_shows_epochs_speed_and_time_left(near: list[str], runner: str) -> None:
    text, status = on_a_terminal([*near, f"--runner={runner}"])
    assert status == 0
    assert text.rindex(SHOWN) > text.rindex(HIDDEN)
    text = re.sub(CODES, "", text)
    rows = [row for row in text.split("\r") if "train_near" in row and "━" in row]
    assert any("of 1000" in row and "plays/s" in row and "0:00:" in row for row in rows)
    assert "modeling.near.train_near: epoch 1000 of 1000" in " ".join(text.split())


def test_elsewhere_a_line_says_what_it_took(near: list[str]) -> None:
    done = subprocess.run(near, cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True)
    assert done.returncode == 0
    assert "modeling.near.train_near: epoch 1000 of 1000" in " ".join(done.stdout.split())
    assert done.stdout.count("of 1000") == 1
    assert not {"\x1b", "━"} & set(done.stdout + done.stderr)


def test_no_bars_without_a_terminal() -> None:
    assert on_terminal() is None
    assert progress.send({}) is False


@pytest.fixture
def screen() -> StringIO:
    return StringIO()


@pytest.fixture
def bars(screen: StringIO) -> Bars:
    return Bars(Console(file=screen, force_terminal=True, width=80, _environ={"TERM": "xterm"}))


def test_what_can_be_asked_is_asked(bars: Bars, screen: StringIO) -> None:
    with progress.polled("reading", lambda: 40):
        time.sleep(1)
    bars.close()
    assert "reading" in screen.getvalue()
    assert " 40%" in screen.getvalue()


def test_a_worker_logs_through_the_owner_of_the_terminal(
    bars: Bars, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    done = subprocess.run([sys.executable, "-c", WORKER], check=True, capture_output=True)
    bars.close()
    assert b"of [it]" not in done.stderr  # or the line would be there twice
    assert [(one.name, one.getMessage()) for one in caplog.records] == [("some", "of [it]")]


@pytest.mark.parametrize("characters", [70_000, 1_000_000])
def test_a_long_line_of_a_worker_stops_nothing(
    bars: Bars, screen: StringIO, caplog: pytest.LogCaptureFixture, characters: int
) -> None:
    """What is too long for a message is written by the worker itself."""
    long = WORKER.replace('"[it]"', f'"x" * {characters}')
    done = subprocess.run([sys.executable, "-c", long], check=True, capture_output=True)
    with progress.polled("reading", lambda: 40):
        time.sleep(1)
    bars.close()
    told = len(done.stderr) + sum(len(one.getMessage()) for one in caplog.records)
    assert told >= characters
    assert " 40%" in screen.getvalue()


def test_a_terminal_that_closes_stops_nothing(bars: Bars, monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(**_: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(bars, "_draw", closed)
    with progress.task("scoring", 500):
        for _ in range(500):
            progress.advance(1)
    bars.close()


def test_a_temporary_folder_with_a_long_name_costs_only_the_bars(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = tmp_path / ("x" * 100)
    long.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(long))
    monkeypatch.setattr(rich, "get_console", lambda: Console(force_terminal=True))
    assert on_terminal() is None
    assert not list(long.iterdir())


def test_bars_end_while_the_terminal_is_busy(bars: Bars, monkeypatch: pytest.MonkeyPatch) -> None:
    """A signal may come while the main thread holds the lock for which a message waits."""
    monkeypatch.setattr("next_song.progress.bars.PATIENCE", 0.1)
    closing = threading.Thread(target=bars.close, daemon=True)
    with bars._progress.console._lock:
        progress.send({"task": "some", "done": 0, "work": "a", "what": "b", "unit": "", "total": 1})
        closing.start()
        closing.join(20)
        assert not closing.is_alive()


def test_a_task_that_never_began_stops_nothing(bars: Bars, screen: StringIO) -> None:
    assert progress.send({"task": "never", "done": None})
    with progress.polled("reading", lambda: 40):
        time.sleep(1)
    bars.close()
    assert " 40%" in screen.getvalue()
