"""Histories and an exported model to recommendations."""

from kedro.pipeline import Node, Pipeline

from next_song.pipelines.recommendation import nodes


def create_pipeline(**_: object) -> Pipeline:
    """Builds the pipeline; data_engineering prepares the histories."""
    return Pipeline(
        [
            Node(
                nodes.answer_histories,
                ["histories", "asked_model", "params:recommendation"],
                "recommendations",
                name="answer_histories",
            ),
        ],
        namespace="recommendation",
        prefix_datasets_with_namespace=False,
    )
