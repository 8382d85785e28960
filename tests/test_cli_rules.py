"""Rules, explanations and many playlists by the command, as a person types it."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from next_song import load_model

ROOT = Path(__file__).parents[1]
Ask = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def ask(finished: Path) -> Ask:
    def run(command: str, *words: str) -> subprocess.CompletedProcess[str]:
        model = ["--model", str(finished / "06_models/model.tar.gz")]
        program = [sys.executable, "-c", "from next_song.cli import cli; cli()"]
        return subprocess.run(
            [*program, command, *model, *words], capture_output=True, text=True, cwd=ROOT
        )

    return run


def songs(done: subprocess.CompletedProcess[str]) -> list[str]:
    assert done.returncode == 0, done.stderr
    return [song["name"] for song in json.loads(done.stdout)["songs"]]


HISTORY = ("Artist 3 - Song 3", "Artist 4 - Song 4")


def test_rules(ask: Ask) -> None:
    whole = songs(ask("recommend", "--json", "-k", "5", *HISTORY))
    left = ask("recommend", "--json", "-k", "4", "--exclude", whole[0], *HISTORY)
    assert songs(left) == whole[1:]
    few = ask("recommend", "--json", "-k", "40", "--per-artist", "1", *HISTORY)
    assert sorted(name.split(" - ")[0] for name in songs(few)) == [f"Artist {n}" for n in range(5)]
    assert "Only 5 songs are left, not 40." in few.stderr
    chosen = ask(
        "recommend", "--json", "--only", whole[3], "--only", "Artist 2 - Song 12", *HISTORY
    )
    assert set(songs(chosen)) == {whole[3], "Artist 2 - Song 12"}
    nothing = ask("recommend", "--only", "nobody", *HISTORY)
    assert nothing.returncode == 1
    assert "--only: found no song of the model in ['nobody']" in nothing.stderr
    market = ask("recommend", "--only-set", "market", *HISTORY)
    assert market.returncode == 1
    assert "only_set: found the set 'market'; expected one of none" in market.stderr


def test_songs_of_rules_are_typed_as_songs_are(ask: Ask) -> None:
    whole = json.loads(ask("recommend", "--json", "-k", "5", *HISTORY).stdout)["songs"]
    first = f"id:{whole[0]['song_id']}"
    left = ask("recommend", "--json", "-k", "4", "--exclude", first, *HISTORY)
    assert songs(left) == [song["name"] for song in whole[1:]]
    assert left.stderr == ""
    some = ask("recommend", "--json", "-k", "1", "--only", first, "--only", "Sonk 99", *HISTORY)
    assert songs(some) == [whole[0]["name"]]
    assert re.match(
        r"Unknown song 'Sonk 99' of --only: left out. Nearest: 'Artist \d - Song ", some.stderr
    )
    strict = ask("recommend", "--strict", "--exclude", "nobody", *HISTORY)
    assert strict.returncode == 1
    assert "--strict: found 1 unknown of 3 songs, first 'nobody'; expected" in strict.stderr
    words = ("Artist 1 - Sonk 1", "Artist 3 - Sonk 33")
    nearest = ask("recommend", "--strict", *words).stderr.partition("Nearest: ")[2]
    assert nearest.startswith("'Artist 1 - Song 1'")


def test_a_file_of_histories_has_songs_of_its_own(ask: Ask, tmp_path: Path) -> None:
    (tmp_path / "h.jsonl").write_text(json.dumps(HISTORY))
    for more in (["--file", str(tmp_path / "h.jsonl")], [HISTORY[0]]):
        done = ask("recommend", "--histories", str(tmp_path / "h.jsonl"), *more)
        assert done.returncode == 2
        assert "--histories has songs of its own: leave out SONGS and --file." in done.stderr


def test_unknown_songs_of_a_known_artist(ask: Ask) -> None:
    done = ask("recommend", "--json", "-k", "8", "Artist 2 - never heard")
    assert {name.split(" - ")[0] for name in songs(done)} == {"Artist 2"}
    assert "No song is known: these are songs by the same artists." in done.stderr


def test_explanations(ask: Ask) -> None:
    done = ask("recommend", "--explain", "--json", "-k", "3", *HISTORY)
    first = json.loads(done.stdout)["songs"][0]
    assert 0 < first["probability"] < 1
    assert "Song" in first["why"]
    lines = ask("recommend", "--explain", "-k", "3", *HISTORY).stdout.splitlines()
    assert lines[1].strip() == f"{first['probability']:.2%}: {first['why']}"
    assert lines[1].index(lines[1].strip()) == lines[0].index(first["name"])  # one below the other
    table = ask("recommend", "--explain", "--csv", "-k", "3", *HISTORY).stdout.splitlines()
    assert table[0] == "rank,song_id,name,score,probability,why"


def test_no_tensorflow_is_loaded(finished: Path) -> None:
    program = (
        "import sys\n"
        "from click.testing import CliRunner\n"
        "from next_song.cli import cli\n"
        "words = ['recommend', '--model', sys.argv[1], 'Artist 3 - Song 3']\n"
        "done = CliRunner().invoke(cli, words)\n"
        "assert done.exit_code == 0, done.output\n"
        "print('tensorflow' in sys.modules, 'pandas' in sys.modules)\n"
    )
    command = [sys.executable, "-c", program, str(finished / "06_models/model.tar.gz")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "False False\n"


def test_batch(ask: Ask, finished: Path, tmp_path: Path) -> None:
    given = tmp_path / "given.csv"
    given.write_text("playlist,artist,track\na,Artist 3,Song 3\na,Artist 4,Song 4\n")
    output = tmp_path / "answers.csv"
    done = ask("batch", str(given), str(output), "-k", "5", "--params", "source=plays")
    assert done.returncode == 0, done.stderr
    expected = load_model(finished / "06_models/model.tar.gz").recommend([list(HISTORY)], 5)
    assert pd.read_csv(output)["song_id"].tolist() == expected["song_id"].tolist()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["answers.csv", "given.csv"]
    before = given.read_bytes()
    over = ask("batch", str(tmp_path / "*.csv"), str(given))
    assert over.returncode == 1
    assert f"output: found {given}, which is one of the files of input" in over.stderr
    assert given.read_bytes() == before
    for name in ("answers.xlsx", "answers.CSV", ".", ""):
        wrong = ask("batch", str(given), name)
        assert wrong.returncode == 1
        assert wrong.stderr == (
            f"Error: OUTPUT: found {name!r}; expected a name that ends in .parquet, .csv, .jsonl\n"
        )


@pytest.mark.parametrize(("repeats", "rate"), [("false", 1), ("true", 0.5)])
def test_online(repeats: str, rate: float, tmp_path: Path) -> None:
    """After `a, a` and `a`, the playlist `a, a, b` plays b and a; without repeats, b twice."""
    asked = [{"song_ids": ["a", "a"]}, {"song_ids": ["a", ""]}]
    sides = {
        "endpointInput": {"instances": asked},
        "endpointOutput": {"predictions": [{"song_ids": ["b"]}] * 2},
    }
    data = {name: {"data": json.dumps(side), "encoding": "JSON"} for name, side in sides.items()}
    (tmp_path / "captured").mkdir()
    line = json.dumps({"captureData": data, "eventMetadata": {"inferenceId": "x"}})
    (tmp_path / "captured/a.jsonl").write_text(line)
    (tmp_path / "plays.csv").write_text("playlist,song\np,a\np,a\np,b\n")
    program = [sys.executable, "-c", "from next_song.cli import cli; cli()", "online", "-k", "1"]
    given = [str(tmp_path / "captured"), str(tmp_path / "plays.csv")]
    given += ["--params", f"cleaning.keep_repeats_in_a_row={repeats}"]
    done = subprocess.run([*program, *given], capture_output=True, text=True, cwd=ROOT)
    found = json.loads(done.stdout)
    assert (found["hit_rate"], found["queries"]) == ({"1": rate}, 2)
