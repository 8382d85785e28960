"""Songs that are listed in a file, by number."""

import re
from pathlib import Path

import duckdb
import pytest

from next_song.errors import InputError
from next_song.retrieval.listed import listed_songs

SONGS = duckdb.sql("from (values (2, 'a b'), (0, 'é'), (1, 'c')) t(song, song_id)")


@pytest.mark.parametrize(
    ("text", "numbers", "told"),
    [
        ("é\na b\n", [0, 2], ""),
        ("e\u0301\nc", [0, 1], ""),  # as a Mac may write it
        ("\ufeffa b\r\n\r\né", [0, 2], ""),
        ("c\nc\nnone\nother\n", [1], "export.exclude: left out 2 unknown songs"),
    ],
)
def test_ids_have_their_numbers_and_others_are_logged(
    text: str, numbers: list[int], told: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "listed.txt"
    path.write_text(text, "utf-8")
    assert listed_songs("export.exclude", str(path), SONGS).tolist() == numbers
    assert [one.getMessage() for one in caplog.records] == [told] * bool(told)


def test_without_a_file_there_are_none() -> None:
    assert listed_songs("export.exclude", None, SONGS).tolist() == []


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"", "no id of a known song in {path}"),
        (b"a\nb\n", "no id of a known song in {path}"),
        (b"\xff", "'utf-8' codec can't decode byte 0xff"),
        (None, "[Errno 2] No such file or directory"),
    ],
)
def test_a_file_that_lists_nothing_is_refused(
    data: bytes | None, found: str, tmp_path: Path
) -> None:
    path = tmp_path / "listed.txt"
    if data is not None:
        path.write_bytes(data)
    expected = re.escape(f"export.exclude: found {found.format(path=path)}")
    with pytest.raises(InputError, match=f"^{expected}.*; expected a text file in UTF-8 with one"):
        listed_songs("export.exclude", str(path), SONGS)
