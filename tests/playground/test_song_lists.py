"""A playlist as text: copied, downloaded, kept by the browser, and read back as it was."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from playground_support import Circle

from next_song import sql
from next_song.playground.backend import Backend
from next_song.playground.playlist import UNDOS, Playlist
from next_song.playground.song_lists import MOST_TEXT, can_be_kept, lines_of
from next_song.playground.visitor import Visitor
from next_song.serving.song_search import Song

# one name for two songs, a name that is another song's id, one of two lines, spaces around, no
# artist, and an id with a tab in front, as the Spotify source makes them
ODD = [
    ("a", "Same", "Name"),
    ("b", "same", "name"),
    ("c", None, "a"),
    ("d", None, "two\nlines"),
    ("e", None, " spaces around "),
    ("\tTrack", None, "Track"),
    ("f\tTrack", None, "Track"),
    ("g", None, None),
    ("h", None, "line\u2028separator"),
]


@pytest.fixture
def odd() -> Any:
    rows = [(number, *song) for number, song in enumerate(ODD)]
    marks = ", ".join("(?, ?, ?, ?)" for _ in rows)
    songs = sql.connection().sql(
        f"select * from (values {marks}) as songs (song, song_id, artist, track)",  # noqa: S608
        params=[value for row in rows for value in row],
    )
    backend = Backend(songs, Circle())
    backend._predict = lambda *_: Circle()([])
    yield backend
    backend.close()


def visitor_of(backend: Backend, *steps: Callable[[Visitor], Any]) -> Visitor:
    visitor = Visitor(backend, lambda _: None)

    async def all_steps() -> None:
        for step in steps:
            await step(visitor)

    asyncio.run(all_steps())
    return visitor


def test_a_list_is_read_back_as_it_was_whatever_its_songs_are_called(odd: Backend) -> None:
    ids = [song for song, _, _ in ODD] * 2
    first = visitor_of(odd, lambda visitor: visitor.enter("\n".join(ids)))
    assert first.playlist.song_ids == ids
    assert first.text.splitlines()[:2] == ["Same - Name", "b"]  # the name finds the first one
    again = visitor_of(odd, lambda visitor: visitor.enter(first.text))
    assert again.playlist.song_ids == ids
    restored = visitor_of(odd, lambda visitor: visitor.restore(first.text))
    assert restored.playlist.song_ids == ids


@pytest.mark.parametrize(
    "kept", [None, 5, True, ["id 1"], {"text": "id 1"}, "", "\n", "id 1" * MOST_TEXT]
)
def test_what_no_page_kept_is_left_alone(kept: Any, backend: Backend, model: Circle) -> None:
    visitor = visitor_of(backend, lambda visitor: visitor.restore(kept))
    assert visitor.playlist.entries == []
    assert visitor.field.found.message == ""
    assert model.histories == [[]]


def test_songs_of_another_model_are_told_and_left_out(backend: Backend) -> None:
    visitor = visitor_of(backend, lambda visitor: visitor.restore("id 5\nid 99\nid 6"))
    assert visitor.playlist.song_ids == ["id 5", "id 6"]
    assert visitor.field.found.message == "1 of 3 songs are unknown to the model: not added."
    assert not visitor.playlist.can_undo


def test_one_kept_song_that_is_unknown_brings_no_other(backend: Backend) -> None:
    visitor = visitor_of(backend, lambda visitor: visitor.restore("Song 1"))  # a search finds some
    assert visitor.playlist.entries == []
    assert visitor.next.songs


def test_what_was_added_before_the_kept_list_arrives_stays_behind_it(backend: Backend) -> None:
    visitor = visitor_of(
        backend, lambda visitor: visitor.enter("id 7"), lambda visitor: visitor.restore("id 5")
    )
    assert visitor.playlist.song_ids == ["id 5", "id 7"]


def test_a_list_too_long_to_be_kept() -> None:
    assert can_be_kept("x" * (MOST_TEXT - 2))  # and two quotes
    assert not can_be_kept("x" * MOST_TEXT)
    assert not can_be_kept('"' * (MOST_TEXT // 2))
    assert not can_be_kept("\N{GUITAR}" * (MOST_TEXT // 2))


@given(st.text(), st.text())
def test_lines_hold_all_but_line_ends(first: str, second: str) -> None:
    lines = lines_of(f"{first}\r\n{second}")
    assert "\n".join(lines).split() == f"{first}\n{second}".split()
    assert all(line.strip() and not {"\r", "\n"} & set(line) for line in lines)


CHANGES: list[Callable[[Playlist], None]] = [
    lambda playlist: playlist.add([Song("a", "a"), Song("b", "b")]),
    lambda playlist: playlist.replace([]),
    lambda playlist: playlist.replace([Song("c", "c")]),
    lambda playlist: playlist.remove(playlist.entries[0].key if playlist.entries else 0),
    lambda playlist: playlist.move(playlist.entries[0].key if playlist.entries else 0, 1),
]


@given(st.lists(st.sampled_from(CHANGES), max_size=UNDOS))
def test_undo_takes_back_each_change_and_nothing_else(
    changes: list[Callable[[Playlist], None]],
) -> None:
    playlist = Playlist([Song("start", "start")])
    states = [playlist.entries]
    for change in changes:
        change(playlist)
        if playlist.entries != states[-1]:
            states.append(playlist.entries)
    while playlist.can_undo:
        assert playlist.entries == states.pop()
        playlist.undo()
    assert [playlist.entries] == states
    playlist.undo()
    assert playlist.song_ids == ["start"]


def test_a_hundred_changes_can_be_undone_and_no_more_are_kept() -> None:
    playlist = Playlist()
    for number in range(150):
        playlist.add([Song(f"{number}", "a")])
    undone = 0
    while playlist.can_undo:
        playlist.undo()
        undone += 1
    assert (undone, len(playlist.songs)) == (100, 50)
