"""A blow to every step: what was done stays done, and the result is the same."""

import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow


def test_with_retry_a_run_in_which_every_step_is_killed_ends_well(
    survivor: Any,
    steps: tuple[str, ...],
    finished: Path,
    hashes: Callable[[Path], dict[str, str]],
) -> None:
    run = survivor.run
    assert survivor.times == dict.fromkeys(steps, 1)
    assert run.successful
    attempts = {step: [task.current_attempt for task in run[step]] for step in steps}
    assert {step: sum(each) for step, each in attempts.items()} == dict.fromkeys(steps, 1)
    assert hashes(Path(run["end"].task.data.data_root)) == hashes(finished)


def test_resume_after_an_exception_in_each_step(
    metaflow: Callable[..., Any],
    struck: Callable[..., Any],
    ours: str,
    steps: tuple[str, ...],
    finished: Path,
    hashes: Callable[[Path], dict[str, str]],
) -> None:
    place, origin = metaflow(), None
    for step in steps:
        with struck(signal.SIGINT, {step: sys.maxsize}, ours) as times:
            run = place.run(origin=origin)
        assert times[step] >= 1
        assert not run.successful
        origin = run.id
    run = place.run(origin=origin)
    assert run.successful
    assert [step for step in steps if any(not task.origin_pathspec for task in run[step])] == [
        "end"
    ]
    assert hashes(Path(run["end"].task.data.data_root)) == hashes(finished)
