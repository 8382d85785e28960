"""Leaderboard, champion and its test."""

from kedro.pipeline import Node, Pipeline

from next_song.grid import candidate_names
from next_song.pipelines.selection import drawing, nodes, refitting, testing


def create_pipeline(**_: object) -> Pipeline:
    """Build the pipeline over all candidates of the grid."""
    candidates = {name: f"{name}_candidate" for name in candidate_names()}
    return Pipeline(
        [
            Node(
                nodes.score_baselines,
                ["playlists", "songs", "params:protocol", "params:selection.baselines"],
                "baselines",
                name="score_baselines",
            ),
            Node(
                testing.test_baselines,
                [
                    "refit_playlists",
                    "refit_songs",
                    "params:protocol",
                    "params:selection.baselines",
                    "params:export.exclude",
                ],
                "baselines_test",
                name="test_baselines",
            ),
            Node(
                nodes.rank_scorecards,
                {
                    "baselines": "baselines",
                    "playlists": "playlists",
                    "protocol": "params:protocol",
                    "metric": "params:selection.metric",
                    "k": "params:selection.k",
                    "tutorial": "params:selection.tutorial",
                    "start_from": "params:selection.start_from",
                }
                | candidates,
                "leaderboard",
                name="rank_scorecards",
            ),
            Node(
                nodes.choose_champion,
                {
                    "leaderboard": "leaderboard",
                    "song_pairs": "song_pairs",
                    "playlists": "playlists",
                    "songs": "songs",
                    "retrieval": "params:retrieval",
                    "protocol": "params:protocol",
                    "metric": "params:selection.metric",
                    "k": "params:selection.k",
                    "start_from": "params:selection.start_from",
                }
                | candidates,
                ["champion", "chosen_vectors"],
                name="choose_champion",
            ),
            Node(
                testing.test_before_refit,
                {
                    "champion": "champion",
                    "space": "chosen_vectors",
                    "song_pairs": "song_pairs",
                    "playlists": "playlists",
                    "songs": "songs",
                    "protocol": "params:protocol",
                    "exclude": "params:export.exclude",
                }
                | candidates,
                "before_refit",
                name="test_before_refit",
            ),
            Node(
                refitting.refit,
                {
                    "corpus": "refit_corpus",
                    "refit_playlists": "refit_playlists",
                    "refit_songs": "refit_songs",
                    "playlists": "playlists",
                    "songs": "songs",
                    "space": "chosen_vectors",
                    "champion": "champion",
                    "how": "params:selection.refit",
                    "start_from": "params:selection.start_from",
                }
                | candidates,
                "champion_vectors",
                name="refit",
            ),
            Node(
                testing.test_tutorial,
                {
                    "corpus": "refit_corpus",
                    "playlists": "refit_playlists",
                    "songs": "refit_songs",
                    "champion": "champion",
                    "protocol": "params:protocol",
                    "exclude": "params:export.exclude",
                }
                | candidates,
                "tutorial_test",
                name="test_tutorial",
            ),
            Node(
                testing.test_champion,
                [
                    "champion",
                    "before_refit",
                    "champion_vectors",
                    "refit_song_pairs",
                    "refit_playlists",
                    "refit_songs",
                    "baselines_test",
                    "tutorial_test",
                    "params:protocol",
                    "params:selection.metric",
                    "params:selection.k",
                    "params:export.exclude",
                ],
                "test_scorecard",
                name="test_champion",
            ),
        ],
        namespace="selection",
        prefix_datasets_with_namespace=False,
    ) + _plots(candidates)


def _plots(candidates: dict[str, str]) -> Pipeline:
    """Build the nodes that draw; their plots are named after the pipeline, as its own affair."""
    return Pipeline(
        [
            Node(
                drawing.plot_leaderboard,
                ["leaderboard", "params:selection.metric", "params:selection.k"],
                "leaderboard_plot",
                name="plot_leaderboard",
            ),
            Node(
                drawing.plot_hit_rates,
                "test_scorecard",
                "hit_rates_plot",
                name="plot_hit_rates",
            ),
            Node(
                drawing.plot_slices,
                ["test_scorecard", "params:selection.k"],
                "slices_plot",
                name="plot_slices",
            ),
            Node(
                drawing.plot_weights,
                ["test_scorecard", "params:selection.metric", "params:selection.k"],
                "weights_plot",
                name="plot_weights",
            ),
            Node(
                drawing.map_songs,
                ["champion_vectors", "refit_songs"],
                "song_map_plot",
                name="map_songs",
            ),
            Node(
                drawing.plot_settings,
                {
                    "leaderboard": "leaderboard",
                    "metric": "params:selection.metric",
                    "k": "params:selection.k",
                }
                | candidates,
                "settings_plot",
                name="plot_settings",
            ),
            Node(
                drawing.write_page,
                {
                    "scorecard": "test_scorecard",
                    "leaderboard": "leaderboard_plot",
                    "hit_rates": "hit_rates_plot",
                    "slices": "slices_plot",
                    "weights": "weights_plot",
                    "settings": "settings_plot",
                    "song_map": "song_map_plot",
                },
                "results_page",
                name="write_page",
            ),
        ],
        namespace="selection",
        inputs={"leaderboard", "test_scorecard", "champion_vectors", "refit_songs"}
        | set(candidates.values()),
        outputs={"results_page"},
        parameters={"selection.metric", "selection.k"},
    )
