"""A blow to every step: what was done stays done, and the result is the same."""

import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

STEPS = (
    "start",
    "data_engineering",
    "modeling",
    "selection",
    "export",
    "deployment",
    "end",
)


def test_with_retry_a_run_in_which_every_step_is_killed_ends_well(
    runner: Callable[..., Any],
    struck: Callable[..., Any],
    ours: str,
    finished: Path,
    hashes: Callable[[Path], dict[str, str]],
) -> None:
    with struck(signal.SIGKILL, dict.fromkeys(STEPS, 1), ours) as times:
        run = runner("retry:times=1,minutes_between_retries=0")
    assert times == dict.fromkeys(STEPS, 1)
    assert run.successful
    attempts = {step: [task.current_attempt for task in run[step]] for step in STEPS}
    assert {step: sum(each) for step, each in attempts.items()} == dict.fromkeys(STEPS, 1)
    assert hashes(Path(run["end"].task.data.data_root)) == hashes(finished)


def test_resume_after_an_exception_in_each_step(
    runner: Callable[..., Any],
    struck: Callable[..., Any],
    ours: str,
    finished: Path,
    hashes: Callable[[Path], dict[str, str]],
) -> None:
    origin = None
    for step in STEPS:
        with struck(signal.SIGINT, {step: 2}, ours) as times:
            run = runner(origin=origin)
        assert times[step] >= 1
        assert not run.successful
        origin = run.id
    run = runner(origin=origin)
    assert run.successful
    assert [step for step in STEPS if any(not task.origin_pathspec for task in run[step])] == [
        "end"
    ]
    assert hashes(Path(run["end"].task.data.data_root)) == hashes(finished)
