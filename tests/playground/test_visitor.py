"""What a visitor can do, without a page."""

import asyncio
import threading
from typing import Any

import pytest
from playground_support import Circle, name, song

from next_song.errors import EndpointError
from next_song.playground.backend import Backend
from next_song.playground.song_lists import MOST_TEXT
from next_song.playground.visitor import LATEST, Visitor
from next_song.serving.wishes import NO_WISHES, Answer, Wishes


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
        return [song.name for song in self.field.found.songs]

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
    run(visitor.field.type(" sONG 2"))
    assert visitor.found == [name(2), *map(name, range(20, 30))]
    assert visitor.field.found.message == ""
    run(visitor.field.type("  "))
    assert visitor.field.found.songs == []


def test_typing_what_is_unknown_tells_it_with_the_nearest(visitor: Watched) -> None:
    run(visitor.field.type("Artist - Snxyg 7"))
    assert (
        visitor.field.found.message
        == "The model knows no song with “Artist - Snxyg 7” in its name."
    )
    (unknown,) = visitor.field.found.unknown
    assert "Artist - Song 7" in [near.name for near in unknown.nearest]


def test_only_the_last_of_what_is_typed_is_shown(visitor: Watched) -> None:
    async def fast() -> None:
        texts = ["S", "So", "Son", "Song 7"]
        await asyncio.gather(*(visitor.field.type(text) for text in texts))

    asyncio.run(fast())
    assert visitor.drawn == ["search"]
    assert visitor.found == [name(7)]


def test_entering_ends_the_search_that_is_under_way(visitor: Watched) -> None:
    async def fast() -> None:
        await asyncio.gather(visitor.field.type("Song"), visitor.enter("artist - song 5"))

    asyncio.run(fast())
    assert visitor.field.found.songs == []
    assert visitor.songs == [name(5)]


@pytest.mark.parametrize("text", ["ARTIST - song 5", "id 5", " song 5\n"])
def test_entering_adds_a_name_an_id_or_the_first_found(text: str, visitor: Watched) -> None:
    run(visitor.enter(text))
    assert visitor.songs == [name(5)]
    assert visitor.next_names[:3] == [name(6), name(7), name(8)]
    assert [round(scored.score, 3) for scored in visitor.next.songs[:3]] == [1, 0.5, 0.333]


def test_entering_an_unknown_song_adds_nothing(visitor: Watched, model: Circle) -> None:
    run(visitor.enter("Artist - Snxyg 5"))
    assert visitor.field.found.message == "The model knows no song “Artist - Snxyg 5”: not added."
    assert visitor.field.found.unknown[0].nearest
    assert visitor.songs == []
    assert model.histories == []


def test_a_pasted_list_is_added_in_its_order(visitor: Watched) -> None:
    unknown = [f"none {number}" for number in range(7)]
    run(visitor.enter("\r\n".join(["id 3", *unknown, "", "Artist - Song 1", "id 3"])))
    assert visitor.songs == [name(3), name(1), name(3)]
    assert visitor.field.found.message == "7 of 10 songs are unknown to the model: not added."
    assert [one.text for one in visitor.field.found.unknown] == unknown[:5]


def test_a_list_of_ten_thousand_songs(visitor: Watched, model: Circle) -> None:
    run(visitor.enter("\n".join(f"Artist - Song {number % 10}" for number in range(10_000))))
    assert len(visitor.songs) == 10_000
    assert len(model.histories[-1]) == 10_000
    assert visitor.next_names[0] == name(10)
    visitor.show_earlier()
    assert visitor.latest == 2 * LATEST


def test_a_list_that_is_too_long_is_refused(visitor: Watched) -> None:
    run(visitor.enter("x" * (MOST_TEXT + 1)))
    assert visitor.field.found.message == (
        "Pasted list: found more than 800,000 characters; expected at most that: paste it in parts."
    )
    assert visitor.songs == []


def test_of_a_long_name_the_beginning_is_told(visitor: Watched) -> None:
    run(visitor.enter("x" * 700_000 + "\nid 1"))
    assert visitor.songs == [name(1)]
    assert visitor.field.found.unknown[0].text == "x" * 200 + "…"
    run(visitor.enter("x" * 700_000))
    assert visitor.field.found.message == f"The model knows no song “{'x' * 200}…”: not added."


def test_each_change_of_the_playlist_asks_anew(visitor: Watched) -> None:
    run(visitor.field.type("song 5"), visitor.pick(song(5)))
    assert visitor.field.found.songs == []
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
    asked, late, slow = threading.Event(), threading.Event(), backend._predict

    def ask(history: list[str], wishes: Wishes = NO_WISHES) -> Answer:
        if history == ["id 1"]:
            asked.set()
            late.wait(10)
        return slow(history)

    backend._predict = ask
    visitor = Watched(backend)

    async def two_questions() -> None:
        first = asyncio.create_task(visitor.add(song(1)))
        assert await asyncio.to_thread(asked.wait, 10)
        await visitor.add(song(5))
        assert visitor.next_names[0] == name(6)
        await visitor.field.type("song 7")  # nor does the search wait
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


def test_undo_takes_back_adding_moving_removing_and_clearing(visitor: Watched) -> None:
    run(visitor.add(song(1), song(2)))
    first, _ = visitor.playlist.entries
    run(visitor.move(first.key, 1), visitor.remove(first.key), visitor.clear())
    undone = []
    while visitor.playlist.can_undo:
        run(visitor.undo())
        undone.append(visitor.songs)
    assert undone == [[name(2)], [name(2), name(1)], [name(1), name(2)], []]
    assert visitor.next.known is False


def test_a_held_out_playlist_is_tried(visitor: Watched, model: Circle) -> None:
    run(visitor.add(song(9)), visitor.try_held_out())
    assert visitor.songs == [name(1), name(2)]
    assert model.histories[-1] == ["id 1", "id 2"]
    assert visitor.verdict == (
        "In this held-out playlist, “Artist - Song 5” came next: rank 3 of 29. "
        "1 song that the model does not know is left out."
    )
    run(visitor.add(song(5)))
    assert visitor.verdict == ""  # it is no longer that playlist
    run(visitor.undo())
    assert "rank 3 of 29" in visitor.verdict
    run(visitor.undo())
    assert visitor.songs == [name(9)]


def test_a_target_may_be_missing_or_unknown_and_after_the_last_comes_the_first(
    visitor: Watched, model: Circle
) -> None:
    visitor._backend._predict = lambda history, _: model(history)._replace(song_ids=["id 5", ""])
    run(visitor.try_held_out(), visitor.try_held_out())
    assert visitor.verdict.endswith("came next: not among the model's first 1.")
    run(visitor.try_held_out())
    assert visitor.verdict.endswith("“new 2” came next: the model does not know it.")
    run(visitor.try_held_out())
    assert "rank 1 of 1" in visitor.verdict


def test_songs_that_are_never_to_be_recommended(backend: Backend, model: Circle) -> None:
    visitor = Watched(backend)
    run(visitor.add(song(1)))
    assert visitor.next_names[:2] == [name(2), name(3)]
    run(visitor.never_recommend(song(2)))
    assert visitor.next_names[0] == name(3)
    assert model.wishes == Wishes(exclude=("id 2",), explain=True)
    run(visitor.recommend_all())
    assert visitor.next_names[0] == name(2)


def test_a_song_that_is_refused_twice_at_once_is_left_out_once(
    backend: Backend, model: Circle
) -> None:
    visitor = Watched(backend)

    async def twice() -> None:
        await asyncio.gather(visitor.never_recommend(song(2)), visitor.never_recommend(song(2)))

    run(twice())
    assert visitor.never == [song(2)]
    assert model.wishes.exclude == ("id 2",)


def test_one_song_of_each_artist_is_asked_for(backend: Backend, model: Circle) -> None:
    visitor = Watched(backend)
    run(visitor.limit_artists())
    assert model.wishes.per_artist == 1
    run(visitor.limit_artists())
    assert model.wishes.per_artist == 0


def test_what_was_done_is_told_until_the_playlist_changes(visitor: Watched) -> None:
    run(visitor.add(song(1), song(2)))
    for change in (lambda: visitor.add(song(3)), visitor.clear, visitor.undo):
        visitor.notice = "Copied"
        run(change())
        assert visitor.notice == ""


def test_a_list_that_a_browser_kept_may_be_as_long_as_one_that_is_entered(
    visitor: Watched,
) -> None:
    longest = "id 1\n" + " " * (MOST_TEXT - 5)
    assert [song.name for song in asyncio.run(visitor.field.songs_kept(longest))] == [name(1)]
    assert asyncio.run(visitor.field.songs_kept(longest + " ")) == []
    assert asyncio.run(visitor.field.songs_kept(None)) == []


def test_what_one_visitor_never_wants_is_still_for_others(backend: Backend) -> None:
    one, other = Watched(backend), Watched(backend)
    run(one.never_recommend(song(0)), other.ask())
    assert (one.next_names[0], other.next_names[0]) == (name(1), name(0))


def test_whether_the_browser_copied_the_list_is_told(visitor: Watched) -> None:
    visitor.tell_copied(done=True)
    assert visitor.notice.startswith("Copied, one song a line")
    visitor.tell_copied(done=False)
    assert visitor.notice == "The browser did not copy the list: download it."


def test_songs_that_were_added_earlier_keep_their_names(visitor: Watched) -> None:
    run(visitor.add(song(1)), visitor.add(song(2)))
    assert visitor.text == f"{name(1)}\n{name(2)}"


def test_a_search_says_nothing_after_what_was_entered(visitor: Watched) -> None:
    async def fast() -> None:
        await asyncio.gather(visitor.field.type("Snxyg qqq"), visitor.enter("id 5"))

    asyncio.run(fast())
    assert visitor.songs == [name(5)]
    assert visitor.field.found.message == ""
