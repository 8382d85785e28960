"""Hit rates by slice: by the kind of target and of history."""

import numpy as np

from next_song.evaluation.metrics import Values, hit_rate
from next_song.retrieval.queries import Queries
from next_song.retrieval.song_space import Ints

TARGETS = ["head", "middle", "tail", "new"]
LENGTHS = ["1", "2-3", "4-9", "10+"]
UNKNOWN = ["none", "up to half", "over half"]


def by_slice(
    ranks: Ints, queries: Queries, plays: Ints, k: int
) -> dict[str, dict[str, dict[str, float]]]:
    """Returns queries and hit rate by slice: `{"target": {"head": {"queries", "hit_rate"}}}`.

    target: the most played songs with together a third of the training plays are the head, the
    next third is the middle, the rest the tail; a song without training plays is new. history: the
    number of its songs. unknown: the share of its songs without training plays. plays: (n,),
    highest first. Slices without queries are left out.
    """
    hits = hit_rate(ranks, k)
    lengths = queries.histories.ends - queries.histories.starts
    unknown = lengths - queries.histories.known(len(plays))
    thirds = np.append(_thirds(plays), TARGETS.index("new"))
    return {
        "target": _hit_rates(TARGETS, thirds[np.minimum(queries.targets, len(plays))], hits),
        "history": _hit_rates(LENGTHS, np.searchsorted([2, 4, 10], lengths, side="right"), hits),
        "unknown": _hit_rates(UNKNOWN, (unknown > 0) * 1 + (2 * unknown > lengths), hits),
    }


def _hit_rates(names: list[str], slice_of: Ints, hits: Values) -> dict[str, dict[str, float]]:
    """Returns queries and hit rate of each slice that has queries. slice_of: (q,), into names."""
    counts = np.bincount(slice_of, minlength=len(names))
    return {
        name: {"queries": int(count), "hit_rate": float(hits[slice_of == number].mean())}
        for number, (name, count) in enumerate(zip(names, counts, strict=True))
        if count
    }


def _thirds(plays: Ints) -> Ints:
    """Returns for each song 0, 1 or 2: the third of all plays that its first play is in."""
    before = np.cumsum(plays) - plays
    thirds: Ints = 3 * before // plays.sum()
    return thirds
