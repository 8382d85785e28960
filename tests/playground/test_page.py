"""The page, in NiceGUI's simulation of a browser; the real one is in tests/browser."""

from typing import Any

import pytest
from playground_support import ODD, Circle, name
from simulated_visit import Visit, visit

from next_song.errors import EndpointError
from next_song.playground.backend import Backend


def test_a_visit(backend: Backend) -> None:
    async def does(page: Visit) -> None:
        await page.sees("hit rate@10 50.0%")
        await page.sees("The most played songs, to start with.")
        page.type("song 2")
        await page.click("Add Artist - Song 29")
        await page.sees("Playlist · 1")
        await page.click("Add Artist - Song 0, score 100%")  # song 0 follows the last one
        await page.sees("Playlist · 2")
        assert page.texts("place") == ["1", "2"]
        tips = {one.props["title"] for one in page.elements() if "tool" in one.classes}
        assert tips == {"Move up", "Move down", "Remove", "Never recommend"}
        await page.click("Move up: Artist - Song 0")
        await page.click("Remove: Artist - Song 29")
        await page.sees("Playlist · 1")
        await page.sees_no("Artist - Song 29")
        await page.click("Show more")
        await page.until(lambda: len(page.texts("score")) == 20)
        await page.click("Clear")
        await page.sees("Empty so far: search for a song, or take one of the next songs.")

    visit(backend, does)


def test_the_list_is_kept_when_it_changes(backend: Backend) -> None:
    async def does(page: Visit) -> None:
        opened = page.keeps
        page.type("song 2")
        await page.click("Add Artist - Song 29")
        await page.until(lambda: page.kept == "Artist - Song 29")
        assert page.keeps == opened + 1

    visit(backend, does)


def test_odd_names_are_text_with_a_direction_of_their_own(backend: Backend) -> None:
    async def does(page: Visit) -> None:
        page.enter("\n".join(ODD.values()))
        await page.sees("Playlist · 3")
        shown = [one for one in page.elements() if one._text in ODD.values()]
        assert {one._text for one in shown} == set(ODD.values())
        assert {one.props["dir"] for one in shown} == {"auto"}

    visit(backend, does)


def test_an_unknown_song_is_told_with_its_nearest(backend: Backend) -> None:
    async def does(page: Visit) -> None:
        page.enter("Artist - Snxyg 25")
        await page.sees("The model knows no song “Artist - Snxyg 25”: not added.")
        await page.sees("Spelled most like “Artist - Snxyg 25”:")
        await page.click("Add Artist - Song 25")
        await page.sees("Playlist · 1")
        await page.sees_no("Spelled most like “Artist - Snxyg 25”:")
        assert page.emptied == []  # what is not known stays, to be put right
        page.enter("Artist - Song 26")
        await page.sees("Playlist · 2")
        await page.until(lambda: page.emptied == ["Artist - Song 26"])

    visit(backend, does)


def test_a_dead_endpoint_and_its_recovery(backend: Backend, model: Circle) -> None:
    async def does(page: Visit) -> None:
        model.failures = [EndpointError("endpoint x: it is dead")]
        page.enter("id 5")
        await page.sees("endpoint x: it is dead")
        assert page.elements("button", css="choice") == []
        await page.click("Try again")
        await page.sees(name(6))
        await page.sees_no("endpoint x: it is dead")

    visit(backend, does)


def test_a_long_playlist_shows_its_latest_songs(backend: Backend) -> None:
    async def does(page: Visit) -> None:
        page.enter("\n".join(["id 5"] * 10_000))
        await page.sees("Playlist · 10,000")
        assert page.texts("place") == [f"{place:,}" for place in range(9_951, 10_001)]
        await page.click("Show earlier songs (9,950)")
        await page.until(lambda: len(page.texts("place")) == 100)

    visit(backend, does)


def test_a_page_that_is_loaded_anew_keeps_the_playlist(backend: Backend) -> None:
    async def does(page: Visit) -> None:
        page.enter("id 5\nid 6")
        await page.sees("Playlist · 2")
        await page.open()
        await page.sees("Playlist · 2")
        await page.sees(name(7))

    visit(backend, does)


def test_who_has_left_is_not_answered(backend: Backend, model: Circle) -> None:
    async def does(page: Visit) -> None:
        page.enter("id 5")
        page.client.delete()
        await page.until(lambda: model.histories[-1:] == [["id 5"]])

    visit(backend, does)


def test_a_score_is_a_share_of_the_best_with_the_score_in_a_tooltip(backend: Backend) -> None:
    async def does(page: Visit) -> None:
        page.enter("id 5")
        await page.sees("Playlist · 1")
        await page.until(lambda: page.texts("score")[:3] == ["100%", "50%", "33%"])
        bar = page.elements(css="score")[2]
        assert (bar.props["title"], bar.style["--share"]) == ("Score 0.333", "33%")

    visit(backend, does)


def test_a_new_server_takes_up_the_list_that_the_browser_kept(backend: Backend) -> None:
    async def does(page: Visit) -> None:
        await page.sees("Playlist · 2")
        assert page.kept == f"{name(5)}\n{name(6)}"
        assert page.texts("place") == ["1", "2"]
        await page.click("Clear")
        await page.until(lambda: page.kept == "")

    visit(backend, does, kept="id 5\nid 6")


@pytest.mark.parametrize(
    "kept",
    [
        pytest.param({"a": 1}, marks=pytest.mark.slow),
        pytest.param(17, marks=pytest.mark.slow),
        None,
        "id 1\n" * 400_000,
    ],
)
def test_what_a_browser_must_not_hand_over_is_left_alone(kept: Any, backend: Backend) -> None:
    async def does(page: Visit) -> None:
        await page.sees("The most played songs, to start with.")
        await page.sees("Playlist")

    visit(backend, does, kept=kept)


def test_songs_and_artists_that_are_not_wanted(backend: Backend, model: Circle) -> None:
    async def does(page: Visit) -> None:
        await page.click("Never recommend: Artist - Song 0")
        await page.until(lambda: page.status == "10 most played songs; first: Artist - Song 1")
        await page.click("One song of each artist")
        await page.until(lambda: model.wishes.per_artist == 1)
        await page.click("Any song")
        await page.until(lambda: model.wishes.per_artist == 0)
        await page.click("Recommend all again (1)")
        await page.sees_no("Recommend all again (1)")
        await page.until(lambda: page.status == "10 most played songs; first: Artist - Song 0")

    visit(backend, does)


def test_a_search_that_finds_many_says_that_there_are_others(backend: Backend) -> None:
    async def does(page: Visit) -> None:
        page.type("song 2")
        await page.until(lambda: page.status == "11 songs found; first: Artist - Song 2")
        hint = "These are the 20 most played ones: type more to see others."
        assert hint not in page.texts()
        page.type("song")
        await page.sees(hint)

    visit(backend, does)


def test_a_list_that_the_browser_cannot_keep_is_said_to_be_so(backend: Backend) -> None:
    async def does(page: Visit) -> None:
        hint = "This list is too long for the browser to keep: download it."
        page.enter("\n".join(["id 5"] * 20_000))
        await page.sees("Playlist · 20,000")
        assert hint not in page.texts()
        page.enter("\n".join(["id 5"] * 60_000))
        await page.sees("Playlist · 80,000")
        await page.sees(hint)
        assert page.kept == ""

    visit(backend, does)


def test_a_playlist_of_unknown_songs_gets_the_most_played_ones(
    backend: Backend, model: Circle
) -> None:
    model.knows = False

    async def does(page: Visit) -> None:
        page.enter("id 5")
        await page.sees("The model knows none of these songs. These are the most played ones:")

    visit(backend, does)


def test_a_song_moves_down(backend: Backend) -> None:
    async def does(page: Visit) -> None:
        page.enter("id 5\nid 6")
        await page.click("Move down: Artist - Song 5")
        await page.until(lambda: page.kept == f"{name(6)}\n{name(5)}")

    visit(backend, does)


def test_undo_after_clear(backend: Backend) -> None:
    async def does(page: Visit) -> None:
        page.enter("id 5\nid 6")
        await page.sees("Playlist · 2")
        await page.click("Clear")
        await page.sees("Playlist")
        await page.click("Undo")
        await page.sees("Playlist · 2")

    visit(backend, does)


def test_screen_readers_are_told_a_line_and_no_list(backend: Backend) -> None:
    async def does(page: Visit) -> None:
        assert [one.tag for one in page.elements() if "aria-live" in one.props] == []
        await page.until(lambda: page.status == "10 most played songs; first: Artist - Song 0")
        page.type("song 2")
        await page.until(lambda: page.status == "11 songs found; first: Artist - Song 2")
        page.enter("id 5")
        line = "1 song in the playlist. 10 next songs; first: Artist - Song 6"
        await page.until(lambda: page.status == line)
        page.enter("nothing")
        await page.until(lambda: page.status == "The model knows no song “nothing”: not added.")

    visit(backend, does)


def test_a_held_out_playlist_shows_what_came_next_and_its_rank(backend: Backend) -> None:
    async def does(page: Visit) -> None:
        await page.click("Try a held-out playlist")
        await page.sees("Playlist · 2")
        await page.until(lambda: bool(page.texts("verdict")))
        assert "“Artist - Song 5” came next: rank 3 of 29." in page.texts("verdict")[0]
        assert "rank 3 of 29" in page.status
        (row,) = page.elements("li", css="target")
        assert name(5) in [one._text for one in row.descendants()]

    visit(backend, does)


def test_a_model_without_held_out_playlists_has_no_button(backend: Backend) -> None:
    backend.examples = []

    async def does(page: Visit) -> None:
        assert "Try a held-out playlist" not in page.texts()

    visit(backend, does)
