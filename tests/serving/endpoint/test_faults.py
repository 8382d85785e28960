"""A few of the accidents of `make rollout-faults`: the whole table takes minutes."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

TESTS = Path(__file__).parents[2]


def test_accidents_hurt_nobody_and_the_next_deployment_repairs_them() -> None:
    command = [sys.executable, "-W", "ignore", "-m", "rollout_faults", "fast"]
    done = subprocess.run(command, cwd=TESTS, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.rstrip().endswith("0 problems")
