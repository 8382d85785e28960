"""A user's own SELECT: checked, and run where it can read the input and nothing else."""

import re
from pathlib import Path

import duckdb

from next_song import sql
from next_song.errors import InputError
from next_song.parameters import Reading
from next_song.pipelines.data_engineering.sources.files import InputFile, open_file
from next_song.pipelines.data_engineering.sources.packed import copy_for


def run_select(paths: list[str], reading: Reading) -> InputFile:
    """Returns what the SELECT in `query` gives for `$input`, the list of files, as Parquet.

    It runs on a connection of its own, which reads no other file, writes none but the result, and
    loads no extension. Raises InputError if it is no single SELECT or fails.
    """
    query = str(reading.query)
    files = [str(Path(path).absolute()) for path in paths]
    if reading.input_encoding:
        files = [open_file(path, reading.input_encoding).path for path in files]
    statement = _checked(query)
    result = copy_for("select.parquet")
    with duckdb.connect(config=_settings()) as connection:
        connection.execute("set TimeZone = 'UTC'")
        allowed = [*files, *map(sql.literal, files)]
        connection.execute(f"set allowed_paths = {_listed(allowed)}")
        connection.execute(f"set allowed_directories = {_listed([f'{result.parent}/'])}")
        connection.execute("set enable_external_access = false")
        connection.execute("set lock_configuration = true")
        try:
            given = {"input": [sql.literal(path) for path in files]}
            connection.sql(statement, params=given).write_parquet(str(result))
        except duckdb.Error as error:
            found = " ".join(str(error).split("\n\n")[0].split())
            raise InputError(
                f"query {query}: found {found[:400]}; expected a SELECT over $input, which "
                "reads no other file: correct it"
            ) from None
    return InputFile(query, str(result), "none", "parquet", "", whole=False)


def _checked(query: str) -> str:
    try:
        text = Path(query).read_text("utf-8")
        statements = duckdb.extract_statements(text)
    except (OSError, UnicodeDecodeError, duckdb.Error) as error:
        found = " ".join(str(error).split("\n\n")[0].split())
        raise InputError(
            f"query {query}: found {found[:300]}; expected a file with one SELECT over $input: "
            "correct it"
        ) from None
    kinds = [statement.type for statement in statements]
    names = set().union(*(statement.named_parameters for statement in statements))
    if kinds != [duckdb.StatementType.SELECT] or names != {"input"}:
        found = ", ".join(kind.name for kind in kinds) or "nothing"
        listed = ", ".join(f"${name}" for name in sorted(names)) or "no parameter"
        raise InputError(
            f"query {query}: found {found} with {listed}; expected one SELECT that reads $input, "
            "such as read_csv($input): correct it"
        )
    return re.sub(r";\s*(--[^\n]*\s*|/\*.*?\*/\s*)*$", "", text, flags=re.DOTALL)


def _settings() -> dict[str, str | bool | int | float | list[str]]:
    return {"autoinstall_known_extensions": False, "autoload_known_extensions": False}


def _listed(values: list[str]) -> str:
    return f"[{', '.join(map(sql.quoted, values))}]"
