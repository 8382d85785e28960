"""Graphs for tests: asked as they are built, and after reload, in a session."""

from pathlib import Path
from typing import Any

import numpy as np

from next_song.retrieval.definition import Index
from next_song.serving import graph
from next_song.serving.archive import ModelArchive
from next_song.serving.graph_rules import REQUEST
from next_song.serving.saved_model import ServedModel
from next_song.serving.vocabulary import Vocabulary


def before_and_after(index: Index, words: Vocabulary, k: int, folder: Path) -> list[Any]:
    """Returns the signatures: explain as it is built, then explain and recommend as served."""
    model = graph.RetrievalModel(index, words, k, folder, "float32")
    archive = exported(index, words, k)

    def built(**given: Any) -> dict[str, Any]:
        return {name: one.numpy() for name, one in model.explain(**given).items()}

    return [built, ServedModel(archive.model, "explain"), ServedModel(archive.model, "recommend")]


def exported(index: Index, words: Vocabulary, k: int) -> ModelArchive:
    """Returns an archive that holds the graph, and nothing else yet."""
    archive = ModelArchive()
    graph.export(index, words, k, archive.model)
    return archive


def asking(**given: Any) -> dict[str, Any]:
    """Returns a request of one history without rules, but for those that are given."""
    empty = {
        name: np.array([[""]], object) if len(spec.shape) == 2 else np.array([""], object)
        for name, spec in REQUEST.items()
    }
    return empty | {"per_artist": np.array([0])} | given
