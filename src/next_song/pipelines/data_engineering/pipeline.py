"""Raw playlists to numbered songs and split playlists."""

from kedro.pipeline import Node, Pipeline

from next_song.pipelines.data_engineering import nodes, pairs


def create_pipeline(**_: object) -> Pipeline:
    """Builds the pipeline: tables to choose the champion with, and those to train it again."""
    return (
        Pipeline(
            [
                Node(
                    nodes.prepare_plays,
                    [
                        "raw_playlists",
                        "params:source",
                        "params:columns",
                        "params:sessions",
                        "params:cleaning",
                        "params:split",
                        "params:header",
                        "params:input_encoding",
                        "params:query",
                    ],
                    ["plays", "rejected_rows", "understood_input"],
                    name="prepare_plays",
                ),
                *_tables(
                    nodes.TrainingTables("train"),
                    ("songs", "playlists", "train_corpus", "song_pairs"),
                ),
                *_tables(
                    nodes.TrainingTables("train", "validation"),
                    ("refit_songs", "refit_playlists", "refit_corpus", "refit_song_pairs"),
                    suffix="_for_refit",
                ),
                Node(
                    nodes.report,
                    ["understood_input", "plays", "rejected_rows", "playlists", "songs"],
                    "data_report",
                    name="report",
                ),
            ],
            namespace="data_engineering",
            prefix_datasets_with_namespace=False,
        )
        + _plots()
    )


def create_histories_pipeline() -> Pipeline:
    """Builds the pipeline that reads playlists to be continued: the same input, nothing dropped."""
    return Pipeline(
        [
            Node(
                nodes.prepare_histories,
                [
                    "raw_playlists",
                    "params:source",
                    "params:columns",
                    "params:sessions",
                    "params:cleaning",
                    "params:header",
                    "params:input_encoding",
                    "params:query",
                ],
                "histories",
                name="prepare_histories",
            )
        ],
        namespace="recommendation",
        prefix_datasets_with_namespace=False,
    )


def _plots() -> Pipeline:
    """Builds the nodes that draw; their plots are named after the pipeline, as its own affair."""
    return Pipeline(
        [
            Node(
                nodes.plot_playlist_lengths,
                "playlists",
                "playlist_lengths_plot",
                name="plot_playlist_lengths",
            ),
            Node(
                nodes.plot_song_popularity,
                "songs",
                "song_popularity_plot",
                name="plot_song_popularity",
            ),
            Node(
                nodes.write_page,
                ["data_report", "playlist_lengths_plot", "song_popularity_plot"],
                "data_page",
                name="write_page",
            ),
        ],
        namespace="data_engineering",
        inputs={"playlists", "songs", "data_report"},
        outputs={"data_page"},
    )


def _tables(
    tables: nodes.TrainingTables, names: tuple[str, str, str, str], suffix: str = ""
) -> list[Node]:
    """Returns the nodes that make songs, playlists, corpus and song pairs from plays."""
    songs, playlists, corpus, song_pairs = names
    return [
        Node(tables.number_songs, "plays", songs, name=f"number_songs{suffix}"),
        Node(tables.list_playlists, ["plays", songs], playlists, name=f"list_playlists{suffix}"),
        Node(nodes.write_corpus, playlists, corpus, name=f"write_corpus{suffix}"),
        Node(
            pairs.count_pairs,
            [playlists, "params:song_pairs"],
            song_pairs,
            name=f"count_pairs{suffix}",
        ),
    ]
