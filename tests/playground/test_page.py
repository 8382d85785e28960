"""The page, in NiceGUI's simulation of a browser; the real one is in tests/browser."""

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
        await page.click("Add Artist - Song 0, score 1.000")  # song 0 follows the last one
        await page.sees("Playlist · 2")
        assert page.texts("place") == ["1", "2"]
        await page.click("Move up: Artist - Song 0")
        await page.click("Remove: Artist - Song 29")
        await page.sees("Playlist · 1")
        await page.sees_no("Artist - Song 29")
        await page.click("Show more")
        await page.until(lambda: len(page.texts("score")) == 20)
        await page.click("Clear")
        await page.sees("Empty so far: search for a song, or take one of the next songs.")

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
        page.enter("Artist - Snog 5")
        await page.sees("The model knows no song “Artist - Snog 5”: not added.")
        await page.sees("Spelled most like “Artist - Snog 5”:")
        await page.click("Add Artist - Song 5")
        await page.sees("Playlist · 1")
        await page.sees_no("Spelled most like “Artist - Snog 5”:")

    visit(backend, does)


def test_a_dead_endpoint_and_its_recovery(backend: Backend, model: Circle) -> None:
    async def does(page: Visit) -> None:
        model.failures = [EndpointError("endpoint x: it is dead")]
        page.enter("id 5")
        await page.sees("endpoint x: it is dead")
        assert page.texts("score") == []
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
