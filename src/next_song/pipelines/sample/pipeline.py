"""The pipeline `sample`: from its parameters to the lines of one CSV file."""

from typing import Any

from kedro.pipeline import Node, Pipeline

from next_song.pipelines.sample.nodes import generate_playlists


def create_pipeline(**_: Any) -> Pipeline:
    """Returns the pipeline; Kedro calls this without arguments."""
    return Pipeline(
        [Node(generate_playlists, "params:sample", "sample_playlists", name="generate_playlists")]
    )
