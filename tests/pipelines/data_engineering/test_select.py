"""A user's own SELECT reads the input and nothing else."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from next_song.errors import InputError

Prepare = Callable[..., dict[str, Any]]
Written = Callable[[str, str], Path]
LAST = {"by": "leave_last"}
BASKETS = "basket;sku;day\n" + "".join(f"b{n // 4};s{n};2024-01-0{4 - n % 4}\n" for n in range(12))


@pytest.mark.parametrize("name", ["shop.csv", "a[1].csv", "it's ?.csv"])
def test_a_select_gives_plays(prepare: Prepare, written: Written, name: str) -> None:
    written("a1.csv", "basket;sku;at\nx;y;z\n")
    query = written(
        "shop.sql",
        "-- one row per item\nselect basket as playlist, sku as song, day as time\n"
        "from read_csv($input, delim = ';', all_varchar = true); -- all of them\n",
    )
    result = prepare(written(name, BASKETS), source="select", query=str(query), split=LAST)
    kept = sorted(result["plays"], key=lambda play: (play["playlist"], play["place"]))
    assert [play["song_id"] for play in kept] == [f"s{n - n % 4 + 3 - n % 4}" for n in range(12)]
    assert result["report"]["input"]["source"] == "select"
    assert result["report"]["input"]["columns"]["time"] == "time"


def test_a_select_reads_another_encoding(prepare: Prepare, tmp_path: Path) -> None:
    path, query = tmp_path / "shop.csv", tmp_path / "shop.sql"
    path.write_text(BASKETS.replace(";s", ";ß").replace(";ßku", ";sku"), "latin-1")
    query.write_text("select basket as playlist, sku as song from read_csv($input)")
    result = prepare(path, source="select", query=str(query), input_encoding="latin-1", split=LAST)
    assert {song["song_id"] for song in result["songs"]} <= {f"ß{n}" for n in range(12)}
    assert len(result["plays"]) == 12


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("copy (select 1) to 'x.csv'", "expected one SELECT"),
        ("select 1 from read_csv($input); select 2", "found SELECT, SELECT with"),
        ("install httpfs", "found LOAD with no parameter; expected one SELECT"),
        ("select 1 as song", "with no parameter; expected one SELECT"),
        ("select song from read_csv($inputs)", r"with \$inputs; expected"),
        ("create table t as from read_csv($input)", "found CREATE with"),
        ("select nonsense from", "expected a file with one SELECT"),
        ("select * from read_csv($input), read_text('SECRET')", "Permission Error"),
        ("select * from read_csv($input), 'SECRET'", "Permission Error"),
        ("select * from read_csv($input), glob('SECRET*')", "Permission Error"),
        ("select * from read_csv($input), 'https://example.org/a.csv'", "disabled|Error"),
        (
            "select sku as song from read_csv($input)",
            "for 'playlist' one of playlist: name the right column with columns.playlist=NAME$",
        ),
    ],
)
def test_a_query_that_does_more_is_refused(
    prepare: Prepare, written: Written, query: str, expected: str
) -> None:
    secret = written("secret.csv", "playlist,song\np,a\n")
    path = written("query.sql", query.replace("SECRET", str(secret)))
    with pytest.raises(InputError, match=expected) as error:
        prepare(written("shop.csv", BASKETS), source="select", query=str(path), split=LAST)
    assert "\n" not in str(error.value)


def test_a_select_needs_its_query(prepare: Prepare, written: Written) -> None:
    path = written("shop.csv", BASKETS)
    with pytest.raises(InputError, match=r"expected source=select with query=PATH.sql"):
        prepare(path, source="select")
    with pytest.raises(InputError, match=r"No such file.*expected a file with one SELECT"):
        prepare(path, source="auto", query="none.sql")


def test_times_are_in_utc_wherever_the_machine_is(
    prepare: Prepare, written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = written(
        "q.sql",
        "select playlist, song, '2024-01-01 12:00:00'::timestamptz::varchar as artist "
        "from read_csv($input)",
    )
    path = written("a.csv", "playlist,song\n" + "".join(f"p,{song}\n" for song in "abcd"))
    for zone in ("Asia/Tokyo", "America/New_York"):
        with monkeypatch.context() as patch:
            patch.setenv("TZ", zone)
            time.tzset()
            plays = prepare(path, source="select", query=str(query), split=LAST)["plays"]
        time.tzset()
        assert {play["artist"] for play in plays} == {"2024-01-01 12:00:00+00"}
