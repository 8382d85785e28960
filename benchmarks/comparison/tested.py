"""A song space on the test split of its run, with the score of the champion."""

from collections.abc import Callable
from typing import Any

from next_song.evaluation import rivals
from next_song.parameters import Protocol
from next_song.retrieval.candidate import Scored
from next_song.retrieval.definition import build_index
from next_song.retrieval.queries import Queries
from next_song.retrieval.setting import Score
from next_song.retrieval.song_space import SongSpace
from next_song.retrieval.tables import pairs_of, song_counts


def tested(
    load: Callable[[str], Any],
    champion: dict[str, Any],
    space: SongSpace,
    queries: Queries,
    protocol: Protocol,
) -> Scored:
    """Returns how a song space that was refitted answers test queries. load: of a catalog."""
    pairs, counts = pairs_of(load("refit_song_pairs")), song_counts(load("refit_songs"))
    index = build_index(space, pairs, counts, Score.model_validate(champion["retrieval"]))
    return rivals.score(index, queries, protocol)
