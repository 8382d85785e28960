"""The notebook that reads finished runs of the flow and compares two."""

from typing import Any

import pytest
from executed_notebooks import executed

pytestmark = pytest.mark.slow


def test_results(survivor: Any) -> None:
    """A run, and its last step once more, which takes seconds."""
    first = survivor.run
    second = survivor.place.run(origin=first.id, step="end")
    assert first.successful
    assert second.successful
    seen = executed("02_results.ipynb", survivor.place.environment)
    assert f"before: {first.id} after: {second.id}" in seen
    assert "finds the next song among its first 20" in seen
    assert "session_knn" in seen
    assert "Nothing differs in what these runs were given and chose." in seen
    assert seen.count("[plot]") == 2
