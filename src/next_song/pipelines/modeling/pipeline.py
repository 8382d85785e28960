"""One namespace per candidate: its hyper-parameters, its song space, its scorecards."""

from kedro.pipeline import Node, Pipeline

from next_song.grid import candidate_names
from next_song.pipelines.modeling import nodes

MADE = ("trials", "word2vec", "vectors", "scorecards")
CANDIDATE = Pipeline(
    [
        Node(
            nodes.train_best,
            [
                "train_corpus",
                "playlists",
                "songs",
                "followers",
                "params:word2vec",
                "params:retrieval",
                "params:protocol",
                "params:selection",
            ],
            ["trials", "word2vec", "vectors"],
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
                outputs={made: f"{name}_{made}" for made in MADE},
                parameters={"retrieval", "protocol", "selection"},
            )
            for name in candidate_names()
        ),
        start=Pipeline([]),
    )
