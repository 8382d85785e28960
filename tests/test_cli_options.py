"""What the options of `next-song` come to: parameters of a run, limits of a server, numbers."""

import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import click
import pytest
from click.testing import CliRunner

from next_song.cli import asking, cli, servers, texts
from next_song.errors import InputError
from next_song.pipelines.recommendation import parts as parts_of_jobs
from next_song.serving.http.guard import Limits


@pytest.mark.parametrize("words", [["batch"], ["online", "-k", "2"]])
def test_commands_that_read_playlists_leave_the_data_of_the_project_alone(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: dict[str, Any] = {}

    def run(*_: Any, **given: Any) -> None:
        asked.update(given)
        raise InputError("enough")

    monkeypatch.setattr("next_song.runs.run_pipeline", run)
    (tmp_path / "a.jsonl").write_text("{}")
    given = {"batch": ["a.csv", str(tmp_path / "b.csv")], "online": [str(tmp_path), "a.csv"]}
    done = CliRunner().invoke(cli, [*words, *given[words[0]]])
    assert done.stderr == "Error: enough\n"
    root = Path(asked["params"]["data_root"])
    assert root.is_relative_to(tempfile.gettempdir())
    assert asked["params"]["input"] == "a.csv"


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (["batch", "a.csv", "b.csv"], "input"),
        (["batch", "a.csv", "b.csv"], "output"),
        (["batch", "a.csv", "b.csv"], "model"),
        (["batch", "a.csv", "b.csv"], "recommendation.k"),
        (["online", "captured", "a.csv"], "input"),
    ],
)
def test_what_arguments_and_options_say_is_no_parameter(words: list[str], name: str) -> None:
    done = CliRunner().invoke(cli, [*words, "--params", f"{name}=1"])
    assert done.exit_code == 1
    assert done.stderr.startswith(f"Error: --params {name.split('.')[0]}: found ")
    assert done.stderr.endswith(
        "expected it as an argument or an option of this command: see --help\n"
    )


def test_the_limits_of_the_server_are_those_that_are_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[Any] = []
    monkeypatch.setattr("next_song.serving.http.server.serve", lambda *given: asked.extend(given))
    monkeypatch.setattr(servers, "open_model", lambda *_: "model")
    monkeypatch.setattr("signal.signal", lambda *_: None)
    limits = ["--max-bytes", "10", "--timeout", "2.5", "--max-requests", "3"]
    assert CliRunner().invoke(cli, ["serve", "--port", "0", *limits]).exit_code == 0
    assert (asked[0], asked[2], asked[3]) == ("model", "127.0.0.1", Limits(10, 2.5, 3))


@pytest.mark.parametrize("seconds", ["nan", "inf", "-inf", "0"])
def test_seconds_are_finite(seconds: str) -> None:
    done = CliRunner().invoke(cli, ["serve", "--timeout", seconds])
    assert done.exit_code == 2
    assert "Invalid value for '--timeout'" in done.stderr


def test_k_is_at_least_one_also_where_the_archive_has_no_most() -> None:
    assert asking._checked_k(1, None) == 1
    with pytest.raises(InputError, match=r"-k: found 0; expected at least 1"):
        asking._checked_k(0, None)


def test_json_has_names_as_people_write_them(capsys: pytest.CaptureFixture[str]) -> None:
    texts.echo_json({"name": "Björk - 歌"}, indent=None)
    assert capsys.readouterr().out == '{"name": "Björk - 歌"}\n'


@pytest.mark.parametrize("form", ["csv", "lines"])
def test_queries_are_numbered_from_one(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    song = dict.fromkeys(asking.SONG, "x") | {"score": 0.5, "name": "a"}
    answers = [{"songs": [song, song]}, {"songs": [song]}]
    asking._PRINT[form](answers, many=True)
    lines = capsys.readouterr().out.splitlines()[1 if form == "csv" else 0 :]
    numbers = [line.replace(",", " ").split()[:2] for line in lines]
    assert numbers == [["1", "1"], ["1", "2"], ["2", "1"]]


def test_what_a_command_needs_is_asked_for() -> None:
    for name, command in cli.commands.items():
        if any(isinstance(one, click.Argument) and one.required for one in command.params):
            done = CliRunner().invoke(cli, [name])
            assert (done.exit_code, "Missing argument" in done.stderr) == (2, True), name
    needed = {"inspect": 1, "batch": 2, "online": 2, "songs": 1, "rollback": 1, "delete": 1}
    found = {
        name: sum(isinstance(one, click.Argument) and one.required for one in command.params)
        for name, command in cli.commands.items()
    }
    assert {name: count for name, count in found.items() if count} == needed


@pytest.mark.parametrize(
    ("output", "parts"),
    [
        ("b.csv", ".b.csv.parts"),
        ("x/y/b.csv", "x/y/.b.csv.parts"),
        ("s3://bucket/x/b.csv", ".b.csv-bd0f0469.parts"),
    ],
)
@pytest.mark.parametrize("resume", [True, False])
def test_parts_of_a_job_lie_beside_its_output_and_may_be_continued(
    output: str, parts: str, resume: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: dict[str, Any] = {}
    removed: list[str] = []
    monkeypatch.setattr("next_song.runs.run_pipeline", lambda *_, **given: asked.update(given))
    monkeypatch.setattr(parts_of_jobs, "remove", lambda path: removed.append(str(path)))
    words = ["batch", "-k", "7", "--rows", "playlists", "a.csv", output]
    done = CliRunner().invoke(cli, [*words, *["--resume"] * resume])
    assert done.exit_code == 0
    assert asked["params"]["recommendation"] == {
        "parts": parts, "resume": resume, "k": 7, "rows": "playlists",
        "exclude_set": None, "only_set": None, "per_artist": None, "shard": None,
    }  # fmt: skip
    assert removed == [parts]


@pytest.mark.parametrize(
    ("words", "endpoint", "is_opened"),
    [([], None, False), (["--endpoint", "x", "--open"], "x", True)],
)
def test_the_page_asks_the_endpoint_that_is_named(
    words: list[str], endpoint: str | None, is_opened: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []

    def serve(*given: Any, open_browser: bool) -> None:
        asked.extend([*given, open_browser])

    monkeypatch.setattr("next_song.playground.server.serve", serve)
    monkeypatch.setattr(servers, "open_model", lambda *_: "model")
    done = CliRunner().invoke(cli, ["playground", "--port", "7", *words])
    assert done.exit_code == 0
    assert asked == ["model", endpoint, "127.0.0.1", 7, is_opened]


def test_a_deployment_has_parameters() -> None:
    words = ["deploy", "s3://b/x/06_models/model.tar.gz", "--name", "x", "--params", "deployment=5"]
    done = CliRunner().invoke(cli, words)
    assert done.exit_code == 1
    assert done.stderr.startswith("Error: --params deployment: found 5; expected one of its param")


@pytest.mark.parametrize(
    ("words", "told"),
    [([], " whose name begins with next-song"), (["--prefix", ""], "")],
)
def test_no_endpoints_are_told_with_the_names_that_were_looked_for(
    words: list[str], told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("next_song.serving.endpoint.inventory.endpoints", lambda prefix: [])
    done = CliRunner().invoke(cli, ["endpoints", *words])
    assert done.stderr == f"No endpoint, configuration or model of next-song{told}.\n"


def test_columns_with_odd_names_are_shown_without_escapes(monkeypatch: pytest.MonkeyPatch) -> None:
    found = SimpleNamespace(lines=lambda: ["a\x07\u202eb"])
    monkeypatch.setattr("next_song.pipelines.data_engineering.inspection.inspect", lambda _: found)
    assert CliRunner().invoke(cli, ["inspect", "a.csv"]).stdout == "a\\x07\\u202eb\n"


def test_endpoints_have_all_columns_and_no_escapes(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [{"name": "a\x07", "run": None}, {"name": "b", "orphan": "model"}]
    monkeypatch.setattr("next_song.serving.endpoint.inventory.endpoints", lambda _: found)
    table = CliRunner().invoke(cli, ["endpoints", "--csv"]).stdout
    assert table.splitlines()[::2] == ["name,run,orphan", "b,,model"]
    lines = CliRunner().invoke(cli, ["endpoints"]).stdout
    assert lines == "name=a\\x07\nname=b  orphan=model\n"
