"""Raw playlists to numbered songs and split playlists."""

from kedro.pipeline import Node, Pipeline

from next_song.pipelines.data_engineering import nodes

# the same once more, with validation as training
REFIT = (
    Node(nodes.number_songs_for_refit, "plays", "refit_songs", name="number_songs_for_refit"),
    Node(
        nodes.list_playlists_for_refit,
        ["plays", "refit_songs"],
        "refit_playlists",
        name="list_playlists_for_refit",
    ),
    Node(nodes.write_corpus, "refit_playlists", "refit_corpus", name="write_corpus_for_refit"),
    Node(
        nodes.count_followers,
        ["refit_playlists", "refit_songs", "params:followers"],
        "refit_followers",
        name="count_followers_for_refit",
    ),
)


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
                nodes.count_followers,
                ["playlists", "songs", "params:followers"],
                "followers",
                name="count_followers",
            ),
            *REFIT,
            Node(
                nodes.report,
                ["raw_playlists", "plays", "rejected_rows", "playlists", "songs"],
                "data_report",
                name="report",
            ),
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
        ],
        namespace="data_engineering",
        prefix_datasets_with_namespace=False,
    )
