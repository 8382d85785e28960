"""Finding songs by what people type, on six songs."""

import pytest
from duckdb import DuckDBPyRelation

from next_song import sql
from next_song.serving import song_search
from next_song.serving.song_search import Song

# the first is the most played one
ROWS = [
    ("a1", "Abba", "One"),
    ("a2", "ABBA", "one"),
    ("Abba - One", None, "Named like a song"),
    ("h", None, "<b>ولا شيء</b> \U0001f3b5"),
    ("nameless", None, None),
    ("Björk", None, None),
]


@pytest.fixture
def songs() -> DuckDBPyRelation:
    rows = ", ".join("(?, ?, ?, ?)" for _ in ROWS)
    values = [value for place, row in enumerate(ROWS) for value in (place, *row)]
    return sql.connection().sql(
        f"select * from (values {rows}) as songs (song, song_id, artist, track)",  # noqa: S608
        params=values,
    )


def test_each_text_finds_its_song(songs: DuckDBPyRelation) -> None:
    texts = [
        "abba - ONE",
        "a2",
        "<B>ولا شيء</B> \U0001f3b5",
        "NAMELESS",
        "nameless",
        "Abba",
        "Bjo\u0308rk",
    ]
    assert song_search.find(songs, texts) == {
        "abba - ONE": Song("a1", "Abba - One"),  # the most played of two
        "a2": Song("a2", "ABBA - one"),
        "<B>ولا شيء</B> \U0001f3b5": Song("h", "<b>ولا شيء</b> \U0001f3b5"),
        "NAMELESS": Song("nameless", "nameless"),
        "nameless": Song("nameless", "nameless"),
        "Bjo\u0308rk": Song("Björk", "Björk"),  # composed and decomposed are one name
    }


def test_an_id_is_preferred_to_a_name(songs: DuckDBPyRelation) -> None:
    found = song_search.find(songs, ["Abba - One", "Abba - One"])
    assert found == {"Abba - One": Song("Abba - One", "Named like a song")}


def test_nothing_is_found_for_nothing(songs: DuckDBPyRelation) -> None:
    assert song_search.find(songs, []) == {}
    assert song_search.find(songs, [""]) == {}


def test_ten_thousand_texts_are_one_query(songs: DuckDBPyRelation) -> None:
    texts = [f"unknown {number}" for number in range(9_999)]
    assert song_search.find(songs, [*texts, "a1"]) == {"a1": Song("a1", "Abba - One")}
