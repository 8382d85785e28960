"""Many short playlists of the songs of a smaller file: `python -m many.playlists FILE [PLAYLISTS]`.

The generator names songs after it has drawn the playlists, so other playlists would have other
songs. This takes the playlists of one draw and the names of the songs of another, that of
`speed.samples.TENTH`, for a model that was trained on it.
"""

import gzip
import sys
from pathlib import Path
from typing import Any

from next_song import sql
from next_song.grid import base_parameters
from next_song.parameters import Sample
from next_song.pipelines.sample.generator import create_tables
from speed.samples import TENTH, Size

LENGTH = 20  # songs of a playlist on average
LINES = 100_000  # written at once


def sample(size: Size, **more: Any) -> Sample:
    """The parameters of the generator."""
    return Sample(**base_parameters()["sample"] | size.parameters | more)


def write(path: Path, playlists: int, named: Size = TENTH) -> None:
    """Write the packed CSV. named: the draw whose songs they are."""
    connection = sql.connection()
    create_tables(connection, sample(named))
    connection.execute("create or replace temp table named_songs as from fake_songs")
    create_tables(connection, sample(Size(playlists, named.songs, named.dirty), mean_length=LENGTH))
    connection.execute("create or replace temp table fake_songs as from named_songs")
    lines = sql.query("next_song.pipelines.sample", "lines").to_arrow_reader(LINES)
    with gzip.open(path, "wt", compresslevel=1, encoding="utf-8") as file:
        for batch in lines:
            file.writelines(f"{line}\n" for line in batch["line"].to_pylist())


if __name__ == "__main__":
    write(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000)
