"""What a person may ask of a model, and what it answers."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple


@dataclass(frozen=True)
class Wishes:
    """Rules as ids of songs and names of sets, for one history; `retrieval.rules` defines them.

    exclude, exclude_set: songs that are left out. only, only_set: songs to choose from, all if
    neither is given. per_artist: the most songs by one artist; 0 for any number. explain: also why.
    """

    exclude: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    exclude_set: str = ""
    only_set: str = ""
    per_artist: int = 0
    explain: bool = False

    @property
    def has_rules(self) -> bool:
        """Whether some songs may not be an answer."""
        return replace(self, explain=False) != NO_WISHES

    def instance(self, history: list[str], artists: list[str]) -> dict[str, Any]:
        """Returns the inputs of the signatures `recommend` and `explain` for a history."""
        lists = {"exclude": [*self.exclude], "only": [*self.only], "artists": artists}
        filled = {name: values or [""] for name, values in lists.items()}
        named = {"exclude_set": self.exclude_set, "only_set": self.only_set}
        return {"song_ids": history or [""]} | filled | named | {"per_artist": self.per_artist}


NO_WISHES = Wishes()


class Question(NamedTuple):
    """Which k songs follow a history of song ids, oldest first, under which wishes.

    artists: those of the history's songs, as the songs table has them; they count if the model
    knows no song of the history.
    """

    history: list[str]
    k: int
    artists: Sequence[str] = ()
    wishes: Wishes = NO_WISHES


class Answer(NamedTuple):
    """What a model answers to one history: ids and scores, best first; "" where no song is left.

    known: whether it knows any song of the history; else these are songs by its artists, or the
    most played ones. Of each song, if an explanation was wished and the model gives it: its
    probability; why, in words; and for each part of the score, in its order, what it adds, and the
    id of the song of the history that gave most of it, or "".
    """

    song_ids: list[str]
    scores: list[float]
    known: bool
    probabilities: Sequence[float] = ()
    why: Sequence[str] = ()
    adds: Sequence[Sequence[float]] = ()
    sources: Sequence[Sequence[str]] = ()
