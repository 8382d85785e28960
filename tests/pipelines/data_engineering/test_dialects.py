"""Random tables in random dialects are read back row by row: `make nightly` tries 2,000."""

import csv
import gzip
import io
import json
import os
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from next_song.parameters import Columns, Reading, Sessions
from next_song.pipelines.data_engineering.sources import rejected_rows, stage

EXAMPLES = int(os.environ.get("EXAMPLES", "20"))
NAMES = ["playlist", "song", "artist", "note"]
OFF = Sessions(by="gap", gap_minutes=None, time_zone="UTC", min_seconds=0)
PLAIN = "abZ09 .-'éßöñ"
SPECIAL = PLAIN + ',;|:"#{}[]\\/_%'
words = st.text(SPECIAL, min_size=1, max_size=8).map(str.strip).filter(bool)
folded = st.text(SPECIAL + "\n", min_size=1, max_size=8).map(str.strip).filter(bool)
unquoted = st.text(PLAIN + '"', min_size=1, max_size=6).map(str.strip)
unquoted = unquoted.filter(lambda text: text.strip('"') != "")
ids = st.one_of(
    words, st.sampled_from(["0012", "1e5", "2024-01-01", "NULL", "nan", "true", "1.50"])
)


def rows(text: st.SearchStrategy[str], least: int = 1) -> st.SearchStrategy[list[list[str]]]:
    row = st.tuples(
        st.sampled_from(["p1", "2024-01-01", "03"]), ids, text, st.one_of(st.just(""), text)
    )
    return st.lists(row.map(list), min_size=least, max_size=30)


def read(data: bytes, name: str, **reading: Any) -> tuple[list[tuple[Any, ...]], int]:
    """The rows, and the number of rejected lines."""
    columns = Columns(playlist="playlist", song="song", artist="artist", track="note")
    if reading.get("header") is False:
        columns = Columns(playlist=1, song=2, artist=3, track=4)
    with TemporaryDirectory() as folder:
        path = Path(folder, name)
        path.write_bytes(data)
        staged = stage("plays", [str(path)], columns, OFF, Reading(**reading))
        chosen = staged.plays.filter("problem is null").order("row")
        found = chosen.select("playlist, song_id, artist, track").fetchall()
        return [_tidy(row) for row in found], len(rejected_rows(staged))


def expected(table: list[list[str]]) -> list[tuple[str | None, ...]]:
    return [_tidy(row) for row in table]


def _tidy(row: Iterable[str | None]) -> tuple[str | None, ...]:
    """The values in one line each, as staging makes ids of them."""
    blanks = str.maketrans("\t\n\r", "   ")
    texts = (unicodedata.normalize("NFC", (value or "").translate(blanks)) for value in row)
    return tuple(text.strip(" ") or None for text in texts)


def delimited(table: list[list[str]], **dialect: Any) -> str:
    file = io.StringIO()
    csv.writer(file, **dialect).writerows(table)
    return file.getvalue()


trials = settings(
    max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


@trials
@given(
    table=rows(folded, least=5),
    delimiter=st.sampled_from([",", "\t", ";", "|"]),
    quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL, csv.QUOTE_NONNUMERIC]),
    end=st.sampled_from(["\n", "\r\n"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "latin-1", "utf-16"]),
    packed=st.booleans(),
    header=st.booleans(),
)
@example(  # a title that is as wide as the end of a line and the beginning of the next
    table=[*[[*"p00x"]] * 4, ["p", "0", ",\n,,", "x"]],
    delimiter=",",
    quoting=csv.QUOTE_ALL,
    end="\n",
    encoding="utf-8",
    packed=False,
    header=False,
)
def test_quoted_text(
    table: list[list[str]],
    delimiter: str,
    quoting: Any,
    end: str,
    encoding: str,
    packed: bool,
    header: bool,
) -> None:
    whole = [NAMES, *table] if header else table
    text = delimited(whole, delimiter=delimiter, quoting=quoting, lineterminator=end)
    data = text.encode(encoding)
    reading = {"input_encoding": encoding} if encoding in ("latin-1", "utf-16") else {}
    data = gzip.compress(data) if packed else data
    assert read(data, "table", header=header, **reading) == (expected(table), 0)


@trials
@given(
    table=rows(unquoted, least=5),
    delimiter=st.sampled_from([",", "\t", ";", "|", "::"]),
    ends=st.lists(st.sampled_from(["\n", "\r\n"]), min_size=1, max_size=3),
)
@example(  # a quote swallows lines, and of what follows only the end is rejected
    table=[
        [*"p00x"],
        [*"p00x"],
        ["p", "0", '"0', "x"],
        ["p", "0", '"0', '"0'],
        ["p", "0", '"0', "x"],
    ],
    delimiter=",",
    ends=["\n"],
)
def test_text_without_quoting(table: list[list[str]], delimiter: str, ends: list[str]) -> None:
    # an empty last field is left to the quoted text: DuckDB drops one that is too many; and nothing
    # tells a field of quotes and blanks from an empty one of a quoted file
    table = [
        [value.replace(delimiter[0], ".") if value.strip('" ') else "x" for value in row]
        for row in table
    ]
    lines = [delimiter.join(row) for row in [NAMES, *table]]
    text = "".join(line + ends[n % len(ends)] for n, line in enumerate(lines))
    found, rejected = read(text.encode(), "table.dat")
    assert rejected == 0
    # quotes around a whole field may be dropped: nothing tells them from those of a quoted file
    unquoted = [tuple(value and value.strip('" ') for value in row) for row in found]
    assert unquoted == [
        tuple(value and value.strip('" ') for value in row) for row in expected(table)
    ]


@trials
@given(
    table=rows(folded, least=2),
    form=st.sampled_from(["array", "lines", "columns", "lists", "split", "under"]),
    indent=st.sampled_from([None, 1]),
    ascii_only=st.booleans(),
    missing=st.booleans(),
)
def test_json(
    table: list[list[str]], form: str, indent: int | None, ascii_only: bool, missing: bool
) -> None:
    objects = [dict(zip(NAMES, row, strict=True)) for row in table]
    if missing and form in ("array", "lines", "under"):
        objects = [{key: value for key, value in each.items() if value} for each in objects]
        objects[-1]["late"] = "x"
    columns = {name: [row[n] for row in table] for n, name in enumerate(NAMES)}
    made: dict[str, Any] = {
        "array": objects,
        "columns": {name: dict(enumerate(values)) for name, values in columns.items()},
        "lists": columns,
        "split": {"columns": NAMES, "index": list(range(len(table))), "data": table},
        "under": {"count": len(table), "plays": objects},
    }
    if form == "lines":
        text = "\n".join(json.dumps(each, ensure_ascii=ascii_only) for each in objects)
    else:
        text = json.dumps(made[form], indent=indent, ensure_ascii=ascii_only)
    if any(row[3] for row in table):
        assert read(text.encode(), "table") == (expected(table), 0)
