"""Generates playlists in the layout of the public Spotify playlists CSV."""

from next_song.pipelines.sample.pipeline import create_pipeline

__all__ = ["create_pipeline"]
