"""Leaderboard, champion and its test."""

from kedro.pipeline import Node, Pipeline

from next_song.grid import candidate_names
from next_song.pipelines.selection import drawing, nodes

PLOTS = (
    Node(
        drawing.plot_leaderboard,
        ["leaderboard", "params:selection"],
        "leaderboard_plot",
        name="plot_leaderboard",
    ),
    Node(drawing.plot_hit_rates, "test_scorecard", "hit_rates_plot", name="plot_hit_rates"),
    Node(
        drawing.plot_slices,
        ["test_scorecard", "params:selection"],
        "slices_plot",
        name="plot_slices",
    ),
    Node(
        drawing.map_songs,
        ["champion_vectors", "refit_songs"],
        "song_map_plot",
        name="map_songs",
    ),
)


def create_pipeline(**_: object) -> Pipeline:
    """Build the pipeline over all candidates of the grid."""
    names = candidate_names()
    scorecards = {name: f"{name}_scorecards" for name in names}
    spaces = {name: f"{name}_vectors" for name in names}
    trained = {name: f"{name}_word2vec" for name in names}
    return Pipeline(
        [
            Node(
                nodes.rank_scorecards,
                {
                    "playlists": "playlists",
                    "songs": "songs",
                    "protocol": "params:protocol",
                    "selection": "params:selection",
                }
                | scorecards,
                "leaderboard",
                name="rank_scorecards",
            ),
            Node(
                nodes.choose_champion,
                {
                    "leaderboard": "leaderboard",
                    "followers": "followers",
                    "playlists": "playlists",
                    "protocol": "params:protocol",
                    "selection": "params:selection",
                }
                | spaces,
                ["champion", "chosen_vectors"],
                name="choose_champion",
            ),
            Node(
                nodes.test_before_refit,
                ["champion", "chosen_vectors", "followers", "playlists", "params:protocol"],
                "before_refit",
                name="test_before_refit",
            ),
            Node(
                nodes.refit,
                {
                    "corpus": "refit_corpus",
                    "playlists": "refit_playlists",
                    "songs": "refit_songs",
                    "champion": "champion",
                }
                | trained,
                "champion_vectors",
                name="refit",
            ),
            Node(
                nodes.test_champion,
                [
                    "champion",
                    "before_refit",
                    "champion_vectors",
                    "refit_followers",
                    "refit_playlists",
                    "refit_songs",
                    "params:protocol",
                    "params:selection",
                ],
                "test_scorecard",
                name="test_champion",
            ),
            *PLOTS,
            Node(
                drawing.plot_settings,
                {"leaderboard": "leaderboard", "selection": "params:selection"} | trained,
                "settings_plot",
                name="plot_settings",
            ),
        ],
        namespace="selection",
        prefix_datasets_with_namespace=False,
    )
