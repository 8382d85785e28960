"""What a failed run tells: the error for a person, however often Kedro wraps it, or nothing."""

from concurrent.futures.process import BrokenProcessPool

import pytest
from kedro.io import DatasetError

from next_song.errors import EndpointError, InputError
from next_song.guards.failures import one_line

KNOWN = InputError("input a.csv: found nothing")


def within(cause: BaseException, times: int) -> BaseException:
    """The error that Kedro raises for an error in a data set of a data set of ..."""
    for _ in range(times):
        outer = DatasetError("Failed while\n  loading data.")
        outer.__cause__ = cause
        cause = outer
    return cause


@pytest.mark.parametrize("times", [0, 1, 2])
def test_what_kedro_wraps_is_told(times: int) -> None:
    for known in (KNOWN, EndpointError("tested: no answer")):
        error = within(known, times)
        assert one_line(error) is known


def test_a_failure_of_a_data_set_is_told_in_one_line() -> None:
    for error in (within(KeyError("a"), 1), within(KeyError("a"), 2)):
        told = one_line(error)
        assert isinstance(told, InputError)
        assert told.message == "Failed while loading data."


def test_what_is_missing_or_has_died_is_told_with_what_to_do() -> None:
    told = one_line(ModuleNotFoundError("No module named 's3fs'", name="s3fs"))
    assert told
    assert "pip install 'next-song[aws]'" in told.message
    told = one_line(BrokenProcessPool())
    assert told
    assert "--runner=SequentialRunner" in told.message


@pytest.mark.parametrize("bug", [KeyError("a"), ModuleNotFoundError("no", name="other")])
def test_a_bug_keeps_its_traceback(bug: Exception) -> None:
    assert one_line(bug) is None
