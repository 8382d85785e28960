"""A desk with the songs of playground_support."""

from collections.abc import Iterator

import pytest
from playground_support import Circle, songs_table

from next_song.playground.desk import Desk


@pytest.fixture
def model() -> Circle:
    return Circle()


@pytest.fixture
def desk(model: Circle) -> Iterator[Desk]:
    desk = Desk(songs_table(), model)
    yield desk
    desk.close()  # or its last search would disturb DuckDB in the next test
