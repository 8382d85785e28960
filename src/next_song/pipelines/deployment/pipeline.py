"""The archive to an endpoint, past the gate."""

from kedro.pipeline import Node, Pipeline

from next_song.pipelines.deployment import nodes


def create_pipeline(**_: object) -> Pipeline:
    """Build the pipeline."""
    return Pipeline(
        [
            Node(
                nodes.check_baselines,
                [
                    "test_scorecard",
                    "params:selection.metric",
                    "params:selection.k",
                    "params:deployment",
                ],
                "beside_baselines",
                name="check_baselines",
            ),
            Node(
                nodes.compare_with_production,
                [
                    "model_archive",
                    "refit_playlists",
                    "refit_songs",
                    "params:selection.metric",
                    "params:selection.k",
                    "params:deployment",
                    "params:protocol",
                ],
                "production",
                name="compare_with_production",
            ),
            Node(
                nodes.check_gate,
                [
                    "beside_baselines",
                    "test_scorecard",
                    "production",
                    "params:selection.metric",
                    "params:selection.k",
                    "params:deployment",
                ],
                "gate",
                name="check_gate",
            ),
            Node(
                nodes.plan,
                [
                    "model_archive",
                    "gate",
                    "production",
                    "params:selection.metric",
                    "params:selection.k",
                    "params:deployment",
                ],
                "planned",
                name="plan",
            ),
            Node(
                nodes.deploy,
                [
                    "model_archive",
                    "planned",
                    "data_report",
                    "params:selection.metric",
                    "params:selection.k",
                    "params:deployment",
                ],
                "endpoint",
                name="deploy",
            ),
        ],
        namespace="deployment",
        prefix_datasets_with_namespace=False,
    )
