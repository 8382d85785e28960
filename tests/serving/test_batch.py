"""Answers to many histories at once: which rules count, and whose artists."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from next_song import sql
from next_song.grid import base_parameters
from next_song.parameters import Recommendation
from next_song.retrieval.definition import build_index
from next_song.retrieval.setting import Score
from next_song.retrieval.song_pairs import NO_PAIRS
from next_song.retrieval.song_space import SongSpace
from next_song.retrieval.tables import artists_of
from next_song.serving.archive import ModelArchive
from next_song.serving.batch import Answering
from next_song.serving.catalogue import Catalogue

SONGS = 6
SETS = {"market": np.array([1, 2, 3]), "never": np.array([0, 2])}
PARAMS = base_parameters()["recommendation"] | {"k": SONGS}


@pytest.fixture(scope="module")
def model() -> Any:
    """Songs `s0` to `s5`, the most played first, of the artists A and B in turn."""
    archive = ModelArchive()
    songs = (
        "select n as song, 's' || n as song_id, if(n % 2 = 0, 'A', 'B') as artist, "
        "'T' || n as track, 9 - n as plays from range(6) t(n)"
    )
    archive.add_extras(sql.connection().sql(songs), {})
    part = {"kind": "songs", "of": "plays", "weight": 1}
    score = Score.model_validate({"repeats": False, "parts": {"plays": part}})
    unit, by = np.eye(SONGS, dtype=np.float32), artists_of(["A", "B"] * 3)[1]
    space = SongSpace(unit, unit, 9 - np.arange(SONGS))
    return SimpleNamespace(
        index=build_index(space, NO_PAIRS, np.zeros((2, SONGS)), score, by),
        catalogue=Catalogue(archive, SETS),
        check_k=lambda _: None,
        archive=archive,
    )


def answers(model: Any, songs: list[int], artists: list[str], **params: Any) -> list[str]:
    asked = pa.table(
        {
            "playlist": ["one"],
            "unknown": [0],
            "songs": pa.array([songs], pa.list_(pa.int32())),
            "artists": pa.array([artists], pa.list_(pa.string())),
        }
    )
    answering = Answering(model, Recommendation.model_validate(PARAMS | params))
    found: list[str] = answering(asked)["song_id"].to_pylist()
    return found


@pytest.mark.parametrize(
    ("params", "found"),
    [
        ({}, [0, 1, 2, 3, 4]),
        ({"exclude_set": "never"}, [1, 3, 4]),
        ({"only_set": "market"}, [1, 2, 3]),
        ({"exclude_set": "never", "only_set": "market"}, [1, 3]),
        ({"per_artist": 1}, [0, 1]),
        ({"per_artist": 1, "exclude_set": "never"}, [1, 4]),
    ],
)
def test_each_rule_counts(model: Any, params: dict[str, Any], found: list[int]) -> None:
    assert answers(model, [5], [], **params) == [f"s{song}" for song in found]


@pytest.mark.parametrize("named", ["B", "b"])
def test_artists_are_found_in_any_case(model: Any, named: str) -> None:
    assert answers(model, [SONGS], [named]) == ["s1", "s3", "s5", "s0", "s2", "s4"]
