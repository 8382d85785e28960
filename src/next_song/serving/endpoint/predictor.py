"""Asking an endpoint which songs follow a history, as a model in this process is asked."""

from functools import cached_property
from typing import Any

from next_song.errors import EndpointError
from next_song.serving.archive import ModelArchive
from next_song.serving.asked import named_artists
from next_song.serving.catalogue import Catalogue
from next_song.serving.endpoint import query
from next_song.serving.explained import said_of
from next_song.serving.wishes import NO_WISHES, Answer, Wishes


class EndpointPredictor:
    """Asks an endpoint, also one whose model was exported before there were rules.

    archive: the model that it serves, whose names explain; None: no explanations. Several threads
    may ask. Not patient: a failure is told sooner, after fewer attempts.
    """

    def __init__(self, name: str, archive: ModelArchive | None, *, patient: bool) -> None:
        self._name, self._archive, self._patient = name, archive, patient

    def __call__(self, history: list[str], wishes: Wishes = NO_WISHES) -> Answer:
        """Raises as `query.ask` does, and EndpointError if the model cannot grant the wishes."""
        prediction = self._prediction(history, wishes)
        try:
            return self._answer(prediction)
        except (KeyError, TypeError, ValueError):
            raise EndpointError(
                f"endpoint {self._name}: found the prediction {str(prediction)[:80]!r}; expected "
                "song_ids, scores and known: is it a next-song model?"
            ) from None

    @cached_property
    def _runtime(self) -> Any:
        return query.runtime_client(patient=self._patient)  # takes longer than asking

    @cached_property
    def _catalogue(self) -> Catalogue | None:
        """The archive's songs; read without DuckDB, whose one connection others use."""
        return Catalogue(self._archive, {}) if self._archive else None

    @cached_property
    def _names(self) -> dict[str, str]:
        """What songs are called, by id."""
        if self._catalogue is None:
            return {}
        songs = self._catalogue
        return dict(zip(songs.song_ids.tolist(), songs.names.tolist(), strict=True))

    def _artist(self, name: str) -> str:
        """An artist as the archive's songs have it, whatever its case; else as it is typed."""
        return (self._catalogue and self._catalogue.artist(name)) or name

    def _prediction(self, history: list[str], wishes: Wishes) -> dict[str, Any]:
        artists = [self._artist(name) for name in named_artists(history)]
        if wishes != NO_WISHES or artists:
            signature = "explain" if wishes.explain else "recommend"
            try:
                instance = wishes.instance(history, artists)
                return query.ask_for(self._name, signature, instance, self._runtime)
            except query.NoSignatureError:
                if wishes.has_rules:
                    raise
        (prediction,) = query.ask(self._name, [history], self._runtime)
        return prediction

    def _check_parts(self, adds: list[list[float]]) -> None:
        """Raises EndpointError if the endpoint's model has other parts than the archive."""
        expected = len(self._archive.score.parts) if self._archive else 0
        if any(len(each) != expected for each in adds):
            raise EndpointError(
                f"endpoint {self._name}: found a model of {len(adds[0])} parts, and {expected} in "
                "the archive; expected the archive that it serves: give that as --model"
            )

    def _answer(self, prediction: dict[str, Any]) -> Answer:
        scores = [float(score) for score in prediction["scores"]]
        answer = Answer(list(prediction["song_ids"]), scores, bool(prediction["known"]))
        if self._archive is None or "adds" not in prediction:
            return answer
        self._check_parts(prediction["adds"])
        names, parts = self._names, list(self._archive.score.parts.values())
        explained = zip(prediction["adds"], prediction["sources"], scores, strict=True)
        why = [
            said_of(
                parts,
                adds,
                [names.get(song, song) for song in sources],
                score,
                known=answer.known,
            )
            for adds, sources, score in explained
        ]
        chances = [float(chance) for chance in prediction["probabilities"]]
        return answer._replace(probabilities=chances, why=why)
