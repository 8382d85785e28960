"""Which files of a plan are read line by line."""

from pathlib import Path

from next_song.pipelines.data_engineering.sources.delimited import Dialect
from next_song.pipelines.data_engineering.sources.files import open_file
from next_song.pipelines.data_engineering.sources.plan import Plan, by_line
from next_song.pipelines.data_engineering.sources.table import table

FILES = {"a.csv": "playlist,song\n1,2\n", "b.csv": "playlist,song\n3,4\n", "c.json": '[{"a": 1}]'}


def test_only_the_delimited_files_that_are_named_are_divided_or_trusted(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in FILES]
    for path in paths:
        path.write_text(FILES[path.name])
    plan = Plan("plays", [table(open_file(str(path), None), header=True) for path in paths], [])
    named = {str(tmp_path / "a.csv"), str(tmp_path / "c.json")}
    for trusted in (False, True):
        made = by_line(plan, named, trusted=trusted)
        first = made.tables[0].how
        assert isinstance(first, Dialect)
        assert (first.by_line, first.trusted) == (not trusted, trusted)
        assert made.tables[1:] == plan.tables[1:]
