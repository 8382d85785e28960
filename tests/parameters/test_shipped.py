"""What conf/ ships is what its comments and docs/RESULTS.md say."""

from pathlib import Path

import pytest
import yaml
from gensim.models.word2vec import MAX_WORDS_IN_BATCH

from next_song.grid import base_parameters

ROOT = Path(__file__).parents[2]
BASE = base_parameters()


def test_the_grid_has_both_kinds_of_training_and_the_tutorial() -> None:
    names = ("sg", "window", "vector_size", "min_count")
    found = {
        name: tuple(candidate["word2vec"][each] for each in names)
        for name, candidate in BASE["modeling"].items()
    }
    assert found == {
        "tutorial_3": (0, 10, 48, 3),
        "tutorial_5": (0, 10, 48, 5),
        "tutorial_10": (0, 10, 48, 10),
        "near": (1, 5, 64, 1),
        "wide": (0, 10, 64, 1),
        "large": (1, 5, 128, 1),
    }


def test_no_playlist_is_longer_than_gensim_reads_in_one_piece() -> None:
    assert BASE["cleaning"]["max_songs"] <= MAX_WORDS_IN_BATCH


@pytest.mark.parametrize("name", ["nowplaying", "diginetica"])
def test_figures_beside_published_ones_are_of_the_same_queries(name: str) -> None:
    given = yaml.safe_load((ROOT / f"conf/{name}/parameters.yml").read_text())
    assert given["protocol"] == {"targets": "every", "repeats": True}
