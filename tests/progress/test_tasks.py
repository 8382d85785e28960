"""Tasks and what counts as their progress."""

import pytest

from next_song import progress


def test_a_task_that_fails_has_no_progress_any_more() -> None:
    def fails() -> None:
        with progress.task("inner", 9):
            progress.advance(1)
            raise ZeroDivisionError

    with progress.task("outer", 9) as outer:
        with pytest.raises(ZeroDivisionError):
            fails()
        progress.advance(2)
    assert outer.done == 2


def test_what_is_done_adds_up() -> None:
    with progress.task("inner", 9) as task:
        progress.advance(1)
        progress.advance(2)
    assert task.done == 3
