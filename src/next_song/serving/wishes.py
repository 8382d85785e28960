"""What a person may ask of an answer beside the history: rules, and an explanation."""

from dataclasses import dataclass, replace
from typing import Any


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
