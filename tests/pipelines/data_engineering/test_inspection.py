"""`next-song inspect` says from the head how an input is read, and writes nothing."""

import bz2
import gzip
import json
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
import yaml
from click.testing import CliRunner, Result

from next_song import grid
from next_song.cli import cli
from next_song.pipelines.data_engineering import inspection

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


def test_ties_of_a_file_newest_first_are_shown_in_their_order(written: Written) -> None:
    songs = [f"s{n * 37 % 101}" for n in range(60)]  # three at a time, in no order
    rows = [f"p{n // 30},{n // 3},{song}" for n, song in enumerate(songs)]
    path = written("a.csv", "\n".join(["playlist,time,song", *reversed(rows)]))
    lines = inspect(path).stdout.splitlines()
    for name, first in (("p0", 0), ("p1", 30)):
        assert f"playlist {name}: {'; '.join(songs[first : first + 5])} … (30 songs)" in lines


def test_three_files_five_songs_and_three_playlists_are_shown(written: Written) -> None:
    rows = [f"p{n},{place},s{place % 9}" for n in range(4) for place in range(4 + n)]
    text = "\n".join(["playlist,position,song", *rows])
    paths = [written(f"{name}.csv", text) for name in "abc"]
    lines = inspect(*paths).stdout.splitlines()
    assert lines[0] == "files: a.csv, b.csv, c.csv"
    lines = inspect(*paths, written("d.csv", text.replace("p", "q"))).stdout.splitlines()
    assert lines[0] == "files: a.csv, b.csv, c.csv and 1 more"
    lines = inspect(paths[0]).stdout.splitlines()
    assert [line for line in lines if line.startswith("playlist ")] == [
        "playlist p0: s0; s1; s2; s3",
        "playlist p1: s0; s1; s2; s3; s4",
        "playlist p2: s0; s1; s2; s3; s4 … (6 songs)",
    ]


def test_the_heads_of_twenty_files_are_read(written: Written) -> None:
    paths = [written(f"part{n:02}.csv", PLAYS) for n in range(21)]
    assert "rows: all 1,200; would be" in inspect(*paths[:20]).stdout
    assert "rows: the first 1,200; would be" in inspect(*paths).stdout


@pytest.mark.parametrize(("playlists", "by_last"), [(199, True), (200, False)])
def test_of_few_playlists_only_the_last_songs_are_held_out(
    written: Written, playlists: int, by_last: bool
) -> None:
    rows = [f"p{n},{place},s{place}" for n in range(playlists) for place in range(4)]
    path = written("a.csv", "\n".join(["playlist,position,song", *rows]))
    assert ("split.by=leave_last" in inspect(path).stdout) == by_last


@pytest.mark.parametrize(
    ("names", "others", "pattern"),
    [
        (["a1.csv", "a2.csv"], [], "a*.csv"),
        (["x.csv", "y.csv"], [], "*.csv"),
        (["a.csv", "a.tsv"], [], "a.*sv"),
        (["aa.csv", "aaa.csv"], [], "aa*.csv"),
        (["a1.csv", "a2.csv"], ["a3.csv"], "a1.csv;{folder}/a2.csv"),
        (["a.csv"], ["b.csv"], "a.csv"),
    ],
)
def test_files_are_named_by_a_pattern_of_these_alone(
    written: Written, tmp_path: Path, names: list[str], others: list[str], pattern: str
) -> None:
    paths = [str(written(name, PLAYS)) for name in names]
    for name in others:
        written(name, PLAYS)
    expected = f"{tmp_path}/{pattern.format(folder=tmp_path)}"
    found = inspection._input(tuple(paths), sorted(paths))
    assert found in (expected, f"'{expected}'")


@pytest.mark.parametrize("name", ["Rock'n'Roll.csv", "'.csv", "a b.csv"])
def test_a_name_is_quoted_as_yaml_reads_it(name: str, written: Written) -> None:
    path = str(written(name, PLAYS))
    assert yaml.safe_load(inspection._input((path,), [path])) == path


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


def test_below_the_root_of_the_project_it_prints_nothing_else(written: Written) -> None:
    path = written("plays.csv", PLAYS)
    command = [Path(sys.executable).with_name("next-song"), "inspect", "--json", path]
    result = subprocess.run(command, cwd="notebooks", capture_output=True, text=True, check=True)
    assert json.loads(result.stdout) == json.loads(inspect(path, "--json").stdout)
    assert result.stderr == ""


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


def test_the_command_names_each_input_by_where_it_is(
    tmp_path: Path, written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a.csv", "b;c.csv"):
        written(name, "playlist,song\np,a\n")
    monkeypatch.chdir(tmp_path)
    for given, parts in (
        ("a.csv;", ["a.csv"]),
        ("b;c.csv", ["b;c.csv"]),
        ("a.csv; d.csv", ["a.csv", "d.csv"]),
    ):
        expected = ";".join(f"{tmp_path}/{part}" for part in parts)
        assert inspection._from_anywhere(given) == expected
    assert inspection._from_anywhere("file:///a.csv;b.csv") == f"file:///a.csv;{tmp_path}/b.csv"


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


@pytest.mark.parametrize(("lists", "told"), [(9, "all"), (3000, "the first")])
@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_the_last_songs_are_held_out_of_few_playlists_alone(
    tmp_path: Path, suffix: str, lists: int, told: str
) -> None:
    """Of a large file nobody knows how many there are."""
    rows = duckdb.sql(
        "select n // 40 as playlist, n % 999 as song, repeat('x', 20) as text from range($n) t(n)",
        params={"n": lists * 40},
    )
    path = tmp_path / f"a.{suffix}"
    rows.write_csv(str(path)) if suffix == "csv" else rows.write_parquet(str(path))
    lines = inspect(path).stdout
    assert f"rows: {told} " in lines
    assert ("split.by=leave_last" in lines) == (lists == 9)


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


def test_one_file_without_playlists_is_not_taken_for_one(written: Written) -> None:
    one, other = (written(f"{name}.csv", "position,song\n3,a\n1,b\n2,c\n") for name in "ab")
    alone = inspect(one)
    assert alone.exit_code == 1
    assert "found columns position, song; expected for 'playlist' one of" in alone.stderr
    both = inspect(one, other).stdout.splitlines()
    assert "  playlist: the name of the file" in both
    assert "order: position" in both
    assert "playlist a: b; c; a" in both


def test_files_of_which_some_have_positions_are_not_read_in_another_way(written: Written) -> None:
    given = written("a.csv", PLAYS), written("b.csv", "playlist,song\np,a\np,b\n")
    result = inspect(*given)
    assert result.exit_code == 1
    assert result.stderr.startswith(f"Error: input {given[1]}: found no column for 'position'")


def test_columns_are_guessed_from_the_first_file(written: Written) -> None:
    lines = [f"{n // 5}::{n % 7}::4::97830{n:04}" for n in range(60)]
    first, last = written("a.dat", "\n".join(lines)), written("b.dat", lines[0])
    command = json.loads(inspect(first, last, "--json").stdout)["command"]
    assert "header=false,columns.playlist=1,columns.song=2,columns.time=4" in parameters(command)


def test_what_a_copy_has_is_told_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.bz2"
    path.write_bytes(bz2.compress(b"x,y\n" + b"1,2\n" * 9))
    result = inspect(path)
    assert result.exit_code == 1
    assert result.stderr.startswith(f"Error: input {path}: found columns x, y")
    big = tmp_path / "b.csv"
    big.write_text("x;y\n" + "1;2\n" * 400_000)
    result = inspect(big)
    assert result.stderr.startswith(f"Error: input {big}: found columns x, y")


def test_what_would_leave_the_most_out_is_what_to_change(written: Written) -> None:
    rows = ["p,1,"] + [f"p,,{song}" for song in "abc"]
    lines = inspect(written("a.csv", "\n".join(["playlist,time,song", *rows]))).stdout.splitlines()
    assert "rows: all 4; would be left out: 3 no position or time, 1 no song" in lines
    (told,) = [line for line in lines if line.startswith("nothing would be kept: ")]
    assert told.endswith("expected a number or a time in each row: check columns.time=time")


def test_songs_are_shown_by_title_or_id_and_playlists_beside_their_user(written: Written) -> None:
    rows = ["u,Mix,1,a,A,Song", "u,Mix,2,b,,Title", "u,Mix,3,c,B,", "u,Mix,4,d,,"]
    text = "\n".join(["user,playlist,position,song,artist,track", *rows])
    assert "playlist u / Mix: A - Song; Title; c; d" in inspect(written("a.csv", text)).stdout
