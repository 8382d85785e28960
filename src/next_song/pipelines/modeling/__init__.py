"""modeling: one song space per candidate of the grid, scored on validation."""

from next_song.pipelines.modeling.pipeline import create_pipeline

__all__ = ["create_pipeline"]
