"""recommendation: the songs that follow each of many playlists, by an exported model."""

from next_song.pipelines.recommendation.pipeline import create_pipeline

__all__ = ["create_pipeline"]
