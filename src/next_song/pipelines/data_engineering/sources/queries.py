"""The SQL files of data_engineering, for modules below its package."""

from functools import partial

from next_song import sql

query = partial(sql.query, "next_song.pipelines.data_engineering")
