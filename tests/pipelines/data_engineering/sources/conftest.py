"""What the tests of files share."""

from collections.abc import Callable
from pathlib import Path

import pytest

from next_song.errors import InputError
from next_song.pipelines.data_engineering.sources.files import open_file


@pytest.fixture
def refused() -> Callable[[Path], str]:
    """What is wrong with a file that is not opened, without its name."""

    def told(path: Path) -> str:
        with pytest.raises(InputError) as error:
            open_file(str(path), None)
        return str(error.value).removeprefix(f"input {path}: ")

    return told
