"""A keystroke in the search field, on the generator's names."""

import statistics
from pathlib import Path

import duckdb

from next_song import sql
from next_song.parameters import Sample
from next_song.pipelines.sample.generator import create_tables
from next_song.serving.song_search import SongIndex
from speed.measure import Row, apart, peak_gib, seconds

SONGS, LIMIT = 2_000_000, 50  # milliseconds of a keystroke
READ_BACK = """
copy (
    select row_number() over (order by md5(fields)) - 1 as song,
        parts.artist || e'\\t' || parts.track as song_id, parts.artist, parts.track
    from (select fields, regexp_extract(fields, '^"(.*)","(.*)"$', ['artist', 'track']) as parts
        from fake_songs where song >= 0) as read_back
) to '{path}' (compression zstd)
"""
TYPED = {
    "one letter": "l",
    "two letters": "lo",
    "the most frequent word": "the",
    "three words": "the heros forest",
    "a typo in each of two words": "remasterd digitl",
    "nonsense": "xqzvwkq jfjfjfjf",
    "100 KB of one word": "love " * 20_000,
    "100 KB without a space": "x" * 100_000,
}


def rows(folder: Path, quick: bool) -> list[Row]:
    """One row a kind of text; and what the index takes."""
    songs = 20_000 if quick else SONGS
    path = folder / f"songs-{songs}.parquet"
    apart(generated, songs, path)
    build, memory, times = apart(measured, path).result
    part = f"song search, {songs:,} songs"
    return [
        Row(f"{part}: index", "nothing", "s", build, None, None),
        Row(f"{part}: index, peak memory", "nothing", "GiB", memory, None, None),
        *(
            Row(f"{part}: {kind}", "nothing", "ms, median", one, None, LIMIT)
            for kind, one in times.items()
        ),
    ]


def generated(songs: int, path: Path) -> None:
    """Write the songs table of so many names, in an order that has nothing to do with them."""
    sample = Sample(
        seed=1, playlists=100, songs=songs, artists=songs // 11, genres=12, mean_length=10,
        playlists_per_user=2, noise=0.1, dirty=0,
    )  # fmt: skip
    with duckdb.connect() as connection:
        create_tables(connection, sample)
        connection.execute(READ_BACK.format(path=path))


def measured(path: Path) -> tuple[float, float, dict[str, float]]:
    """Seconds and GiB of the index, and milliseconds of each kind of text."""
    before, built = peak_gib(), []
    build = seconds(lambda: built.append(SongIndex(sql.connection().read_parquet(str(path)))))
    (index,) = built
    times = {}
    for kind, text in TYPED.items():
        index.search(text)
        times[kind] = 1000 * statistics.median(
            seconds(lambda text=text: index.search(text)) for _ in range(21)
        )
    nearest = [seconds(lambda: index.nearest(TYPED["three words"])) for _ in range(21)]
    times["nearest names to three words"] = 1000 * statistics.median(nearest)
    return build, peak_gib() - before, times
