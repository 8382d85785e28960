"""The picture of the sample: its parameters in, the lines of one CSV file out."""

from typing import Any

from kedro.pipeline import Node, Pipeline

from next_song.pipelines.sample.nodes import generate_playlists


def create_pipeline(**_: Any) -> Pipeline:
    """Return the pipeline; Kedro calls this with no arguments."""
    return Pipeline(
        [Node(generate_playlists, "params:sample", "sample_playlists", name="generate_playlists")]
    )
