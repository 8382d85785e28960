"""A backend with the songs of playground_support."""

from collections.abc import Iterator

import pytest
from playground_support import EXAMPLES, Circle, songs_table

from next_song.playground.backend import Backend


@pytest.fixture
def model() -> Circle:
    return Circle()


@pytest.fixture
def backend(model: Circle) -> Iterator[Backend]:
    backend = Backend(songs_table(), model, EXAMPLES)
    yield backend
    backend.close()  # or its last search would disturb DuckDB in the next test
