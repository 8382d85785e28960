"""Raw playlists to numbered songs and split playlists."""

from kedro.pipeline import Node, Pipeline

from next_song.pipelines.data_engineering import nodes


def create_pipeline(**_: object) -> Pipeline:
    """Build the pipeline."""
    return Pipeline(
        [
            Node(
                nodes.prepare_plays,
                [
                    "raw_playlists",
                    "params:source",
                    "params:columns",
                    "params:cleaning",
                    "params:split",
                ],
                ["plays", "rejected_rows"],
                name="prepare_plays",
            ),
            Node(nodes.number_songs, "plays", "songs", name="number_songs"),
            Node(nodes.list_playlists, ["plays", "songs"], "playlists", name="list_playlists"),
            Node(nodes.write_corpus, "playlists", "train_corpus", name="write_corpus"),
            Node(
                nodes.report,
                ["raw_playlists", "plays", "rejected_rows", "playlists", "songs"],
                "data_report",
                name="report",
            ),
        ],
        namespace="data_engineering",
        prefix_datasets_with_namespace=False,
    )
