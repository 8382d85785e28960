import errno
import json
import os
import signal
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from next_song.cli import cli
from next_song.errors import InputError
from next_song.hooks import ProjectHooks


@pytest.fixture(scope="module")
def ask(finished: Path):  # type: ignore[no-untyped-def]
    """Run `next-song COMMAND --model ARCHIVE ...` on the circle's model."""

    def run(command: str, *arguments: str) -> Result:
        model = str(finished / "06_models/model.tar.gz")
        return CliRunner().invoke(cli, [command, "--model", model, *arguments])

    return run


def test_recommend_by_name_in_any_case_and_by_id(ask) -> None:  # type: ignore[no-untyped-def]
    by_name = ask("recommend", "--json", "artist 0 - SONG 5", "Artist 1 - Song 6")
    by_id = ask("recommend", "--json", "Artist 0\tSong 5", "Artist 1\tSong 6")
    assert by_name.exit_code == 0
    assert by_name.stdout == by_id.stdout
    answer = json.loads(by_name.stdout)
    assert answer["known"] is True
    assert answer["unknown"] == []
    assert [song["name"] for song in answer["history"]] == [
        "Artist 0 - Song 5",
        "Artist 1 - Song 6",
    ]
    assert answer["songs"][0]["song_id"] == "Artist 2\tSong 7"  # the circle's next one
    assert len(answer["songs"]) == 10
    scores = [song["score"] for song in answer["songs"]]
    assert scores == sorted(scores, reverse=True)


def test_recommend_prints_a_line_a_song(ask) -> None:  # type: ignore[no-untyped-def]
    result = ask("recommend", "-k", "3", "Artist 0 - Song 5", "Artist 1 - Song 6")
    assert result.stdout.splitlines()[0].split(maxsplit=2)[2] == "Artist 2 - Song 7"
    assert len(result.stdout.splitlines()) == 3


def test_an_unknown_song_is_named_with_its_nearest(ask) -> None:  # type: ignore[no-untyped-def]
    result = ask("recommend", "--json", "Artist 0 - Song 5", "Artst 1 - Song 6")
    assert result.exit_code == 0
    answer = json.loads(result.stdout)
    assert answer["unknown"][0]["song"] == "Artst 1 - Song 6"
    assert "Artist 1 - Song 6" in answer["unknown"][0]["nearest"]
    assert "Unknown song 'Artst 1 - Song 6': left out. Nearest: 'Artist 1 - Song" in result.stderr


def test_only_unknown_songs_get_the_most_played(ask) -> None:  # type: ignore[no-untyped-def]
    result = ask("recommend", "--json", "\U0001f3b5 <b>ولا شيء</b>")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["known"] is False
    assert "No song is known: these are the most played ones." in result.stderr


def test_songs_by_the_same_artist_and_others_after_them_are_told(ask) -> None:  # type: ignore[no-untyped-def]
    result = ask("recommend", "--json", "-k", "10", "Artist 2 - never heard")
    by_artist = [s["name"].startswith("Artist 2 ") for s in json.loads(result.stdout)["songs"]]
    assert by_artist == [True] * 8 + [False] * 2
    assert "No song is known: these are songs by the same artists." in result.stderr


def test_songs_are_found_by_any_words_of_their_name(ask) -> None:  # type: ignore[no-untyped-def]
    for text in ("sONG 3", "3 snog"):
        lines = ask("songs", text).stdout.splitlines()
        assert lines[0].startswith("Artist 3 - Song 3  ")  # the words together come first
    missing = ask("songs", "Sxyzg 3")
    assert missing.exit_code == 1
    assert "found no song with 'Sxyzg 3'. Nearest: 'Artist" in missing.stderr


@pytest.mark.parametrize("k", ["0", "-1", "101"])
def test_k_out_of_range(ask, k: str) -> None:  # type: ignore[no-untyped-def]
    result = ask("recommend", "-k", k, "Artist 0 - Song 5")
    assert result.exit_code == 1
    assert f"-k: found {k}; expected 1 to 40" in result.stderr


def broken(kind: str, folder: Path, finished: Path) -> Path:
    whole = (finished / "06_models/model.tar.gz").read_bytes()
    path = folder / "model.tar.gz"
    if kind == "evil":
        with tarfile.open(path, "w:gz") as tar:
            tar.add(__file__, "../../escaped.py")
    elif kind != "missing":
        path.write_bytes({"garbage": b"\x00garbage", "cut": whole[: len(whole) // 2]}[kind])
    return path


@pytest.mark.parametrize("kind", ["missing", "garbage", "cut", "evil"])
def test_an_archive_that_is_none_is_refused(kind: str, tmp_path: Path, finished: Path) -> None:
    path = broken(kind, tmp_path, finished)
    result = CliRunner().invoke(cli, ["songs", "--model", str(path), "Song"])
    assert result.exit_code == 1
    assert f"model {path}: found" in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert not (tmp_path.parent / "escaped.py").exists()


def test_help_needs_no_library() -> None:
    """What takes seconds to import must not stand between a person and the help."""
    code = "import sys; from next_song.cli import cli; print(sorted(sys.modules))"
    modules = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    for heavy in ("kedro", "tensorflow", "duckdb", "pandas", "numpy"):
        assert f"'{heavy}'" not in modules.stdout


@pytest.mark.fault
@pytest.mark.parametrize("command", ["songs", "recommend"])
def test_output_without_room_is_one_line(
    command: str, finished: Path, says: Callable[[object], None]
) -> None:
    model = str(finished / "06_models/model.tar.gz")
    words = [sys.executable, "-c", "from next_song.cli import cli; cli()", command]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*words, "--model", model, "Artist 0 - Song 5"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
        )
    says(done.stderr)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("Error: output: found No space left on device; expected room")


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGHUP])
def test_a_command_that_is_ended_leaves_nothing_unpacked(
    ending: signal.Signals, finished: Path, tmp_path: Path
) -> None:
    code = """
from next_song.cli import cli
from next_song.errors import InputError
from next_song.hooks import ProjectHooks
from next_song.serving.song_search import SongIndex
import time

def search(*_):
    print("searching", flush=True)
    time.sleep(60)

SongIndex.search = search
cli()
"""
    model = str(finished / "06_models/model.tar.gz")
    command = [sys.executable, "-c", code, "songs", "--model", model, "Song"]
    environment = os.environ | {"TMPDIR": str(tmp_path)}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        assert list(tmp_path.iterdir())
        process.send_signal(ending)
        assert process.wait(60) == 128 + ending
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("words", [["endpoints"], ["delete", "a"], ["rollback", "a"]])
def test_without_the_extra_a_line_says_what_to_install(words: list[str]) -> None:
    code = "import sys; sys.modules['boto3'] = None; from next_song.cli import cli; cli()"
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("Error: aws: found no boto3; expected the extra `aws`: pip install")


def test_a_run_without_the_extra_ends_with_the_same_line() -> None:
    error = ModuleNotFoundError("No module named 'boto3'", name="boto3")
    with pytest.raises(InputError, match=r"^aws: found no boto3; expected the extra `aws`: pip"):
        ProjectHooks().on_pipeline_error(error)
    ProjectHooks().on_pipeline_error(ModuleNotFoundError("other", name="other"))  # a bug: as it is


@pytest.mark.parametrize(
    "words",
    [
        ["deploy", "--dry-run", "s3://bucket/runs/one/06_models/model.tar.gz"],
        ["batch", "playlists.csv", "answers.csv"],
        ["inspect", "playlists.csv"],
        ["online", ".", "playlists.csv"],
    ],
    ids=lambda words: words[0],
)
def test_a_command_that_needs_the_project_says_so(words: list[str], tmp_path: Path) -> None:
    (tmp_path / "playlists.csv").write_text("playlist_id,song_id\na,b\na,c\n")
    (tmp_path / "captured.jsonl").write_text("{}\n")
    command = [sys.executable, "-c", "from next_song.cli import cli; cli()", *words]
    # a run in this process has left there where its configuration is
    outside = {name: one for name, one in os.environ.items() if not name.startswith("NEXT_SONG_")}
    done = subprocess.run(command, cwd=tmp_path, env=outside, capture_output=True, text=True)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("Error: ")
    assert f"found no conf/base in {tmp_path}; expected the folder of the project" in line


@pytest.mark.parametrize("given", [[], ["s3://bucket/model.tar.gz"], ["06_models/model.tar.gz "]])
def test_deploy_wants_the_archive_of_a_run(given: list[str]) -> None:
    done = CliRunner().invoke(cli, ["deploy", "--dry-run", *given])
    assert done.exit_code == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("Error: ARCHIVE: found ")
    assert "expected s3://BUCKET/PREFIX/06_models/model.tar.gz, as a run" in line


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_no_room_in_any_form_is_told_in_a_line(
    number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(number, "no room", "a.csv")

    monkeypatch.setattr("next_song.pipelines.data_engineering.inspection.inspect", full)
    done = CliRunner().invoke(cli, ["inspect", "x.csv"])
    assert done.exit_code == 1
    expected = "expected room for it: give another file or disk"
    assert done.stderr == f"Error: a.csv: found no room; {expected}\n"
