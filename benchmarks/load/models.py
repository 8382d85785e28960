"""Archives of made songs to put load on: `python -m load.models FOLDER SONGS...`.

Each is FOLDER/SONGS.tar.gz: 64 dimensions, song pairs, the score of conf/base, 100 answers.
"""

import sys
from pathlib import Path

import pyarrow as pa

from next_song import sql
from speed.spaces import K, Made, blended


def write(path: Path, songs: int) -> None:
    """Write the archive of so many songs."""
    made = Made.of(songs)
    archive = made.export(made.index(blended()))
    archive.k = min(K, songs)
    artists, tracks = zip(*(name.split("\t") for name in made.ids), strict=True)
    columns = {"song": range(songs), "song_id": made.ids, "artist": artists, "track": tracks}
    table = pa.table(columns | {"plays": made.space.plays})
    archive.add_extras(sql.connection().from_arrow(table), {"model": "made", "hit_rate": {"10": 0}})
    archive.pack(path)


if __name__ == "__main__":
    for count in map(int, sys.argv[2:]):
        write(Path(sys.argv[1]) / f"{count}.tar.gz", count)
