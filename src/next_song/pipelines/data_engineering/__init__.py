"""data_engineering: raw playlists to numbered songs and split playlists, in DuckDB SQL."""

from next_song.pipelines.data_engineering.pipeline import (
    create_histories_pipeline,
    create_pipeline,
)

__all__ = ["create_histories_pipeline", "create_pipeline"]
