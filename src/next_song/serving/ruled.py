"""Rules with the numbers of songs, from the forms in which people give them."""

from collections.abc import Iterator, Sequence

import numpy as np

from next_song.errors import InputError
from next_song.retrieval.rules import Rules
from next_song.serving.catalogue import Catalogue
from next_song.serving.wishes import Wishes

Wanted = Sequence[str] | Sequence[Sequence[str]]


def rules_of(
    catalogue: Catalogue,
    histories: int,
    exclude: Wanted | str = (),
    only: Wanted | str | None = None,
    per_artist: int | None = None,
) -> list[Rules]:
    """Returns the rules of each history, or a single one for all.

    exclude, only: ids or names, for all histories or a list for each, or the name of a set. Raises
    InputError, which names the argument.
    """
    number = isinstance(per_artist, int) and not isinstance(per_artist, bool)
    if per_artist is not None and not (number and per_artist >= 1):
        raise InputError(
            f"per_artist: found {per_artist!r}; expected a number of at least 1, or None"
        )
    only = [*only] if isinstance(only, Iterator) else only
    left_out = catalogue.lists("exclude", exclude, histories)
    chosen = [None] if only is None else catalogue.lists("only", only, histories)
    if only is not None and not len(only):
        raise InputError("only: found no song; expected at least one, or None for all songs")
    return [
        Rules(left_out[row % len(left_out)], chosen[row % len(chosen)], per_artist)
        for row in range(max(len(left_out), len(chosen)))
    ]


def wished(catalogue: Catalogue, wishes: Wishes) -> Rules:
    """Returns the rules of wishes. Raises InputError if the model has no set of a name."""
    if not wishes.has_rules:
        return Rules()
    exclude, only = catalogue.numbers(wishes.exclude), None
    if wishes.exclude_set:
        left_out = catalogue.of_set("exclude_set", wishes.exclude_set)
        exclude = np.concatenate([exclude, left_out])
    if wishes.only:
        only = catalogue.numbers(wishes.only)
    if wishes.only_set:
        chosen = catalogue.of_set("only_set", wishes.only_set)
        only = chosen if only is None else np.intersect1d(chosen, only)
    return Rules(exclude, only, wishes.per_artist or None)
