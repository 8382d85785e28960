"""Histories of ids or names as questions to the model, and its answers with names."""

from collections.abc import Iterable, Mapping
from itertools import islice

from next_song.serving.asked import named_artists
from next_song.serving.http import schemas
from next_song.serving.http.model import Model
from next_song.serving.http.questions import check_sets
from next_song.serving.http.schemas import FEW, Histories, Recommendation, Scored, Unknown
from next_song.serving.http.tensors import RequestError
from next_song.serving.song_search import Song, SongIndex
from next_song.serving.wishes import Answer, Question, Wishes

MOST_NEAREST = 10  # unknown songs of a request that are told with the nearest names
Found = Mapping[str, Song]  # the songs that texts name
Nearest = Mapping[str, list[Song]]  # those that are spelled most like texts


class Recommending:
    """Reads what people ask, and writes what they read. Several threads may call it."""

    def __init__(self, model: Model, index: SongIndex) -> None:
        self._model, self._index = model, index

    def found(self, asked: Histories) -> Found:
        """Returns the songs that are named, by their texts."""
        lists = [*asked.histories, asked.exclude, asked.only or []]
        return self._index.find({text for one in lists for text in one})

    def questions(self, asked: Histories, found: Found) -> list[Question]:
        """Returns a question for each history. Raises RequestError for rules that cannot be."""
        k = min(FEW, self._model.most) if asked.k is None else asked.k
        if k > self._model.most:
            what = f"1 to {self._model.most}, what the model was exported for"
            raise RequestError(f"k: found {k}; expected {what}")
        wishes = _wishes(asked, found)
        check_sets(wishes, self._model.sets)
        given = asked.artists or [[]] * len(asked.histories)
        named = [
            artists or named_artists(history)
            for history, artists in zip(asked.histories, given, strict=True)
        ]
        return [
            Question(_ids(history, found), k, [*map(self._model.artist, artists)], wishes)
            for history, artists in zip(asked.histories, named, strict=True)
        ]

    def nearest(self, asked: Histories, found: Found) -> Nearest:
        """Returns the nearest songs of the first unknown texts of a request: each takes long."""
        unknown = dict.fromkeys(
            text for one in asked.histories for text in one if text not in found
        )
        return {text: self._index.nearest(text) for text in islice(unknown, MOST_NEAREST)}

    def recommendation(
        self, history: list[str], found: Found, nearest: Nearest, answer: Answer
    ) -> Recommendation:
        """Returns the answer to a history, with names."""
        names = self._index.names(answer.song_ids)
        return Recommendation(
            known=answer.known,
            history=[_song(found[text]) for text in history if text in found],
            unknown=[_unknown(text, nearest) for text in history if text not in found],
            songs=[
                _scored(answer, place, names.get(song, song))
                for place, song in enumerate(answer.song_ids)
                if song
            ],
        )


def _wishes(asked: Histories, found: Found) -> Wishes:
    only = _ids(asked.only or [], found)
    if asked.only and not only:
        raise RequestError(
            f"only: found no song of the model in {asked.only[:3]}; expected at least one: /songs "
            "finds them"
        )
    return Wishes(
        exclude=tuple(_ids(asked.exclude, found)),
        only=tuple(only),
        exclude_set=asked.exclude_set,
        only_set=asked.only_set,
        per_artist=asked.per_artist or 0,
        explain=asked.explain,
    )


def _ids(texts: Iterable[str], found: Found) -> list[str]:
    return [found[text].song_id for text in texts if text in found]


def _unknown(text: str, nearest: Nearest) -> Unknown:
    return Unknown(song=text, nearest=[*map(_song, nearest.get(text, []))])


def _song(song: Song) -> schemas.Song:
    return schemas.Song(song_id=song.song_id, name=song.name)


def _scored(answer: Answer, place: int, name: str) -> Scored:
    scored = Scored(song_id=answer.song_ids[place], name=name, score=round(answer.scores[place], 6))
    if answer.why:
        scored.probability = round(answer.probabilities[place], 6)
        scored.why = answer.why[place]
    return scored
