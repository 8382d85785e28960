"""What is told of input that DuckDB cannot read."""

from next_song.pipelines.data_engineering.sources import _unreadable


def test_the_first_paragraph_of_an_error_is_told_in_one_line() -> None:
    told = _unreadable("plays", [*"abcd"], "no\n  table\n\nLINE 1: select").message
    assert told.startswith("input a, b, c: found no table; source 'plays' expects a CSV, Parquet")
    assert "LINE 1" not in told
    assert len(_unreadable("plays", ["a"], "x" * 999).message) < 999
