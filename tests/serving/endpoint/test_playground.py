"""The playground's questions to an endpoint, which goes and comes back."""

import asyncio
from collections.abc import Callable

import pytest

from next_song.parameters import Deployment
from next_song.playground.backend import Backend
from next_song.playground.visitor import Visitor
from next_song.serving.archive import ModelArchive
from next_song.serving.endpoint.deploy import deploy_archive
from next_song.serving.endpoint.removal import delete
from next_song.serving.predictor import open_predictor


@pytest.mark.slow
def test_an_endpoint_that_goes_is_told_and_asked_again(
    stored: Callable[[int], ModelArchive], settings: Deployment
) -> None:
    archive = stored(1)
    backend = Backend(archive.songs, open_predictor(archive, "tested", patient=False))
    visitor = Visitor(backend, lambda _: None)
    asyncio.run(visitor.enter("song 1"))
    assert visitor.problem.startswith("endpoint tested: not found; `next-song endpoints` lists")
    deploy_archive(archive, settings)
    asyncio.run(visitor.ask())
    assert visitor.problem == ""
    names = [scored.song.name for scored in visitor.next.songs]
    assert names == archive.answer([["song 1"]])["song_ids"][0].tolist()
    delete("tested")
    asyncio.run(visitor.enter("song 2"))
    assert visitor.problem.startswith("endpoint tested: ")
    assert visitor.next.songs == []
    backend.close()
