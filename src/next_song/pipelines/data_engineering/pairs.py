"""Pairs of songs that are played near each other, counted in parts that fit on a disk."""

from functools import reduce

from duckdb import DuckDBPyRelation

from next_song import sql
from next_song.parameters import PairCounts

PLAYS_OF_A_PART = 16_000_000  # 160 million pairs of plays, which take 12 GB on disk


def count_pairs(playlists: DuckDBPyRelation, counts: PairCounts) -> DuckDBPyRelation:
    """Counts which songs are played next to which in the training playlists: a row per pair.

    Pairs are counted in parts, by their song of the lower number: of each, no more than the best
    pairs are kept.
    """
    ((plays,),) = playlists.filter("split = 'train'").aggregate("sum(len(songs))").fetchall()
    given, most = counts.model_dump(exclude={"most"}), {"most": counts.most}
    parts = 1 + (plays or 0) // PLAYS_OF_A_PART
    for part in range(parts):
        which = {"part": part, "parts": parts}
        pairs = sql.query(__package__, "song_pairs", given | which, playlists=playlists)
        pairs = sql.query(__package__, "most_pairs", most, pairs=pairs)
        if parts == 1:
            return pairs
        sql.materialized(pairs, f"pairs_of_part_{part}")
    tables = (sql.kept(f"pairs_of_part_{part}") for part in range(parts))
    return sql.query(__package__, "most_pairs", most, pairs=reduce(DuckDBPyRelation.union, tables))
