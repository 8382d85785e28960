"""Asking a model, in this process or at an endpoint, which songs follow a history."""

from collections.abc import Callable, Sequence
from threading import Lock
from typing import Any, NamedTuple

from duckdb import DuckDBPyRelation

from next_song.errors import EndpointError, InputError
from next_song.serving import song_search
from next_song.serving.archive import ModelArchive


class Answer(NamedTuple):
    """What a model answers to one history: ids and scores, best first; "" where no song is left."""

    song_ids: list[str]
    scores: list[float]
    known: bool  # whether it knows any song of the history; else these are the most played ones


Predictor = Callable[[list[str]], Answer]


def open_predictor(
    archive: ModelArchive, endpoint: str | None, *, patient: bool = True
) -> Predictor:
    """Ask the endpoint of this name or, without one, the archive's model.

    Not patient: a failure of the endpoint is told sooner, after fewer attempts.
    """
    return endpoint_predictor(endpoint, patient=patient) if endpoint else archive_predictor(archive)


def archive_predictor(archive: ModelArchive) -> Predictor:
    """Ask the model of an archive. Its first answer takes seconds: TensorFlow is loaded for it."""
    lock = Lock()

    def predict(history: list[str]) -> Answer:
        with lock:  # or two first questions would load it twice
            answer = archive.answer([history])
        return _answer({name: values[0].tolist() for name, values in answer.items()})

    return predict


def endpoint_predictor(name: str, *, patient: bool = True) -> Predictor:
    """Ask a SageMaker endpoint. The question raises as endpoint.query.ask says.

    Raises InputError if what knows AWS is not installed.
    """
    try:
        from next_song.serving.endpoint import query
    except ImportError as error:
        raise InputError(
            f"--endpoint {name}: found no {error.name}; expected the extra `aws`: "
            "pip install 'next-song[aws]'"
        ) from error

    clients: list[Any] = []  # one, once it could be made: making it is slower than asking

    def predict(history: list[str]) -> Answer:
        if not clients:
            clients.append(query.runtime_client(patient=patient))
        (prediction,) = query.ask(name, [history], clients[0])
        try:
            return _answer(prediction)
        except (KeyError, TypeError, ValueError):
            raise EndpointError(
                f"endpoint {name}: found the prediction {str(prediction)[:80]!r}; expected "
                "song_ids, scores and known: is it a next-song model?"
            ) from None

    return predict


def _answer(prediction: dict[str, Any]) -> Answer:
    scores = [float(score) for score in prediction["scores"]]
    return Answer(list(prediction["song_ids"]), scores, bool(prediction["known"]))


def recommendations(
    predict: Predictor, table: DuckDBPyRelation, k: int, texts: Sequence[str]
) -> dict[str, Any]:
    """The k songs that follow those that the texts name, oldest first, as plain values for JSON.

    table: the songs that the model knows. What names none of them is under `unknown`, with the
    nearest names. Raises InputError if the model does not answer with k songs.
    """
    found = song_search.find(table, texts)
    history = [found[text].song_id for text in texts if text in found]
    answer = predict(history)
    ids, scores = answer.song_ids, answer.scores
    if not 1 <= k <= len(ids):
        raise InputError(
            f"-k: found {k}; expected 1 to {len(ids)}, what the model was exported for"
        )
    names = song_search.names(table, [*history, *ids[:k]])
    return {
        "history": [{"song_id": song, "name": names[song]} for song in history],
        "unknown": [
            {"song": text, "nearest": [song.name for song in song_search.nearest(table, text)]}
            for text in texts
            if text not in found
        ],
        "known": answer.known,
        "songs": [
            {"song_id": song, "name": names.get(song, song), "score": round(score, 6)}
            for song, score in zip(ids[:k], scores[:k], strict=True)
            if song
        ],
    }
