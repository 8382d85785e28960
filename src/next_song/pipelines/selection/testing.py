"""How the champion is tested on the held-out test split, beside its rivals."""

import logging
from pathlib import Path
from typing import Any

import numpy as np
from duckdb import DuckDBPyRelation

from next_song import progress
from next_song.evaluation import rivals
from next_song.evaluation.metrics import METRICS
from next_song.evaluation.scorecard import (
    answer_figures,
    compare,
    figures,
    rank_figures,
    unknown_share,
)
from next_song.evaluation.slices import by_slice
from next_song.evaluation.verdict import chance, verdict
from next_song.parameters import Protocol, Selection, Word2Vec
from next_song.retrieval.candidate import Candidate, Scored
from next_song.retrieval.definition import Index, build_index
from next_song.retrieval.ranking import ranks
from next_song.retrieval.setting import Score
from next_song.retrieval.song_space import SongSpace
from next_song.retrieval.tables import held_out, pairs_of, recent_plays, training_plays
from next_song.retrieval.training import train

LOG = logging.getLogger(__name__)


def test_before_refit(
    champion: dict[str, Any],
    space: SongSpace,
    song_pairs: DuckDBPyRelation,
    playlists: DuckDBPyRelation,
    songs: DuckDBPyRelation,
    protocol: Protocol,
    **candidates: Candidate,
) -> dict[str, Any]:
    """Score the champion as it was chosen on the test split: what refitting it adds.

    `tutorial` has the figures of the tutorial as published, which learned from the same plays.
    """
    queries = held_out(playlists, "test", protocol)
    with progress.task("scoring", len(queries) * 2, "queries"):
        card = figures(
            _index(champion, space, song_pairs, songs), queries, protocol, protocol.looks
        )
        if not champion["tutorial"]:
            return card
        published = candidates[champion["tutorial"]].load_space()
        model = rivals.as_published(published, protocol.repeats)
        return card | {rivals.TUTORIAL: figures(model, queries, protocol, protocol.looks)}


def test_tutorial(
    corpus: Path,
    playlists: DuckDBPyRelation,
    songs: DuckDBPyRelation,
    champion: dict[str, Any],
    protocol: Protocol,
    **candidates: Candidate,
) -> Scored:
    """Train the tutorial's model again, as the champion is, and score it as published."""
    queries = held_out(playlists, "test", protocol)
    if not champion["tutorial"]:
        return Scored({}, np.zeros(0, np.int64))
    params = Word2Vec.model_validate(candidates[champion["tutorial"]].word2vec)
    model = rivals.as_published(train(corpus, playlists, songs, params), protocol.repeats)
    with progress.task("scoring", len(queries), "queries"):
        target_ranks = ranks(model, queries, protocol.scores_mib)
    return Scored(rank_figures(target_ranks, queries, protocol, protocol.looks), target_ranks)


def test_champion(
    champion: dict[str, Any],
    before_refit: dict[str, Any],
    space: SongSpace,
    song_pairs: DuckDBPyRelation,
    playlists: DuckDBPyRelation,
    songs: DuckDBPyRelation,
    tutorial: Scored,
    protocol: Protocol,
    selection: Selection,
) -> dict[str, Any]:
    """Score the champion on the test split, and its rivals on the same queries.

    Each of `baselines` says in `behind` how far it is behind the champion; `vectors_alone` is the
    champion without the other parts of its score; `verdict` says the result in words.
    """
    queries, plays = held_out(playlists, "test", protocol), training_plays(songs)
    index = _index(champion, space, song_pairs, songs)
    models = rivals.baselines(playlists, songs, protocol, selection)
    with progress.task("scoring", len(queries) * (len(models) + 3), "queries"):
        target_ranks = ranks(index, queries, protocol.scores_mib)
        answers = answer_figures(index, queries, protocol, plays)
        vectors_alone = ranks(
            index.weighted(index.setting.only("vectors", "repeats")), queries, protocol.scores_mib
        )
        theirs = {
            name: ranks(model, queries, protocol.scores_mib) for name, model in models.items()
        }
    if tutorial.scorecard:
        theirs[rivals.TUTORIAL] = tutorial.ranks
    card = rank_figures(target_ranks, queries, protocol, protocol.looks) | {
        "looks": protocol.looks,
        "unknown": unknown_share(queries, len(index)),
        "slices": by_slice(target_ranks, queries, plays, selection.k),
        "vectors_alone": rank_figures(vectors_alone, queries, protocol, protocol.looks),
    }
    metric = METRICS[selection.metric]
    values = metric(target_ranks, selection.k)
    baselines = {
        name: rank_figures(one, queries, protocol, protocol.looks)
        | {
            "behind": compare(
                values, metric(one, selection.k), queries, protocol.seed, protocol.looks
            )
        }
        for name, one in theirs.items()
    }
    named = {name: champion[name] for name in ("model", "retrieval", "parts")} | {"split": "test"}
    scorecard = named | card | answers | {"before_refit": before_refit, "baselines": baselines}
    if by_chance := chance(scorecard, selection, len(plays)):
        LOG.warning("the result is no better than %s: check the columns and the order", by_chance)
    return scorecard | {"verdict": verdict(scorecard, protocol, selection)}


def _index(
    champion: dict[str, Any],
    space: SongSpace,
    song_pairs: DuckDBPyRelation,
    songs: DuckDBPyRelation,
) -> Index:
    setting = Score.model_validate(champion["retrieval"])
    return build_index(space, pairs_of(song_pairs), recent_plays(songs), setting)
