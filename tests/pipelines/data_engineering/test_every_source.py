"""Every source gives the playlists of plain Python, in any time zone and with any threads."""

import json
import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

import duckdb
import pytest
from listening import prepare
from listening.plain import playlists_of
from listening.readers import READERS
from listening.writers import WRITERS

from next_song.pipelines.data_engineering.sources import known

TABLES = ("plays", "playlists", "songs")
CUT = {"sessions": {"gap_minutes": 30, "min_seconds": 5}}
TITLED = {"playlist": "list", "track": "track", "artist": "artist"}
QUERY = """
select "list" as playlist, uri as song, place as position
from read_csv($input, delim = '|', all_varchar = true)
"""
SOURCES: dict[str, tuple[str, dict[str, Any]]] = {
    "last year": ("spotify_history", CUT),
    "account": ("spotify_history", CUT),
    "listenbrainz": ("listenbrainz", CUT),
    "scrobbles": ("lastfm", CUT),
    "dated scrobbles": ("lastfm", CUT),
    "lastfm_1k": ("lastfm_1k", CUT),
    "csv": ("plays", {"columns": TITLED | {"position": None}}),
    "tsv": ("plays", {"columns": {"playlist": "list", "position": "place"}}),
    "json": ("plays", {"columns": {"playlist": "list", "song": "uri", "position": None}}),
    "parquet": ("plays", {"columns": {"playlist": "list", "song": "uri", "position": None}}),
    "headerless": ("plays", {"header": False, "columns": {"playlist": 1, "time": 2, "song": 3}}),
    "select": ("select", {"query": "query.sql"}),
}
THREADS = {"UTC": "1", "Europe/Berlin": "4"}  # by time zone


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tables of each source, for each zone in a process of its own: THREADS/NAME."""
    root = tmp_path_factory.mktemp("sources")
    (root / "query.sql").write_text(QUERY)
    jobs = []
    for name, write in WRITERS.items():
        folder = root / name
        folder.mkdir()
        write(folder)
        paths = [str(path) for path in sorted(folder.iterdir())]
        jobs.append({"name": name, "paths": paths, "given": SOURCES.get(name, (name, {}))[1]})
    (root / "jobs.json").write_text(json.dumps(jobs))
    for zone, threads in THREADS.items():
        words = [sys.executable, prepare.__file__, root / "jobs.json", threads, root / threads]
        subprocess.run(words, cwd=root, env=os.environ | {"TZ": zone}, check=True)
    return root


def test_every_source_is_here() -> None:
    assert {SOURCES.get(name, (name,))[0] for name in WRITERS} == set(known.SOURCES)


@pytest.mark.parametrize("name", WRITERS)
def test_a_source_gives_the_playlists_of_plain_python(prepared: Path, name: str) -> None:
    made = prepared / "1" / name
    expected = playlists_of(READERS[name](prepared / name))
    assert found(made) == expected
    assert len(expected) > 30
    report = json.loads((made / "report.json").read_text())
    rows = report["rows"]
    assert report["input"]["source"] == SOURCES.get(name, (name,))[0]
    assert rows["read"] == rows["kept"] + rows["rejected"] + sum(rows["dropped"].values())


@pytest.mark.parametrize("name", WRITERS)
def test_neither_zone_nor_threads_change_a_byte(prepared: Path, name: str) -> None:
    made = [prepared / threads / name for threads in THREADS.values()]
    for table in TABLES:
        assert (
            len({sha256((each / f"{table}.parquet").read_bytes()).digest() for each in made}) == 1
        )


def found(made: Path) -> dict[str, list[str]]:
    """The ids of the songs of each playlist."""
    files = {name: str(made / f"{name}.parquet") for name in ("playlists", "songs")}
    rows = duckdb.execute(
        """
        select playlist, list(song_id order by place)
        from (
            select playlist, unnest(songs) as song, generate_subscripts(songs, 1) as place
            from read_parquet($playlists)
        )
        join read_parquet($songs) using (song)
        group by playlist
        """,
        files,
    )
    return dict(rows.fetchall())
