from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from stand_in_support import OUTSIDE, kill, until

from localaws import guard
from localaws.scratch import guarded

HOLD = """
import subprocess, sys, time
from localaws.guard import MARK
from localaws.scratch import guarded
with guarded() as scratch:
    escaped = "import os, time; os.setsid(); time.sleep(600)"
    subprocess.Popen([sys.executable, "-c", escaped], env={MARK: str(scratch)})
    print(scratch, flush=True)
    time.sleep(600)
"""


def marked(scratch: str) -> list[int]:
    return guard.marked(f"{guard.MARK}={scratch}")


def hold() -> tuple[subprocess.Popen[str], str]:
    """A process inside ``guarded``, with a child in a session of its own."""
    command = [sys.executable, "-c", HOLD]
    process = subprocess.Popen(command, env=OUTSIDE, stdout=subprocess.PIPE, text=True)
    scratch = process.stdout.readline().strip()
    until(lambda: marked(scratch))
    return process, scratch


def test_end_of_the_block_removes_files_and_processes(tmp_path):
    elsewhere = tmp_path / "socket"
    elsewhere.touch()
    with guarded() as scratch:
        (scratch / guard.OUTSIDE).write_text(f"{elsewhere}\n{tmp_path / 'never made'}")
        sleeper = subprocess.Popen(["sleep", "600"], env={guard.MARK: str(scratch)})
    assert sleeper.wait() == -9
    assert not scratch.exists()
    assert not elsewhere.exists()


def test_without_a_guard_nothing_is_run_or_removed(tmp_path, monkeypatch):
    (tmp_path / "guard.py").write_text("raise SystemExit(3)")
    (tmp_path / "precious.txt").touch()
    monkeypatch.setattr(guard, "__file__", str(tmp_path / "guard.py"))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RuntimeError, match="ended with status 3"), guarded():
        raise AssertionError("it must not run")
    assert (tmp_path / "precious.txt").exists()


def test_kill_9_of_the_owner_removes_files_and_processes():
    process, scratch = hold()
    with process:
        kill(process)
    until(lambda: not os.path.exists(scratch))
    assert marked(scratch) == []


def test_owner_cleans_when_the_guard_was_killed():
    before = set(children())
    with guarded() as scratch:
        watcher = (set(children()) - before).pop()
        os.kill(watcher, 9)
    assert not scratch.exists()


def test_an_inner_guard_outlives_the_sweep_of_an_outer_stand_in(monkeypatch):
    monkeypatch.setenv(guard.MARK, "outer")
    with guarded():
        assert guard.marked(f"{guard.MARK}=outer") == []


def children() -> list[int]:
    text = Path(f"/proc/self/task/{os.getpid()}/children").read_text()
    return [int(pid) for pid in text.split()]
