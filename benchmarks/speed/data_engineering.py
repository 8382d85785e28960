"""data_engineering against the same job in bare DuckDB and in pandas.

The job that all three do: read the public file's layout, give playlists of three songs and more
to splits by the hash of their id, number the songs by plays in training, and write plays, songs,
playlists (lists of song numbers) and the corpus.
"""

import hashlib
import statistics
from pathlib import Path

import duckdb
import pandas as pd

from speed.measure import Row, apart
from speed.nodes import ROOT, measured_run
from speed.samples import QUICK, TUTORIAL, unzipped

SAME_JOB = ("prepare_plays", "number_songs", "list_playlists", "write_corpus")
FILES = {"playlists": "03_primary/playlists.parquet", "songs": "03_primary/songs.parquet"}
BARE = """
create temp table plays as
select row_number() over () as row, user_id || e'\\t' || name as playlist,
    artist || e'\\t' || track as song_id, artist, track
from read_csv('{input}', skip = 1, header = false, quote = '"', escape = '"', columns = {{
    'user_id': 'varchar', 'artist': 'varchar', 'track': 'varchar', 'name': 'varchar' }});
create temp table drawn as
select playlist, (md5_number_lower(playlist) % 1000000) / 1000000 as draw,
    case when draw < 0.1 then 'test' when draw < 0.3 then 'validation' else 'train' end as split
from plays group by playlist having count(*) >= 3;
create temp table kept as select plays.*, split from plays join drawn using (playlist);
copy (from kept order by row) to '{out}/plays.parquet' (compression zstd);
create temp table songs as
select (row_number() over (order by plays desc, song_id) - 1)::integer as song, *
from (select song_id, arg_min(artist, row) as artist, arg_min(track, row) as track,
    count(*) filter (where split = 'train') as plays from kept group by song_id);
copy (from songs order by song) to '{out}/songs.parquet' (compression zstd);
create temp table lists as
select playlist, split, min(row) as first_row, list(song order by row) as songs
from kept join songs using (song_id) group by playlist, split;
copy (from lists order by first_row) to '{out}/playlists.parquet' (compression zstd);
copy (select array_to_string(songs, ' ') from lists where split = 'train' order by first_row)
to '{out}/corpus.txt' (header false, quote '');
"""


def bare_duckdb(source: Path, out: Path) -> None:
    """The job in DuckDB alone."""
    with duckdb.connect() as connection:
        connection.execute(BARE.format(input=source, out=out))


def in_pandas(source: Path, out: Path) -> None:
    """The job in pandas."""
    names = ["user_id", "artist", "track", "name"]
    plays = pd.read_csv(source, skiprows=1, names=names, keep_default_na=False, dtype=str)
    plays["playlist"] = plays["user_id"] + "\t" + plays["name"]
    plays["song_id"] = plays["artist"] + "\t" + plays["track"]
    plays = plays[plays.groupby("playlist")["song_id"].transform("size") >= 3]
    splits = {playlist: _split(playlist) for playlist in plays["playlist"].unique()}
    plays["split"] = plays["playlist"].map(splits)
    plays.to_parquet(out / "plays.parquet", compression="zstd")
    first = plays.groupby("song_id")[["artist", "track"]].first()
    trained = plays.loc[plays["split"] == "train", "song_id"].value_counts()
    songs = first.assign(plays=trained.reindex(first.index, fill_value=0)).reset_index()
    songs = songs.sort_values(["plays", "song_id"], ascending=[False, True], ignore_index=True)
    songs.rename_axis("song").reset_index().to_parquet(out / "songs.parquet", compression="zstd")
    numbers = pd.Series(songs.index, index=songs["song_id"])
    plays["song"] = numbers.reindex(plays["song_id"]).to_numpy()
    lists = plays.groupby("playlist", sort=False).agg(
        split=("split", "first"), songs=("song", list)
    )
    lists.to_parquet(out / "playlists.parquet", compression="zstd")
    training = lists.loc[lists["split"] == "train", "songs"]
    lines = (" ".join(map(str, songs)) for songs in training)
    (out / "corpus.txt").write_text("\n".join(lines) + "\n")


def _split(playlist: str) -> str:
    low = int.from_bytes(hashlib.md5(playlist.encode()).digest()[8:], "little")
    draw = low % 1000000 / 1000000
    return "test" if draw < 0.1 else "validation" if draw < 0.3 else "train"


def check_same(ours: Path, theirs: Path) -> None:
    """Raise AssertionError unless both made the same playlists and songs."""
    with duckdb.connect() as connection:
        for name, columns in {
            "playlists": "playlist, split, songs",
            "songs": "song, song_id",
        }.items():
            one, other = (
                f"select {columns} from '{path}'"
                for path in (ours / FILES[name], theirs / f"{name}.parquet")
            )
            apart = connection.sql(
                f"from (({one}) except ({other})) union all (({other}) except ({one}))"
            )
            assert not apart.limit(1).fetchall(), (
                f"{name} of {ours} and {theirs} differ: {apart.limit(3)}"
            )


def rows(folder: Path, quick: bool) -> list[Row]:
    """Both comparisons, and what the rest of data_engineering takes."""
    size, repeats = (QUICK, 3) if quick else (TUTORIAL, 3)
    source, out, root = unzipped(size.made(folder)), folder / "bare", folder / "ours"
    out.mkdir(exist_ok=True)
    same, whole, bare = [], [], []
    for _ in range(repeats):
        nodes = measured_run(ROOT, root, {"input": str(source)}, "data_engineering")["nodes"]
        seconds = {name.split(".")[-1]: one["seconds"] for name, one in nodes.items()}
        same.append(sum(seconds[name] for name in SAME_JOB))
        whole.append(sum(seconds.values()))
        bare.append(apart(bare_duckdb, source, out).seconds)
    check_same(root, out)
    pandas = apart(in_pandas, source, out).seconds
    check_same(root, out)
    middle = statistics.median
    job, what = "data_engineering: " + ", ".join(SAME_JOB), f"{size.playlists:,} playlists"
    return [
        Row(job, "bare DuckDB, same files", "s", middle(same), middle(bare), 1.3, note=what),
        Row(job, "pandas, same files", "s", middle(same), pandas, 1 / 5, note=what),
        Row("data_engineering, all nodes", "those four", "s", middle(whole), middle(same), None),
    ]
