"""When the words of a candidate are counted before it is trained."""

from types import SimpleNamespace
from typing import Any

import pytest

from next_song.guards.provenance import START
from next_song.hooks import ROOT, ProjectHooks

INPUTS = {"songs": None, "params:modeling.near.word2vec": None}


@pytest.mark.parametrize(
    ("inputs", "checked"),
    [
        (INPUTS, 1),
        (INPUTS | {START: None}, 1),
        (INPUTS | {START: "model.tar.gz"}, 0),  # whose plays count as well
        ({"songs": None}, 0),
        ({"params:modeling.near.word2vec": None}, 0),
    ],
)
def test_it_is_checked_where_plays_of_the_input_alone_are_learned(
    inputs: dict[str, Any], checked: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[Any] = []
    search = "next_song.pipelines.modeling.search"
    monkeypatch.setattr(f"{search}.check_min_counts", lambda *given: done.append(given))
    monkeypatch.delenv(ROOT, raising=False)
    node: Any = SimpleNamespace(name="modeling.near.train")
    ProjectHooks().before_node_run(node, None, inputs, is_async=False)
    assert len(done) == checked
