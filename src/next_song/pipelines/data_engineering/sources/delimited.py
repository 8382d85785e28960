"""Delimited text: its delimiter and names from the head, and two ways to read it.

DuckDB reads it with quotes, strictly. Where a quote does not belong to such a file, it is split
line by line instead, so that a quote can spoil no other line than its own.
"""

import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

from duckdb import ColumnExpression, DuckDBPyRelation, SQLExpression

from next_song import sql
from next_song.errors import InputError
from next_song.pipelines.data_engineering.sources.files import InputFile
from next_song.pipelines.data_engineering.sources.lines import lines_of_text
from next_song.pipelines.data_engineering.sources.queries import query

DELIMITERS = (",", "\t", ";", "|", "::")
RARE = ("^", "~", "\x01", " ")  # tried where none of the others is in every line
LOOKED_AT = 1000  # lines
JOINED = 5  # of which are one record at most, to find out how wide records are
SEPARATOR = re.compile(r"sep=.(\r\n|\n|\r)")  # what Excel writes above the header
VALUE = re.compile(r"[\d.:TZ -]+")
TIMES = (re.compile(r"(19|20)\d\d-\d\d-\d\d.*"), re.compile(r"[89]\d{8}|1\d{9}|1\d{12}"))


@dataclass(frozen=True)
class Dialect:
    """How delimited text is written. names: of the columns; numbers from 1 without a header.

    first: the line of the header. by_line: whether quotes cannot be trusted; trusted: whether they
    can, whatever they hold. skip: the blank lines at the start.
    """

    delimiter: str
    names: tuple[str, ...]
    header: bool
    first: str = ""
    by_line: bool = False
    trusted: bool = False
    skip: int = 0

    @property
    def field(self) -> str:
        """The pattern of one field: quoted, or without a quote at its start."""
        other = f"[^{_escaped(self.delimiter[0])}]"
        return rf'"(?:[^"]|"")*"|{other}*'

    @property
    def line(self) -> str:
        """The pattern of a line whose quotes are all in their places."""
        first = _escaped(self.delimiter[0])
        field = rf'(?:"(?:[^"]|"")*"|[^"{first}][^{first}]*|)'
        return rf"{field}(?:{re.escape(self.delimiter)}{field})*"


def detect(head: str, header: bool) -> Dialect:
    """Returns the dialect in which most of the lines have as many fields as the first."""
    if told := SEPARATOR.match(head):
        dialect = detect(head[told.end() :], header)
        return replace(dialect, skip=dialect.skip + 1)
    lines = _lines(head, LOOKED_AT)
    if lines and re.fullmatch("sep=.", lines[0], flags=re.IGNORECASE):  # a note for Excel
        del lines[0]
    if not lines:
        return Dialect(",", (), header)
    best = max(DELIMITERS, key=lambda delimiter: _fit(_records(lines, delimiter), delimiter))
    if not any(_fit(_records(lines, best), best)):
        best = next((each for each in RARE if _fit(lines, each)[0] == 1), ",")
    lines = _records(lines, best)
    first = _split(lines[0], best)
    names = _unique(first) if header else [str(place + 1) for place in range(len(first))]
    before = head[: head.index(lines[0].split("\n")[0])]
    skip = len(re.findall("\r\n|\r|\n", before))
    return Dialect(best, tuple(names), header, lines[0] if header else "", skip=skip)


def scan(paths: list[str], compression: str, dialect: Dialect) -> DuckDBPyRelation:
    """Returns the columns c0, c1, ... of the rows as text, with `file`, `problem` and `line`."""
    columns = [f"c{place}" for place in range(len(dialect.names))]
    if dialect.by_line:
        how: dict[str, Any] = {
            "delimiter": dialect.delimiter,
            "field": dialect.field,
            "pattern": dialect.line,
        }
        how |= {"width": len(columns), "first": dialect.first}
        table = query("divided_lines", how, lines_of_text=lines_of_text(paths, compression))
        fields = [SQLExpression(f"fields[{n + 1}]").alias(name) for n, name in enumerate(columns)]
        rest = [ColumnExpression(name) for name in ("file", "problem", "line")]
        return table.select(*fields, *rest)
    given: dict[str, Any] = {
        "input": [sql.literal(path) for path in paths],
        "compression": compression,
        "columns": dict.fromkeys(columns, "varchar"),
        "delimiter": dialect.delimiter,
        "header": dialect.header,
        "skip": dialect.skip,
    }
    table = query("read_delimited", given)
    rejected = "null::varchar" if dialect.trusted else _rejected(columns, dialect.delimiter)
    problem = SQLExpression(rejected).alias("problem")
    fields = [ColumnExpression(name) for name in [*columns, "file"]]
    return table.select(*fields, problem, SQLExpression("null::varchar").alias("line"))


def _rejected(columns: list[str], delimiter: str) -> str:
    """Returns the expression that tells fields that hold whole lines, and with them their rows."""
    if len(columns) < 2:
        return "null::varchar"
    mark = "e'\\t'" if delimiter == "\t" else f"'{delimiter}'"
    folded = " or ".join(f"contains({column}, chr(10))" for column in columns)
    holds = " or ".join(
        f"(contains({column}, chr(10)) and len(string_split({column}, {mark})) > "
        f"{len(columns) - 1} * (len(string_split({column}, chr(10))) - 1))"
        for column in columns
    )
    return f"case when {folded} then if({holds}, 'rejected fields', null) end"


def some(head: str, dialect: Dialect, name: str) -> list[str]:
    """Return the first values of a column, without the last one, which may be cut off."""
    records = _records(_lines(head, LOOKED_AT), dialect.delimiter)[int(dialect.header) :]
    fields = [_split(record, dialect.delimiter) for record in records[:-1] or records]
    place = dialect.names.index(name)
    return [row[place] for row in fields if row[place:]]


def guess_columns(file: InputFile) -> dict[str, int]:
    """Guesses the uses of the columns, by number, of a file whose first line is no header.

    The first column is the playlist and the next the song; one that looks like a time is the time.
    """
    dialect = detect(file.head, header=False) if file.layout == "csv" else None
    lines = _lines(file.head, 2)
    if (
        not dialect
        or len(lines) < 2
        or not any(map(VALUE.fullmatch, _split(lines[0], dialect.delimiter)))
    ):
        return {}
    fields = [_split(line, dialect.delimiter) for line in lines]
    places = range(min(map(len, fields)))
    times = [n for kind in TIMES for n in places if all(kind.fullmatch(line[n]) for line in fields)]
    others = [n for n in places if n not in times[:1]]
    chosen = dict(zip(("playlist", "song"), others, strict=False))
    if times:
        chosen["time"] = times[0]
    return {use: n + 1 for use, n in chosen.items()} if len(others) > 1 else {}


def check_width(name: str, dialect: Dialect, head: str) -> None:
    """Raises InputError if the header has a name less than all other lines have fields."""
    lines = _lines(head, LOOKED_AT)[1:]
    if not dialect.header or len(lines) < 2:
        return
    width, *others = {len(_split(line, dialect.delimiter)) for line in lines}
    if not others and width != len(dialect.names):
        raise InputError(
            f"input {name}: found {len(dialect.names)} names in the header and {width} fields in "
            f"line 2 and all that follow; expected as many names as fields: name every column "
            "(in R, write.table with col.names = NA or row.names = FALSE)"
        )


def _lines(head: str, most: int) -> list[str]:
    """Returns the first lines that are not blank; `splitlines` would split at other characters."""
    found = re.findall(r"[^\r\n]+", head[: most * 10_000])
    return [line for line in found if line.strip()][:most]


def _fit(lines: list[str], delimiter: str) -> tuple[float, int]:
    widths = [len(_split(line, delimiter)) for line in lines]
    if widths[0] < 2:
        return 0.0, 0
    most = Counter(widths).most_common(1)[0]
    same = widths.count(widths[0])
    return max(same, 0.9 * most[1] if most[0] > 1 else 0) / len(widths), widths[0]


def _records(lines: list[str], delimiter: str) -> list[str]:
    """Returns the lines, of which those are joined that only together have their quotes right."""
    right = re.compile(Dialect(delimiter, (), header=True).line)
    records, place = [], 0
    while place < len(lines):
        ends = range(place + 1, min(place + JOINED, len(lines)) + 1)
        joined = ("\n".join(lines[place:end]) for end in ends if '"' in lines[place])
        record = next((each for each in joined if right.fullmatch(each)), lines[place])
        records.append(record)
        place += record.count("\n") + 1
    return records


def _split(line: str, delimiter: str) -> list[str]:
    """Returns the fields of a line: those of quoted text where its quotes are in their places."""
    dialect = Dialect(delimiter, (), header=True)
    line = re.sub(f'{re.escape(delimiter)} +"', f'{delimiter}"', line)
    if '"' not in line or len(delimiter) > 1 or not re.fullmatch(dialect.line, line):
        return line.split(delimiter)
    fields = re.findall(f"{re.escape(delimiter)}({dialect.field})", delimiter + line)
    return [field[1:-1].replace('""', '"') if field.startswith('"') else field for field in fields]


def _unique(names: list[str]) -> list[str]:
    """Returns the names of a header, without the types that RecBole writes, each one once."""
    tidy = [re.sub(r":(token|float)(_seq)?$", "", name.strip().strip('"')) for name in names]
    found: list[str] = []
    for place, name in enumerate(tidy):
        given = name or f"column{place + 1}"
        found.append(f"{given}_{place + 1}" if given in found else given)
    return found


def _escaped(delimiter: str) -> str:
    return r"\t" if delimiter == "\t" else re.escape(delimiter)
