"""export: the champion as a TensorFlow SavedModel, tested as it is shipped."""

from next_song.pipelines.export.pipeline import create_pipeline

__all__ = ["create_pipeline"]
