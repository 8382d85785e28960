"""`next-song` in pipes and shells: it reads what it prints, which no terminal obeys."""

import csv
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st
from odd_archive import ARTISTS, IDS, K, odd_archive

from next_song import __version__
from next_song.cli import cli
from next_song.cli.texts import histories_of, meant, plain, word
from next_song.errors import InputError
from next_song.serving.wishes import Answer

COMMAND = [sys.executable, "-c", "from next_song.cli import cli; cli()"]
# as an operating system passes arguments: no zero, and no half characters
ARGUMENTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(odd_archive(tmp_path_factory.mktemp("odd") / "model.tar.gz"))


@pytest.fixture(scope="module")
def ask(model: str):  # type: ignore[no-untyped-def]
    def run(command: str, *arguments: str, text: str | bytes | None = None) -> Result:
        return CliRunner().invoke(cli, [command, "--model", model, *arguments], input=text)

    return run


def history(result: Result) -> list[str]:
    assert result.exit_code == 0, result.stderr
    return [song["song_id"] for song in json.loads(result.stdout)["history"]]


def shell(words: list[str]) -> list[str]:
    """What a shell makes of the words."""
    script = "printf '%s\\0' " + " ".join(words)
    done = subprocess.run(["bash", "-c", script], capture_output=True, check=True)
    return done.stdout.decode().split("\0")[:-1]


@settings(max_examples=20, deadline=None)
@given(st.lists(ARGUMENTS, min_size=1, max_size=20))
def test_a_printed_id_can_be_pasted_into_a_shell(ids: list[str]) -> None:
    words = [word(one) for one in ids]
    assert all(one.isprintable() and not one.startswith("-") for one in words)
    assert [meant(one)[0] for one in shell(words)] == ids


def test_each_printed_song_leads_back_to_it(ask) -> None:  # type: ignore[no-untyped-def]
    lines = ask("songs", "by", "--most", "100").stdout.splitlines()
    words = [line.rpartition("  ")[2] for line in lines]
    words = [
        word(song) if song.strip() != song else printed  # a shell word may begin with a space
        for song, printed in zip(IDS, words, strict=True)
    ]
    assert history(ask("recommend", "--json", "--", *shell(words))) == IDS


def test_ids_are_piped_from_songs_to_recommend(ask) -> None:  # type: ignore[no-untyped-def]
    listed = ask("songs", "by", "--most", "100", "--ids").stdout
    assert history(ask("recommend", "--json", "-", text=listed)) == IDS
    # also where the model has a song x beside id:x
    assert [meant(line)[0] for line in listed.removesuffix("\n").split("\n")] == IDS


def test_songs_come_from_arguments_standard_input_and_files(ask, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    file = tmp_path / "songs.txt"
    file.write_bytes("\ufeffplain\r\n\r\ntab\there\n".encode())
    asked = ("recommend", "--json", "id:-k", "-", "日本", "--file", str(file))
    assert history(ask(*asked, text="two words\nid:-\n")) == [
        "-k", "two words", "-", "日本", "plain", "tab\there",
    ]  # fmt: skip


def test_no_song_at_all_is_an_error(ask) -> None:  # type: ignore[no-untyped-def]
    for arguments, text in (((), None), (("-",), ""), (("-",), "\n \n")):
        result = ask("recommend", *arguments, text=text)
        assert result.exit_code == 1
        assert result.stderr.startswith("Error: SONGS: found none; expected at least one song")


def test_bytes_that_are_no_text_are_an_error_with_their_line(ask) -> None:  # type: ignore[no-untyped-def]
    result = ask("recommend", "-", text=b"plain\n\xff\n")
    assert result.exit_code == 1
    assert "standard input line 2: found invalid start byte; expected UTF-8" in result.stderr


@pytest.mark.parametrize("option", ["--file", "--histories"])
def test_a_file_that_is_none_is_an_error(ask, option: str, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    for path, found in ((tmp_path / "none", "No such file or directory"), (tmp_path, "Is a dir")):
        result = ask("recommend", option, str(path))
        assert result.exit_code == 1
        assert result.stderr.startswith(f"Error: {path}: found {found}")


def test_many_histories_are_answered_line_by_line(ask) -> None:  # type: ignore[no-untyped-def]
    histories = [["plain", "two words"], [], ["no such song"]]
    text = "\n".join(map(json.dumps, histories))
    answers = [
        json.loads(line)
        for line in ask("recommend", "--json", "-k2", "--histories", "-", text=text).stdout.split(
            "\n"
        )
        if line
    ]
    assert [answer["known"] for answer in answers] == [True, False, False]
    assert [one["song"] for one in answers[2]["unknown"]] == ["no such song"]
    table = ask("recommend", "--csv", "-k2", "--histories", "-", text=text).stdout
    rows = list(csv.DictReader(io.StringIO(table)))
    assert [(row["query"], row["rank"]) for row in rows] == [
        (str(query), str(rank)) for query in (1, 2, 3) for rank in (1, 2)
    ]
    songs = [song for answer in answers for song in answer["songs"]]
    assert [(row["song_id"], row["name"]) for row in rows] == [
        (song["song_id"], song["name"]) for song in songs
    ]


@pytest.mark.parametrize("line", ['"plain"', "[1]", "{", "[" * 100_000, '["\x1b[31m"]'])
def test_a_line_that_is_no_history_is_an_error(ask, line: str) -> None:  # type: ignore[no-untyped-def]
    result = ask("recommend", "--histories", "-", text=f'["plain"]\n{line}\n')
    assert result.exit_code == 1
    assert "--histories line 2: found" in result.stderr
    assert "\x1b" not in result.stderr


def test_the_three_forms_have_the_same_songs(ask) -> None:  # type: ignore[no-untyped-def]
    for command in (("songs", "by", "--most", "100"), ("recommend", "plain", "-k5")):
        as_json = json.loads(ask(*command, "--json").stdout)
        songs = as_json["songs"] if isinstance(as_json, dict) else as_json
        rows = list(csv.DictReader(io.StringIO(ask(*command, "--csv").stdout, newline="")))
        for key in ("song_id", "name"):
            assert [row[key] for row in rows] == [song[key] for song in songs]
        lines = ask(*command).stdout.splitlines()
        assert len(lines) == len(songs)
        assert all(plain(s["name"]) in line for s, line in zip(songs, lines, strict=True))


def test_names_never_send_escapes_to_a_terminal(ask, model: str) -> None:  # type: ignore[no-untyped-def]
    commands = [
        ("songs", "by", "--most", "100"),
        ("recommend", "--", *IDS[13:16]),
        ("songs", "\x1b[31m zzz zzz"),
        ("recommend", "--strict", "\x1b[31mzzz"),
    ]
    for command in commands:
        result = ask(*command)
        assert all(
            line.isprintable()
            for line in [*result.stdout.splitlines(), *result.stderr.splitlines()]
        )
    for form in ("--json", "--csv", "--ids"):
        seen = on_a_terminal("songs", "--model", model, "--most", "100", form, "by")
        assert "red" in seen
        assert not set(seen) & {"\x1b", "\x07", "\x9b", "\u202e"}


def on_a_terminal(*arguments: str) -> str:
    script = "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]))"
    command = [sys.executable, "-c", script, *COMMAND, *arguments]
    done = subprocess.run(command, capture_output=True, check=True, stdin=subprocess.DEVNULL)
    return done.stdout.decode()


def test_strict_fails_before_the_model_is_asked(ask, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr("next_song.serving.archive.ModelArchive.answer", None)
    result = ask("recommend", "--strict", "plain", "plian", "nothing")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert "--strict: found 2 unknown of 3 songs, first 'plian'" in result.stderr
    assert "plain" in result.stderr.partition("Nearest: ")[2]


@pytest.mark.parametrize("k", ["0", "-3", str(K + 1)])
def test_k_is_checked_before_tensorflow_is_loaded(model: str, k: str) -> None:
    code = "import sys; sys.modules['tensorflow'] = None; " + COMMAND[2]
    command = [sys.executable, "-c", code, "recommend", "--model", model, "-k", k, "plain"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr == (
        f"Error: -k: found {k}; expected 1 to {K}, what the model was exported for\n"
    )


def test_without_k_a_small_model_gives_what_it_has(tmp_path: Path) -> None:
    small = str(odd_archive(tmp_path / "model.tar.gz", few=True))
    result = CliRunner().invoke(cli, ["recommend", "--json", "--model", small, "plain"])
    assert (result.exit_code, result.stderr) == (0, "")
    assert len(json.loads(result.stdout)["songs"]) == 3


def test_the_version() -> None:
    result = CliRunner().invoke(cli, ["--version"], prog_name="next-song")
    assert result.stdout == f"next-song {__version__}\n"


def test_a_reader_that_stops_early_is_no_error(model: str) -> None:
    command = [*COMMAND, "songs", "--model", model, "--csv", "--most", "100", "by"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        assert process.stderr.read() == b""


@pytest.mark.parametrize("shell_name", ["bash", "zsh", "fish"])
def test_a_shell_gets_its_completion(shell_name: str) -> None:
    code = "from next_song.cli import cli; cli(prog_name='next-song')"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"_NEXT_SONG_COMPLETE": f"{shell_name}_source", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0
    assert "_NEXT_SONG_COMPLETE" in done.stdout


def test_a_wrong_history_is_told_by_the_line_it_stands_in(tmp_path: Path) -> None:
    path = tmp_path / "histories.jsonl"
    path.write_text('\n["a"]\n\n  \n["b", 3]\n')
    with pytest.raises(InputError, match=r"--histories line 5: found \[\"b\", 3\]; expected"):
        histories_of(str(path))
    path.write_text('\n["a"]\r\n\n["b"]')
    assert histories_of(str(path)) == [["a"], ["b"]]


def test_a_table_has_the_explanations_of_json(ask) -> None:  # type: ignore[no-untyped-def]
    words = ("recommend", "--explain", "-k2", "plain")
    songs = json.loads(ask(*words, "--json").stdout)["songs"]
    rows = [*csv.DictReader(io.StringIO(ask(*words, "--csv").stdout, newline=""))]
    for key in ("probability", "why"):
        assert [row[key] for row in rows] == [str(song[key]) for song in songs]


def test_each_history_is_told_its_unknown_songs(ask) -> None:  # type: ignore[no-untyped-def]
    told = ask("recommend", "--histories", "-", text='["nothing 1"]\n["nothing 2"]\n').stderr
    assert told.count("Unknown song 'nothing") == told.count("No song is known: ") == 2


def test_a_set_is_left_out(ask) -> None:  # type: ignore[no-untyped-def]
    words = ("recommend", "--json", "-k", "12", "--exclude-set", "the even ones", "plain")
    left = {song["song_id"] for song in json.loads(ask(*words).stdout)["songs"]}
    assert left
    assert not left & {*IDS[::2]}


@pytest.mark.parametrize("option", ["--exclude-set", "--only-set"])
def test_a_set_has_a_name(ask, option: str) -> None:  # type: ignore[no-untyped-def]
    done = ask("recommend", option, "", "plain")
    assert done.exit_code == 1
    assert done.stderr.startswith(f"Error: {option}: found an empty name; expected that of a set")


@pytest.mark.parametrize(
    "words", [("--explain", "plain"), ("\x07zzz",), ("--exclude", "\x07zzz", "plain")]
)
def test_what_is_told_of_songs_sends_no_escapes(  # type: ignore[no-untyped-def]
    ask, words: tuple[str, ...]
) -> None:
    done = ask("recommend", "-k2", *words)
    assert done.exit_code == 0
    assert all(line.isprintable() for line in (done.stdout + done.stderr).splitlines())


def test_a_file_without_histories_is_an_error(ask) -> None:  # type: ignore[no-untyped-def]
    done = ask("recommend", "--histories", "-", text="\n \n")
    assert done.exit_code == 1
    assert done.stderr.startswith("Error: --histories -: found no line; expected a list of songs")


def test_artists_may_be_typed_in_any_case(ask) -> None:  # type: ignore[no-untyped-def]
    done = ask("recommend", "--json", "-k3", f"{ARTISTS[1].upper()} - never heard")
    by = {song for song, artist in zip(IDS, ARTISTS, strict=True) if artist == ARTISTS[1]}
    assert {song["song_id"] for song in json.loads(done.stdout)["songs"]} == by


def test_the_endpoint_that_is_named_is_asked(  # type: ignore[no-untyped-def]
    ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def opened(name: str, **_: Any) -> Any:
        return lambda *_: Answer([name], [1.0], True)

    monkeypatch.setattr("next_song.serving.predictor.endpoint_predictor", opened)
    done = ask("recommend", "--json", "-k1", "--endpoint", "mine", "plain")
    assert [song["song_id"] for song in json.loads(done.stdout)["songs"]] == ["mine"]
