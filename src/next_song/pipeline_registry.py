"""The pipelines of the project; `kedro run` without a name runs `__default__`."""

from kedro.framework.project import find_pipelines
from kedro.pipeline import Pipeline

from next_song.pipelines.data_engineering import create_histories_pipeline

NOT_IN_DEFAULT = {"sample", "deployment", "recommendation"}


def register_pipelines() -> dict[str, Pipeline]:
    """Return every package of `next_song.pipelines` by its name, and `__default__`."""
    pipelines = find_pipelines(raise_errors=True)
    # pipelines do not import each other: here the reading of playlists and their answers meet
    if "recommendation" in pipelines:  # Kedro loads only what a run asks for
        pipelines["recommendation"] += create_histories_pipeline()
    pipelines["__default__"] = sum(
        (pipeline for name, pipeline in pipelines.items() if name not in NOT_IN_DEFAULT),
        start=Pipeline([]),
    )
    return pipelines
