"""Input from which nothing can be asked, and ids that no exported model could hold."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from next_song import sql
from next_song.errors import InputError
from next_song.parameters import Cleaning, Columns, Sessions
from next_song.pipelines.data_engineering import checks, nodes
from next_song.pipelines.data_engineering.checks import advice

Prepare = Callable[..., dict[str, Any]]
Written = Callable[[str, str], Path]
TRAIN = "".join(f"p{n},train,{song}\n" for n in range(9) for song in "abc")


def held_out(split: str, songs: str) -> str:
    return "".join(f"{split}{n},{split},{song}\n" for n, song in enumerate(songs))


@pytest.mark.parametrize("lacking", ["validation", "test"])
def test_a_split_without_a_history_is_refused(
    prepare: Prepare, written: Written, lacking: str
) -> None:
    other = {"validation": "test", "test": "validation"}[lacking]
    good = "".join(f"q{n},{other},{song}\n" for n in range(3) for song in "abc")
    text = f"playlist,split,song\n{TRAIN}{good}{held_out(lacking, 'ab')}"
    found = "no playlist with two songs"
    with pytest.raises(InputError, match=f"split.by=column: found {found} in '{lacking}'"):
        prepare(written("a.csv", text), split={"by": "column"}, cleaning={"min_songs": 1})


def test_a_play_of_validation_without_a_history_is_refused(
    prepare: Prepare, written: Written
) -> None:
    # two songs, but none before that of validation
    held = "".join(f"v{n},validation,a\nv{n},test,b\n" for n in range(3))
    text = f"playlist,split,song\n{TRAIN}{held}"
    found = "no playlist with two songs in 'validation'"
    with pytest.raises(InputError, match=f"split.by=column: found {found}"):
        prepare(written("a.csv", text), split={"by": "column"}, cleaning={"min_songs": 2})


def test_playlists_of_one_song_have_nothing_to_ask(prepare: Prepare, written: Written) -> None:
    text = "playlist,song\n" + "".join(f"p{n},{'abc'[n % 3]}\n" for n in range(200))
    found = "split.by=hash: found no playlist with two songs in 'validation'; expected some, since"
    with pytest.raises(InputError, match=found):
        prepare(written("a.csv", text), cleaning={"min_songs": 1})


@pytest.mark.parametrize("songs", [1, 2, 9])
def test_a_playlist_to_continue_is_never_too_short_or_too_long(
    defaults: dict[str, Any], written: Written, songs: int
) -> None:
    path = written("a.csv", "playlist,song\n" + "".join(f"p,s{n}\n" for n in range(songs)))
    made = nodes.prepare_histories(
        [str(path)],
        "plays",
        Columns.model_validate(defaults["columns"]),
        Sessions.model_validate(defaults["sessions"]),
        Cleaning.model_validate(defaults["cleaning"] | {"min_songs": 5, "max_songs": 6}),
    )
    assert len(made) == songs


def test_a_playlist_to_continue_is_cleaned_as_those_of_training_are(
    defaults: dict[str, Any], written: Written
) -> None:
    path = written("a.csv", "playlist,song\n" + "".join(f"p,{song}\n" for song in "aabbba"))
    for keeps, expected in ((False, "aba"), (True, "aabbba")):
        made = nodes.prepare_histories(
            [str(path)],
            "plays",
            Columns.model_validate(defaults["columns"]),
            Sessions.model_validate(defaults["sessions"]),
            Cleaning.model_validate(defaults["cleaning"] | {"keep_repeats_in_a_row": keeps}),
        )
        assert [song for (song,) in made.select("song_id").fetchall()] == list(expected)


def test_a_line_break_in_a_title_is_a_space_in_its_id(prepare: Prepare, written: Written) -> None:
    text = 'playlist,artist,track\np,a,b\np,"c\nd",e\np,f,"g\nh"\np,i,j\n'
    result = prepare(written("a.csv", text), split={"by": "leave_last"}, cleaning={"min_songs": 1})
    assert "line break in song" not in result["report"]["rows"]["dropped"]
    ids = {play["song_id"] for play in result["plays"]}
    assert ids == {"a\tb", "c d\te", "f\tg h", "i\tj"}


def test_what_is_advised_names_parameters_that_there_are(defaults: dict[str, Any]) -> None:
    cleaning = Cleaning.model_validate(defaults["cleaning"])
    rules = [
        *("rejected", "no playlist", "no song", "line break in song", "no position or time"),
        *("unreadable time", "skip", "rare song", "repeat in a row", "short playlist"),
        *("long playlist", "unknown split"),
    ]
    columns = dict.fromkeys(("playlist", "song", "position", "time", "duration", "split"), "x")
    told = [advice(rule, columns, cleaning) for rule in rules]
    assert len({*told, advice("other", columns, cleaning)}) == len(rules) + 1
    named = {name for line in told for name in re.findall(r"\b([a-z]+\.[a-z_]+)\b", line)}
    assert {
        name for name in named if name.split(".")[1] not in defaults[name.split(".")[0]]
    } == set()
    assert {"sessions.min_seconds", "cleaning.min_plays", "cleaning.max_songs"} <= named


def test_a_play_to_predict_may_have_its_history_in_training(
    prepare: Prepare, written: Written
) -> None:
    rows = ["a,train", "b,train", "c,validation", "d,test"]
    text = "playlist,song,split\n" + "".join(f"p{n},{row}\n" for n in range(3) for row in rows)
    made = prepare(written("a.csv", text), split={"by": "column"})
    assert {row["split"] for row in made["playlists"]} == {"train", "validation", "test"}


@pytest.mark.parametrize("odd", ["a\nb", "a\r\nb", "a\rb"])
def test_an_id_of_several_lines_is_left_out_and_never_joined_with_another(
    prepare: Prepare, written: Written, odd: str
) -> None:
    rows = "".join(f'p{n},"{song}"\n' for n in range(40) for song in (odd, "a b", "c", "d"))
    made = prepare(written("a.csv", f"playlist,song\n{rows}"))
    assert made["report"]["rows"]["dropped"] == {"line break in song": 40}
    assert {row["song_id"] for row in made["songs"]} == {"a b", "c", "d"}


def test_a_tab_is_part_of_an_id_as_in_the_ids_that_names_get(
    prepare: Prepare, written: Written
) -> None:
    ids = ("a\tb", "a b", "\tb", "b")
    rows = "".join(f'p{n},"{song}"\n' for n in range(40) for song in ids)
    made = prepare(written("a.csv", f"playlist,song\n{rows}"))
    assert {row["song_id"] for row in made["songs"]} == set(ids)


def test_breaks_around_an_id_are_no_part_of_it(prepare: Prepare, written: Written) -> None:
    rows = "".join(f'p{n},"{song}"\n' for n in range(40) for song in ("a\n", "\nb", " c\r", "d"))
    made = prepare(written("a.csv", f"playlist,song\n{rows}"))
    assert {row["song_id"] for row in made["songs"]} == {"a", "b", "c", "d"}


@pytest.mark.parametrize(
    ("history", "target", "asked"),
    [
        ("train", "validation", (1, 0)),
        ("train", "test", (0, 1)),
        ("validation", "test", (0, 1)),
        ("validation", "validation", (1, 0)),
        ("test", "test", (0, 1)),
    ],
)
def test_plays_of_earlier_splits_are_a_history(
    history: str, target: str, asked: tuple[int, int]
) -> None:
    connection = sql.connection()
    divided = connection.sql(
        "select unnest([0, 1]) as row, unnest([$history, $target]) as split, null as dropped",
        params={"history": history, "target": target},
    )
    cleaned = connection.sql("select unnest([0, 1]) as row, 0 as list")
    found = sql.query(checks.__package__, "with_history", divided=divided, cleaned=cleaned)
    assert found.fetchall() == [asked]


def test_the_rule_that_left_out_the_most_is_named(prepare: Prepare, written: Written) -> None:
    rows = ["p,,1"] + [f"p,{song}," for song in "abc"]
    text = "\n".join(["playlist,song,time", *rows])
    with pytest.raises(InputError, match=r"'no song': 1.*expected a number or a time in each row"):
        prepare(written("a.csv", text), split={"by": "leave_last"})


def test_the_column_to_check_is_that_of_the_order(defaults: dict[str, Any]) -> None:
    cleaning = Cleaning.model_validate(defaults["cleaning"])
    for columns, named in (
        ({"time": "at"}, "columns.time=at"),
        ({"time": "at", "position": "place"}, "columns.position=place"),
    ):
        assert advice("no position or time", columns, cleaning).endswith(f"check {named}")
