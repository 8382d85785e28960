"""The plots of a run: the nodes that draw them, and the map of songs."""

import numpy as np
import pytest

from next_song import sql
from next_song.pipelines.selection import drawing
from next_song.pipelines.selection.pipeline import create_pipeline
from next_song.plots import song_map
from next_song.retrieval.song_space import SongSpace

SONGS = "from (values {}) t(song, song_id, artist, track, plays)"


def test_the_pipeline_draws_every_plot_of_its_page() -> None:
    made = create_pipeline().all_outputs()
    drawn = {name for node in create_pipeline().nodes for name in node.inputs if "_plot" in name}
    assert "results_page" in made
    assert len(drawn) == 6
    assert drawn <= made


def test_the_map_has_the_most_played_songs_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(song_map, "SONGS", 3)
    monkeypatch.setattr(song_map, "PERPLEXITY", 1)
    rows = [f"({n}, 'id{n}', 'Artist {n}', 'Track {n}', {9 - n})" for n in (2, 0, 4, 1, 3)]
    table = sql.connection().sql(SONGS.format(", ".join(rows)))
    vectors = np.random.default_rng(1).standard_normal((2, 5, 4), np.float32)
    plot = drawing.map_songs(SongSpace(*vectors, np.arange(9, 4, -1)), table)
    (dots,) = plot.data
    assert dots.text == tuple(f"Artist {n} - Track {n}" for n in range(3))
    assert dots.customdata == (9, 8, 7)
    heard = song_map.flatten(vectors[0, :3]).round(3)  # as a history: by the query vectors
    assert [*zip(dots.x, dots.y, strict=True)] == [*map(tuple, heard.tolist())]
