"""A desk with the songs of playground_support."""

import pytest
from playground_support import Circle, songs_table

from next_song.playground.desk import Desk


@pytest.fixture
def model() -> Circle:
    return Circle()


@pytest.fixture
def desk(model: Circle) -> Desk:
    return Desk(songs_table(), model)
