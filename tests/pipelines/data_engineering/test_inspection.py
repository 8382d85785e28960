"""`next-song inspect` says from the head how an input is read, and writes nothing."""

import gzip
import json
import shlex
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner, Result

from next_song import grid
from next_song.cli import cli

Written = Callable[[str, str], Path]
PLAYS = "list,Nr,track_id\n".replace("list", "playlist").replace("Nr", "position") + "".join(
    f"p{n // 5},{n % 5},s{n % 7}\n" for n in range(60)
)


def inspect(*arguments: object) -> Result:
    return CliRunner().invoke(cli, ["inspect", *map(str, arguments)])


def parameters(command: str) -> str:
    words = shlex.split(command)
    assert words[:3] == ["kedro", "run", "--pipelines"]
    return words[-1]


def test_it_shows_columns_playlists_and_commands(written: Written) -> None:
    path = written("plays.csv", PLAYS + "p0,9,\n")
    result = inspect(path)
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[0] == "files: plays.csv"
    assert lines[1] == "layout: CSV, delimiter ',', header, read as source plays"
    assert "  song: track_id" in lines
    assert "order: position" in lines
    assert "rows: all 61; would be left out: 1 no song" in lines
    assert "playlist p0: s0; s1; s2; s3; s4" in lines
    assert lines[-1].startswith("  kedro run --params ")
    assert sorted(path.parent.iterdir()) == [path]


def test_json_has_the_contract(written: Written) -> None:
    path = written("plays.csv", PLAYS)
    found = json.loads(inspect(path, "--json").stdout)
    assert found.pop("command") == (
        f'kedro run --pipelines data_engineering --params "source=plays,input={path},'
        'split.by=leave_last,data_root=data/mine"'
    )
    assert found == {
        "source": "plays",
        "columns": {"playlist": "playlist", "song": "track_id", "position": "position"},
        "order": "position",
    }


def test_the_command_names_all_files(written: Written, tmp_path: Path) -> None:
    paths = [written(f"part {n}.csv", PLAYS) for n in range(3)]
    command = json.loads(inspect(*paths, "--json").stdout)["command"]
    assert f"input='{tmp_path}/part *.csv'," in parameters(command)
    written("part 9.csv", PLAYS)
    command = json.loads(inspect(*paths, "--json").stdout)["command"]
    assert f"input='{';'.join(map(str, paths))}'," in parameters(command)


def test_a_name_with_a_comma_becomes_a_pattern(written: Written) -> None:
    path = written("a,b.csv", PLAYS)
    assert "/a?b.csv'," in parameters(json.loads(inspect(path, "--json").stdout)["command"])
    written("axb.csv", PLAYS)
    result = inspect(path)
    assert result.exit_code == 1
    assert "a comma" in result.stderr


def test_a_history_is_cut_and_an_encoding_is_named(tmp_path: Path) -> None:
    path = tmp_path / "history.csv"
    lines = [f"2024-01-0{1 + n // 6} 10:{n % 6:02},Bj\xf6rk,S{n % 5}" for n in range(24)]
    path.write_text("\n".join(["date,artist,title", *lines]), "latin-1")
    command = json.loads(inspect(path, "--json").stdout)["command"]
    assert "sessions.gap_minutes=30,input_encoding=latin-1" in parameters(command)
    assert "playlist 2024-01-01 10:00:00: Björk - S0;" in inspect(path).stdout


def test_columns_without_a_header_are_guessed(written: Written) -> None:
    lines = [f"{n // 5}::{n % 7}::4::97830{n:04}" for n in range(60)]
    command = json.loads(inspect(written("r.dat", "\n".join(lines)), "--json").stdout)["command"]
    assert "header=false,columns.playlist=1,columns.song=2,columns.time=4" in parameters(command)


@pytest.mark.parametrize("name", ["mpd.json", "a.json.gz", "lines.jsonl", "under.json", "a.csv"])
def test_only_the_head_of_a_large_file_is_read(tmp_path: Path, name: str) -> None:
    objects = [{"playlist": n // 9, "song": f"s{n % 50}", "text": "x" * 90} for n in range(20_000)]
    tracks = [{"track_uri": f"s{n}", "pos": n, "track_name": "x" * 90} for n in range(20)]
    text = {
        "mpd.json": lambda: json.dumps(
            {"playlists": [{"pid": n, "tracks": tracks} for n in range(600)]}
        ),
        "a.json.gz": lambda: json.dumps(objects),
        "lines.jsonl": lambda: "\n".join(map(json.dumps, objects)),
        "under.json": lambda: json.dumps({"plays": objects}),
        "a.csv": lambda: "playlist,song\n" + f"p,{'x' * 99}\n" * 20_000,
    }[name]()
    path = tmp_path / name
    path.write_bytes(gzip.compress(text.encode()) if name.endswith("gz") else text.encode())
    result = inspect(path)
    assert result.exit_code == 0, result.output
    assert "rows: the first " in result.stdout
    assert len([line for line in result.stdout.splitlines() if line.startswith("playlist ")]) >= (
        0 if name == "a.csv" else 3
    )


def test_a_large_parquet_file(tmp_path: Path) -> None:
    table = duckdb.sql("select n // 9 as playlist, n % 50 as song from range(50000) t(n)")
    table.write_parquet(str(tmp_path / "a.parquet"))
    assert "rows: the first 20,000" in inspect(tmp_path / "a.parquet").stdout


def test_what_cannot_be_read_is_one_line(written: Written) -> None:
    result = inspect(written("a.csv", "a,b\nx,y\n"))
    assert result.exit_code == 1
    assert result.stderr.count("\n") == 1
    assert "a.csv: found columns a, b; expected for 'playlist' one of" in result.stderr


@pytest.mark.parametrize(
    ("name", "found"), [("", "a folder"), ("none.csv", "no such file"), ("empty.csv", "0 bytes")]
)
def test_no_file_is_one_line_too(written: Written, name: str, found: str) -> None:
    result = inspect(written("empty.csv", "").parent / name)
    assert result.exit_code == 1
    assert f"found {found}; expected" in result.stderr
    assert result.stderr.count("\n") == 1


def test_outside_the_project_is_one_line(written: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written("a.csv", PLAYS)
    monkeypatch.chdir(path.parent)
    monkeypatch.delenv(grid.SOURCE, raising=False)
    result = inspect(path.name)
    assert result.exit_code == 1
    assert "expected the folder of the project" in result.stderr


def test_it_says_what_to_change_where_nothing_would_be_kept(written: Written) -> None:
    path = written("a.csv", "playlist,song,time\n" + "p,s,01/02/2024\n" * 5)
    assert "nothing would be kept: expected numbers or ISO 8601" in inspect(path).stdout
