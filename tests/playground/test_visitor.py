"""What a visitor can do, without a page."""

import asyncio
import threading
from typing import Any

import pytest
from playground_support import Circle, name, song

from next_song.errors import EndpointError
from next_song.playground.backend import Backend
from next_song.playground.visitor import LATEST, MOST_TEXT, Visitor
from next_song.serving.predictor import Answer


class Watched(Visitor):
    """A visitor whose page is a list of the parts that were drawn."""

    def __init__(self, backend: Backend) -> None:
        self.drawn: list[str] = []
        super().__init__(backend, self.drawn.append)

    @property
    def songs(self) -> list[str]:
        return [entry.song.name for entry in self.playlist.entries]

    @property
    def found(self) -> list[str]:
        return [song.name for song in self.search.songs]

    @property
    def next_names(self) -> list[str]:
        return [scored.song.name for scored in self.next.songs]


@pytest.fixture
def visitor(backend: Backend) -> Watched:
    return Watched(backend)


def run(*steps: Any) -> None:
    """One after the other."""

    async def all_steps() -> None:
        for step in steps:
            await step

    asyncio.run(all_steps())


def test_typing_finds_the_most_played_first(visitor: Watched) -> None:
    run(visitor.type(" sONG 2"))
    assert visitor.found == [name(2), *map(name, range(20, 30))]
    assert visitor.search.message == ""
    run(visitor.type("  "))
    assert visitor.search.songs == []


def test_typing_what_is_unknown_tells_it_with_the_nearest(visitor: Watched) -> None:
    run(visitor.type("Artst - Snog 7"))
    assert visitor.search.message == "The model knows no song with “Artst - Snog 7” in its name."
    (unknown,) = visitor.search.unknown
    assert "Artist - Song 7" in [near.name for near in unknown.nearest]


def test_only_the_last_of_what_is_typed_is_shown(visitor: Watched) -> None:
    async def fast() -> None:
        texts = ["S", "So", "Son", "Song 7"]
        await asyncio.gather(*(visitor.type(text) for text in texts))

    asyncio.run(fast())
    assert visitor.drawn == ["search"]
    assert visitor.found == [name(7)]


def test_entering_ends_the_search_that_is_under_way(visitor: Watched) -> None:
    async def fast() -> None:
        await asyncio.gather(visitor.type("Song"), visitor.enter("artist - song 5"))

    asyncio.run(fast())
    assert visitor.search.songs == []
    assert visitor.songs == [name(5)]


@pytest.mark.parametrize("text", ["ARTIST - song 5", "id 5", " song 5\n"])
def test_entering_adds_a_name_an_id_or_the_first_found(text: str, visitor: Watched) -> None:
    run(visitor.enter(text))
    assert visitor.songs == [name(5)]
    assert visitor.next_names[:3] == [name(6), name(7), name(8)]
    assert [round(scored.score, 3) for scored in visitor.next.songs[:3]] == [1, 0.5, 0.333]


def test_entering_an_unknown_song_adds_nothing(visitor: Watched, model: Circle) -> None:
    run(visitor.enter("Artist - Snog 5"))
    assert visitor.search.message == "The model knows no song “Artist - Snog 5”: not added."
    assert visitor.search.unknown[0].nearest
    assert visitor.songs == []
    assert model.histories == []


def test_a_pasted_list_is_added_in_its_order(visitor: Watched) -> None:
    unknown = [f"none {number}" for number in range(7)]
    run(visitor.enter("\r\n".join(["id 3", *unknown, "", "Artist - Song 1", "id 3"])))
    assert visitor.songs == [name(3), name(1), name(3)]
    assert visitor.search.message == "7 of 10 songs are unknown to the model: not added."
    assert [one.text for one in visitor.search.unknown] == unknown[:5]


def test_a_list_of_ten_thousand_songs(visitor: Watched, model: Circle) -> None:
    run(visitor.enter("\n".join(f"Artist - Song {number % 10}" for number in range(10_000))))
    assert len(visitor.songs) == 10_000
    assert len(model.histories[-1]) == 10_000
    assert visitor.next_names[0] == name(10)
    visitor.show_earlier()
    assert visitor.latest == 2 * LATEST


def test_a_list_that_is_too_long_is_refused(visitor: Watched) -> None:
    run(visitor.enter("x" * (MOST_TEXT + 1)))
    assert visitor.search.message == (
        "Pasted list: found more than 800,000 characters; expected at most that: paste it in parts."
    )
    assert visitor.songs == []


def test_of_a_long_name_the_beginning_is_told(visitor: Watched) -> None:
    run(visitor.enter("x" * 700_000 + "\nid 1"))
    assert visitor.songs == [name(1)]
    assert visitor.search.unknown[0].text == "x" * 200 + "…"
    run(visitor.enter("x" * 700_000))
    assert visitor.search.message == f"The model knows no song “{'x' * 200}…”: not added."


def test_each_change_of_the_playlist_asks_anew(visitor: Watched) -> None:
    run(visitor.type("song 5"), visitor.pick(song(5)))
    assert visitor.search.songs == []
    run(visitor.add(visitor.next.songs[1].song))
    assert visitor.songs == [name(5), name(7)]
    assert visitor.next_names[0] == name(8)
    first, last = visitor.playlist.entries
    run(visitor.move(first.key, 1))
    assert visitor.songs == [name(7), name(5)]
    assert visitor.next_names[0] == name(6)
    run(visitor.remove(first.key), visitor.remove(first.key))  # a double click
    assert visitor.songs == [name(7)]
    run(visitor.clear())
    assert visitor.songs == []
    assert visitor.next.known is False
    assert last.song.name == name(7)


def test_songs_do_not_move_beyond_the_ends(visitor: Watched) -> None:
    run(visitor.add(*map(song, [1, 2, 3])))
    first, _, last = visitor.playlist.entries
    run(visitor.move(first.key, -1), visitor.move(last.key, 1))
    assert visitor.songs == [name(1), name(2), name(3)]


def test_a_dead_endpoint_is_told_and_recovers(visitor: Watched, model: Circle) -> None:
    model.failures = [EndpointError("endpoint x: it is dead")]
    run(visitor.add(song(1)))
    assert visitor.problem == "endpoint x: it is dead"
    assert visitor.next.songs == []
    assert visitor.asking is False
    run(visitor.ask())
    assert visitor.problem == ""
    assert visitor.next_names[0] == name(2)


def test_a_bug_is_told_too_and_not_hidden(visitor: Watched, model: Circle) -> None:
    model.failures = [ZeroDivisionError()]
    with pytest.raises(ZeroDivisionError):
        run(visitor.ask())
    assert visitor.problem == "The question failed: the terminal says why."
    assert visitor.asking is False


def test_a_late_answer_is_not_shown_nor_waited_for(backend: Backend) -> None:
    late, slow = threading.Event(), backend._predict

    def ask(history: list[str]) -> Answer:
        if history == ["id 1"]:
            late.wait(10)
        return slow(history)

    backend._predict = ask
    visitor = Watched(backend)

    async def two_questions() -> None:
        first = asyncio.create_task(visitor.add(song(1)))
        await asyncio.sleep(0)
        await visitor.add(song(5))
        assert visitor.next_names[0] == name(6)
        await visitor.type("song 7")  # nor does the search wait
        assert visitor.found == [name(7)]
        late.set()
        await first

    asyncio.run(two_questions())
    assert visitor.next_names[0] == name(6)


def test_more_of_the_next_songs(visitor: Watched) -> None:
    run(visitor.ask())
    assert visitor.shown == 10
    assert len(visitor.next.songs) == 29  # "" is no song
    visitor.show_more()
    assert visitor.shown == 20
    run(visitor.add(song(1)))
    assert visitor.shown == 10
