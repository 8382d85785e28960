"""What the playground asks its model, without a page."""

import asyncio

from next_song.playground.backend import Backend


def test_a_name_is_found_as_it_is_or_without_the_spaces_around_it(backend: Backend) -> None:
    async def ask() -> None:
        (song,) = await backend.search("song 3", lambda: True) or []
        found = await backend.find([song.name, f" {song.name}\t", "no such song"])
        assert found == {song.name: song, f" {song.name}\t": song}

    asyncio.run(ask())
