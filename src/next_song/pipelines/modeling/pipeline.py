"""One namespace per candidate: train its song space, score it on validation."""

from kedro.pipeline import Node, Pipeline

from next_song.pipelines.modeling import nodes
from next_song.pipelines.modeling.grid import candidate_names

CANDIDATE = Pipeline(
    [
        Node(
            nodes.train,
            ["train_corpus", "playlists", "songs", "params:word2vec"],
            "vectors",
            name="train",
        ),
        Node(
            nodes.score,
            ["vectors", "followers", "playlists", "params:retrieval", "params:protocol"],
            "scorecards",
            name="score",
        ),
    ]
)


def create_pipeline(**_: object) -> Pipeline:
    """Build the pipeline: the candidates of the grid side by side."""
    return sum(
        (
            Pipeline(
                CANDIDATE,
                namespace=f"modeling.{name}",
                inputs={"train_corpus", "followers", "playlists", "songs"},
                outputs={"vectors": f"{name}_vectors", "scorecards": f"{name}_scorecards"},
                parameters={"retrieval", "protocol"},
            )
            for name in candidate_names()
        ),
        start=Pipeline([]),
    )
