"""The smoke query, which checks that an endpoint answers as its archive does."""

from dataclasses import dataclass
from math import isclose
from time import perf_counter
from typing import Any

import numpy as np

from next_song.errors import EndpointError
from next_song.serving.archive import ModelArchive, padded
from next_song.serving.endpoint.query import ask

LONG = 50  # songs in the long history
NAME = "next-song-smoke"  # what captured data calls the smoke query
UNKNOWN = "a song that no model knows \N{MUSICAL NOTE}"


@dataclass(frozen=True)
class Smoke:
    """Histories, and the answer to each of a healthy endpoint: song_ids, scores and known."""

    histories: list[list[str]]
    answers: list[dict[str, Any]]

    def ask(self, endpoint: str) -> None:
        """Sends the histories to an endpoint. Raises EndpointError if it answers otherwise.

        Scores may differ by a ten-thousandth, and songs with such scores may swap places.
        """
        found = ask(endpoint, self.histories, name=NAME)
        for history, answer, expected in zip(self.histories, found, self.answers, strict=True):
            for name, agrees in AGREES.items():
                if not agrees(answer, expected):
                    raise EndpointError(
                        f"endpoint {endpoint}: found {name} {_shown(answer.get(name))} to the "
                        f"smoke query {history[:3]}; expected {_shown(expected[name])}, as the "
                        "archive answers"
                    )


def smoke_of(archive: ModelArchive) -> tuple[Smoke, float]:
    """Returns the smoke query of an archive, and the seconds to load the model and answer it.

    Its histories are the three most played songs, each of them alone, an empty one, an unknown
    song alone and after a known one, a song that is repeated, and a long history.
    """
    from next_song.serving.saved_model import (
        ServedModel,  # imported before the clock starts, since it takes seconds
    )

    rows = archive.songs.order("song").limit(LONG).select("song_id").fetchall()
    histories = _histories([song for (song,) in rows])
    started = perf_counter()
    model = ServedModel(archive.model)
    made = model(np.array(padded(histories), dtype=object))
    seconds = perf_counter() - started
    ids = np.vectorize(bytes.decode, otypes=[object])(made["song_ids"]).tolist()
    answers = [
        {"song_ids": songs, "scores": scores, "known": known}
        for songs, scores, known in zip(
            ids, made["scores"].tolist(), made["known"].tolist(), strict=True
        )
    ]
    return Smoke(histories, answers), seconds


def _histories(songs: list[str]) -> list[list[str]]:
    first = songs[:3]
    alone = [[song] for song in first]
    odd: list[list[str]] = [[], [UNKNOWN], [first[0], UNKNOWN], [first[-1]] * 4]
    return [first, *alone, *odd, (songs * LONG)[:LONG]]


def _same_scores(found: dict[str, Any], expected: dict[str, Any]) -> bool:
    scores, others = found.get("scores", []), expected["scores"]
    return len(scores) == len(others) and all(map(_close, scores, others))


def _same_songs(found: dict[str, Any], expected: dict[str, Any]) -> bool:
    """Returns whether the songs are distinct, and each has its score; a new one has the last."""
    scores = dict(zip(expected["song_ids"], expected["scores"], strict=True))
    songs, last = found.get("song_ids", []), expected["scores"][-1]
    named = [song for song in songs if song]  # an answer of too few songs ends in blanks
    full = len(songs) == len(expected["song_ids"]) and len(set(named)) == len(named)
    return full and all(
        _close(score, scores.get(song, last))
        for song, score in zip(songs, found["scores"], strict=True)
    )


def _same_known(found: dict[str, Any], expected: dict[str, Any]) -> bool:
    return bool(found.get("known") is expected["known"])


AGREES = {"scores": _same_scores, "song_ids": _same_songs, "known": _same_known}


def _close(score: object, other: float) -> bool:
    return isinstance(score, int | float) and isclose(score, other, rel_tol=1e-4, abs_tol=1e-4)


def _shown(value: Any) -> Any:
    return value[:3] if isinstance(value, list) else value
