"""An archive at an address, as commands take it."""

from pathlib import Path

import pytest

from next_song.datasets.model_archive import open_archive
from next_song.errors import InputError


@pytest.mark.parametrize("address", ["{}", "file://{}"])
def test_what_an_address_leads_to_is_opened(address: str, tmp_path: Path) -> None:
    path = tmp_path / "model.tar.gz"
    path.write_bytes(b"no archive")
    given = address.format(path)
    with pytest.raises(InputError, match=f"^model {given}: found Not a gzipped file"):
        open_archive(given)
    path.unlink()
    with pytest.raises(InputError, match=f"^model {given}: found .* No such file or directory"):
        open_archive(given)
