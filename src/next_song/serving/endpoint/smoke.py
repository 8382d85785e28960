"""The smoke query, which checks that an endpoint answers as its archive does."""

from dataclasses import dataclass
from math import isclose
from time import perf_counter

import numpy as np

from next_song.errors import EndpointError
from next_song.serving.archive import ModelArchive, padded
from next_song.serving.endpoint.query import ask


@dataclass
class Smoke:
    """Histories, and the scores of a healthy endpoint, within a ten-thousandth."""

    histories: list[list[str]]
    scores: list[list[float]]

    def ask(self, endpoint: str) -> None:
        """Sends the histories to an endpoint. Raises EndpointError if its scores differ."""
        for answer, expected in zip(ask(endpoint, self.histories), self.scores, strict=True):
            found = answer.get("scores", [])
            same = len(found) == len(expected) and all(
                isclose(score, other, rel_tol=1e-4, abs_tol=1e-4)
                for score, other in zip(found, expected, strict=True)
            )
            if not same:
                raise EndpointError(
                    f"endpoint {endpoint}: found scores {found[:3]} to the smoke query; expected "
                    f"{expected[:3]}, as the archive answers"
                )


def smoke_of(archive: ModelArchive) -> tuple[Smoke, float]:
    """Returns the smoke query of an archive, and the seconds to load the model and answer it.

    It has two histories: the three most played songs, and an empty one.
    """
    from next_song.serving.saved_model import (
        ServedModel,  # imported before the clock starts, since it takes seconds
    )

    rows = archive.songs.order("song").limit(3).select("song_id").fetchall()
    histories = [[song for (song,) in rows], []]
    started = perf_counter()
    model = ServedModel(archive.model)
    scores = model(np.array(padded(histories), dtype=object))["scores"]
    return Smoke(histories, scores.tolist()), perf_counter() - started
