"""The archive to an endpoint, past the gate."""

from kedro.pipeline import Node, Pipeline

from next_song.pipelines.deployment import nodes


def create_pipeline(**_: object) -> Pipeline:
    """Build the pipeline."""
    return Pipeline(
        [
            Node(
                nodes.check_gate,
                ["test_scorecard", "params:selection", "params:deployment"],
                "gate",
                name="check_gate",
            ),
            Node(
                nodes.deploy,
                ["model_archive", "gate", "params:deployment"],
                "endpoint",
                name="deploy",
            ),
        ],
        namespace="deployment",
        prefix_datasets_with_namespace=False,
    )
