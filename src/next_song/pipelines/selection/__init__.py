"""selection: the champion by validation, tested once on the held-out test split."""

from next_song.pipelines.selection.pipeline import create_pipeline

__all__ = ["create_pipeline"]
