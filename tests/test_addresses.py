"""Addresses of models, inputs and outputs: what nothing can be read from is refused in one line."""

from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner

from next_song.cli import cli
from next_song.datasets import addresses
from next_song.datasets.addresses import check_address, reached
from next_song.errors import InputError

NOWHERE = {
    "http://127.0.0.1:9/m.tar.gz": "http:// cannot keep files: copy what you need from there first",
    "https://127.0.0.1:9/m.tar.gz": "https:// cannot keep files",
    "ftp://127.0.0.1:9/m.tar.gz": "ftp:// cannot keep files",
    "zip://m.tar.gz": "zip:// cannot keep files",
    "zip://m.tar.gz::file:///tmp/a.zip": "zip:// cannot keep files",
    "memory://m.tar.gz": "memory:// cannot keep files",
    "simplecache::s3://bucket/m.tar.gz": "simplecache:// cannot keep files",
    "data:,m.tar.gz": "data:// cannot keep files",
    "s4://bucket/m.tar.gz": "s4:// cannot keep files",
    "S3://bucket/m.tar.gz": "S3:// cannot keep files",
    "gs://bucket/m.tar.gz": "but not what reads it (Please install gcsfs",
}
COMMANDS: dict[str, tuple[str, Callable[[str], list[str]]]] = {
    "songs": ("model", lambda at: ["songs", "--model", at, "a"]),
    "recommend": ("model", lambda at: ["recommend", "--model", at, "a"]),
    "serve": ("model", lambda at: ["serve", "--port", "0", "--model", at]),
    "playground": ("model", lambda at: ["playground", "--port", "0", "--model", at]),
    "inspect": ("input", lambda at: ["inspect", at]),
}


def told(*words: str) -> str:
    """The one line with which a command ends."""
    result = CliRunner().invoke(cli, words)
    assert result.exit_code == 1
    (line,) = result.stderr.splitlines()
    return line


@pytest.mark.fault
@pytest.mark.parametrize("address", NOWHERE)
@pytest.mark.parametrize("command", COMMANDS)
def test_an_address_that_nothing_is_read_from(
    command: str, address: str, says: Callable[[object], None]
) -> None:
    name, words = COMMANDS[command]
    line = told(*words(address))
    says(line)
    assert line.startswith(f"Error: {name}: found '{address}'")
    assert "expected a path" in line
    assert NOWHERE[address] in line


@pytest.mark.parametrize("address", NOWHERE)
def test_a_folder_below_the_project_refuses_them_as_well(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir("notebooks")
    line = told("inspect", address)
    assert line.startswith(f"Error: input: found '{address}'")
    assert NOWHERE[address] in line


@pytest.mark.fault
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("model", ["--model", "http://a/m.tar.gz", "a.csv", "b.csv"]),
        ("input", ["ftp://a/a.csv", "b.csv"]),
        ("input", ["a.csv;ftp://a/a.csv", "b.csv"]),
        ("output", ["a.csv", "memory://b.csv"]),
    ],
)
def test_addresses_of_a_job_are_checked_before_it_reads(
    name: str, words: list[str], says: Callable[[object], None]
) -> None:
    line = told("batch", *words)
    says(line)
    assert line.startswith(f"Error: {name}: found '")


def test_without_the_extra_a_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(_: str) -> None:
        raise ImportError("Install s3fs to access S3")

    monkeypatch.setattr(addresses, "get_filesystem_class", none)
    line = told("songs", "--model", "s3://bucket/m.tar.gz", "a")
    assert "but not what reads it (pip install 'next-song[aws]'); expected a path, or s3://" in line


@pytest.mark.parametrize(
    "address", ["m.tar.gz", "a:b", "C:/m.tar.gz", "", "file:///tmp/m.tar.gz", "s3://bucket/m"]
)
def test_paths_and_places_that_last_are_accepted(address: str) -> None:
    check_address("model", address, "a path")


@pytest.mark.parametrize(
    "error", [OSError("no route\n to host"), RuntimeError("no credentials"), KeyError("region")]
)
def test_what_fails_at_a_place_is_told_in_one_line(error: Exception) -> None:
    with pytest.raises(InputError) as caught, reached("model", "s3://bucket/m"):
        raise error
    assert str(caught.value).startswith("model: found ")
    assert str(caught.value).isprintable()
    assert "at s3://bucket/m; expected a file that this machine may read" in str(caught.value)


@pytest.mark.parametrize("error", [KeyError("bug"), InputError("input: found none")])
def test_a_bug_keeps_its_traceback_and_a_line_its_words(error: Any) -> None:
    with pytest.raises(type(error)) as caught, reached("model", "m.tar.gz"):
        raise error
    assert caught.value is error


@pytest.mark.parametrize("kind", ["s3", "gs", "gcs", "abfs", "abfss", "az", "file"])
def test_each_of_these_places_keeps_files(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses, "get_filesystem_class", lambda _: None)  # as if installed
    check_address("input", f"{kind}://bucket/a.csv", "a file")
