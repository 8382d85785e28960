"""Pairs of songs that are played near each other, counted in parts that fit on a disk."""

from duckdb import DuckDBPyRelation

from next_song import sql
from next_song.parameters import PairCounts

PLAYS_OF_A_PART = 16_000_000  # 160 million pairs of plays, which take 12 GB on disk


def count_pairs(playlists: DuckDBPyRelation, counts: PairCounts) -> DuckDBPyRelation:
    """Counts which songs are played next to which in the training playlists: a row per pair.

    Pairs are counted in parts, by their song of the lower number. After each part, only the best
    pairs of each song are kept, so the disk holds one part and what is left of those before it.
    """
    ((plays,),) = playlists.filter("split = 'train'").aggregate("sum(len(songs))").fetchall()
    given, most = counts.model_dump(exclude={"most"}), {"most": counts.most}
    parts = 1 + (plays or 0) // PLAYS_OF_A_PART

    def counted(part: int) -> DuckDBPyRelation:
        which = {"part": part, "parts": parts}
        return sql.query(__package__, "song_pairs", given | which, playlists=playlists)

    best = sql.query(__package__, "most_pairs", most, pairs=counted(0))
    for part in range(1, parts):
        kept = sql.materialized(best, f"best_pairs_{part % 2}")  # best reads the other one
        best = sql.query(__package__, "most_pairs", most, pairs=counted(part).union(kept))
    return best
