"""One namespace per candidate: its hyper-parameters, its song space, its scorecard."""

from kedro.pipeline import Node, Pipeline

from next_song.grid import candidate_names
from next_song.pipelines.modeling import nodes


def create_pipeline(**_: object) -> Pipeline:
    """Build the pipeline: the candidates of the grid side by side."""
    return sum((_candidate(name) for name in candidate_names()), start=Pipeline([]))


def _candidate(name: str) -> Pipeline:
    return Pipeline(
        [
            Node(
                nodes.Training(name).train_best,
                [
                    "train_corpus",
                    "playlists",
                    "songs",
                    "song_pairs",
                    "params:word2vec",
                    "params:retrieval",
                    "params:protocol",
                    "params:selection.metric",
                    "params:selection.k",
                    "params:selection.start_from",
                ],
                "trained",
                name=f"train_{name}",
            ),
            Node(
                nodes.score,
                [
                    "trained",
                    "song_pairs",
                    "playlists",
                    "songs",
                    "params:retrieval",
                    "params:protocol",
                    "params:selection.start_from",
                ],
                "candidate",
                name=f"score_{name}",
            ),
        ],
        namespace=f"modeling.{name}",
        inputs={"train_corpus", "song_pairs", "playlists", "songs"},
        outputs={"candidate": f"{name}_candidate"},
        parameters={"retrieval", "protocol"}
        | {f"selection.{name}" for name in ("metric", "k", "start_from")},
    )
