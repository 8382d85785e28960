"""Asking a model, in this process or at an endpoint, which songs follow a history."""

from collections.abc import Sequence
from threading import Lock
from typing import Any, Protocol

from duckdb import DuckDBPyRelation

from next_song.errors import InputError
from next_song.serving import song_search
from next_song.serving.archive import ModelArchive
from next_song.serving.asked import named_artists
from next_song.serving.model import Model
from next_song.serving.wishes import NO_WISHES, Answer, Question, Wishes


class Predictor(Protocol):
    """Answers a history of song ids, oldest first."""

    def __call__(self, history: list[str], wishes: Wishes = NO_WISHES) -> Answer:
        """Raises InputError for wishes that the model cannot grant."""
        ...


def open_predictor(
    archive: ModelArchive, endpoint: str | None, *, patient: bool = True
) -> Predictor:
    """Ask the endpoint of this name or, without one, the archive's model.

    Not patient: a failure of the endpoint is told sooner, after fewer attempts.
    """
    if endpoint:
        return endpoint_predictor(endpoint, patient=patient, archive=archive)
    return archive_predictor(archive)


def archive_predictor(archive: ModelArchive) -> Predictor:
    """Ask the model of an archive, in this process and without TensorFlow."""
    model, lock = Model(archive), Lock()

    def predict(history: list[str], wishes: Wishes = NO_WISHES) -> Answer:
        with lock:
            known = model.catalogue.known(history, by_name=False)
            named = [] if known else named_artists(history)
            artists = [model.artist(name) for name in named]
            return model.ask([Question(history, model.most, artists, wishes)])[0]

    return predict


def endpoint_predictor(
    name: str, *, patient: bool = True, archive: ModelArchive | None = None
) -> Predictor:
    """Ask a SageMaker endpoint. The question raises as endpoint.query.ask says.

    archive: explains with its names. Raises InputError if what knows AWS is not installed.
    """
    try:
        from next_song.serving.endpoint.predictor import EndpointPredictor
    except ImportError as error:
        raise InputError(
            f"--endpoint {name}: found no {error.name}; expected the extra `aws`: "
            "pip install 'next-song[aws]'"
        ) from error
    return EndpointPredictor(name, archive, patient=patient)


def recommendations(
    predict: Predictor,
    table: DuckDBPyRelation,
    k: int,
    texts: Sequence[str],
    wishes: Wishes = NO_WISHES,
) -> dict[str, Any]:
    """The k songs that follow those that the texts name, oldest first, as plain values for JSON.

    table: the songs that the model knows. What names none of them is under `unknown`, with the
    nearest names; if all are unknown, their artists count, where texts are "artist - title". Raises
    InputError if the model does not answer with k songs.
    """
    found = song_search.find(table, texts)
    history = [found[text].song_id for text in texts if text in found]
    answer = predict(history or [*texts], wishes)
    ids = answer.song_ids
    if not 1 <= k <= len(ids):
        raise InputError(
            f"-k: found {k}; expected 1 to {len(ids)}, what the model was exported for"
        )
    names = song_search.names(table, [*history, *ids[:k]])
    songs = [
        {"song_id": song, "name": names.get(song, song), "score": round(answer.scores[place], 6)}
        for place, song in enumerate(ids[:k])
        if song
    ]
    for place, song in enumerate(songs if answer.why else []):
        song["probability"] = round(answer.probabilities[place], 6)
        song["why"] = answer.why[place]
    return {
        "history": [{"song_id": song, "name": names[song]} for song in history],
        "unknown": [
            {"song": text, "nearest": [song.name for song in song_search.nearest(table, text)]}
            for text in texts
            if text not in found
        ],
        "known": answer.known,
        "songs": songs,
    }
