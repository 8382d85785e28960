"""DuckDB's settings."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from next_song import sql

ASK = """
from next_song import sql
print(sql.connection().sql("select current_setting('memory_limit')").fetchall()[0][0])
print(sql.connection().sql("select current_setting('temp_directory')").fetchall()[0][0])
"""


def test_settings_reach_the_processes_that_a_run_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(sql.SETTINGS, "{}")  # so that it is put back
    sql.configure({"memory_limit": "1GiB", "temp_directory": str(tmp_path)})
    told = subprocess.run([sys.executable, "-c", ASK], capture_output=True, text=True, check=True)
    assert told.stdout.splitlines() == ["1.0 GiB", str(tmp_path)]


def test_there_are_two_threads_at_least_so_that_files_have_the_same_bytes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(sql.SETTINGS, "{}")
    sql.configure({"threads": 1})
    ask = ASK.splitlines()[1] + "\n" + ASK.splitlines()[2].replace("memory_limit", "threads")
    told = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "2"


def test_tables_do_not_stand_in_front_of_the_views_that_statements_are_given() -> None:
    sql.materialized(sql.connection().sql("select 'table' as made"), "numbers")
    sql.connection().sql("select 'view' as made").create_view("numbers", replace=True)
    assert sql.connection().sql("from numbers").fetchall() == [("view",)]
    assert sql.kept("numbers").fetchall() == [("table",)]


def test_each_person_has_a_folder_for_what_spills(monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    for user in (11, 12):
        monkeypatch.setattr("os.getuid", lambda user=user: user)
        made = sql._connect.__wrapped__(os.getpid())
        ((folder,),) = made.execute("select current_setting('temp_directory')").fetchall()
        made.close()
        found.append(folder)
    assert len({*found}) == 2


def test_nothing_is_downloaded_for_a_query() -> None:
    for setting in ("autoinstall_known_extensions", "autoload_known_extensions"):
        ask = f"select current_setting('{setting}')"
        assert sql.connection().sql(ask).fetchall() == [(False,)]
