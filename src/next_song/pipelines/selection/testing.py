"""How the champion is tested on the held-out test split, beside its rivals."""

import logging
from pathlib import Path
from typing import Any

from duckdb import DuckDBPyRelation

from next_song import progress
from next_song.evaluation import rivals
from next_song.evaluation.metrics import Metric
from next_song.evaluation.scorecard import answer_figures, compare
from next_song.evaluation.slices import by_slice
from next_song.evaluation.verdict import chance, verdict
from next_song.parameters import Protocol, Word2Vec
from next_song.retrieval.candidate import Candidate, Scored
from next_song.retrieval.definition import Index, build_index
from next_song.retrieval.listed import listed_songs
from next_song.retrieval.queries import Queries
from next_song.retrieval.ranking import Without
from next_song.retrieval.setting import Score
from next_song.retrieval.song_space import Ints, SongSpace
from next_song.retrieval.tables import held_out, pairs_of, song_counts, training_plays
from next_song.retrieval.training import train

LOG = logging.getLogger(__name__)
MADE_OF = ("model", "started_from", "retrieval", "parts")  # of the champion, in its scorecard


def test_before_refit(
    champion: dict[str, Any],
    space: SongSpace,
    song_pairs: DuckDBPyRelation,
    playlists: DuckDBPyRelation,
    songs: DuckDBPyRelation,
    protocol: Protocol,
    exclude: str | None,
    **candidates: Candidate,
) -> dict[str, Any]:
    """Score the champion as it was chosen on the test split: what refitting it adds.

    `tutorial` has the figures of the tutorial as published, which learned from the same plays.
    """
    queries, looks = held_out(playlists, "test", protocol), protocol.looks
    with progress.task("scoring", len(queries) * 2, "queries"):
        excluded = _excluded(exclude, songs)
        index = _index(champion, space, song_pairs, songs).excluding(excluded)
        card = rivals.score(index, queries, protocol, looks).scorecard
        if not champion["tutorial"]:
            return card
        published = candidates[champion["tutorial"]].load_space()
        model = Without(rivals.as_published(published, protocol.repeats), excluded)
        return card | {rivals.TUTORIAL: rivals.score(model, queries, protocol, looks).scorecard}


def test_baselines(
    playlists: DuckDBPyRelation,
    songs: DuckDBPyRelation,
    protocol: Protocol,
    names: list[str],
    exclude: str | None,
) -> dict[str, Scored]:
    """Score the baselines on the test split; they learn from what the champion learns from."""
    queries, excluded = held_out(playlists, "test", protocol), _excluded(exclude, songs)
    return rivals.score_baselines(
        queries, playlists, songs, protocol, names, protocol.looks, excluded
    )


def test_tutorial(
    corpus: Path,
    playlists: DuckDBPyRelation,
    songs: DuckDBPyRelation,
    champion: dict[str, Any],
    protocol: Protocol,
    exclude: str | None,
    **candidates: Candidate,
) -> dict[str, Scored]:
    """Train the tutorial's best model again, as the champion is, and score it as published."""
    if not champion["tutorial"]:
        return {}
    queries = held_out(playlists, "test", protocol)
    params = Word2Vec.model_validate(candidates[champion["tutorial"]].word2vec)
    published = rivals.as_published(train(corpus, playlists, songs, params), protocol.repeats)
    model = Without(published, _excluded(exclude, songs))
    with progress.task("scoring", len(queries), "queries"):
        return {rivals.TUTORIAL: rivals.score(model, queries, protocol, protocol.looks)}


def test_champion(
    champion: dict[str, Any],
    before_refit: dict[str, Any],
    space: SongSpace,
    song_pairs: DuckDBPyRelation,
    playlists: DuckDBPyRelation,
    songs: DuckDBPyRelation,
    baselines: dict[str, Scored],
    tutorial: dict[str, Scored],
    protocol: Protocol,
    metric: str,
    k: int,
    exclude: str | None,
) -> dict[str, Any]:
    """Score the champion on the test split, beside its rivals on the same queries.

    Each of `baselines` says in `behind` how far it is behind the champion, in the metric over the
    first k answers; `vectors_alone` is the champion without the other parts of its score; `verdict`
    says the result in words.
    """
    queries, plays = held_out(playlists, "test", protocol), training_plays(songs)
    looks, excluded = protocol.looks, _excluded(exclude, songs)
    index = _index(champion, space, song_pairs, songs).excluding(excluded)
    with progress.task("scoring", len(queries) * 3, "queries"):
        tested = rivals.score(index, queries, protocol, looks)
        vectors = rivals.vectors_alone(space, index.setting).excluding(excluded)
        vectors_alone = rivals.score(vectors, queries, protocol, looks).scorecard
        answers = answer_figures(index, queries, protocol, plays)
    scorecard = (
        {name: champion[name] for name in MADE_OF if name in champion}
        | {"split": "test", "looks": looks}
        | tested.scorecard
        | {"slices": by_slice(tested.ranks, queries, plays, k)}
        | answers
        | {"before_refit": before_refit, "vectors_alone": vectors_alone}
        | {"baselines": _behind(tested, baselines | tutorial, queries, protocol, Metric(metric, k))}
    )
    if by_chance := chance(scorecard, k, len(plays)):
        LOG.warning("the result is no better than %s: check the columns and the order", by_chance)
    return scorecard | {"verdict": verdict(scorecard, protocol, k)}


def _behind(
    tested: Scored,
    others: dict[str, Scored],
    queries: Queries,
    protocol: Protocol,
    metric: Metric,
) -> dict[str, dict[str, Any]]:
    """Return the scorecard of each rival, and how far it is behind what was tested."""
    values = metric.values(tested.ranks)
    return {
        name: one.scorecard
        | {
            "behind": compare(
                values, metric.values(one.ranks), queries, protocol.seed, protocol.looks
            )
        }
        for name, one in others.items()
    }


def _excluded(path: str | None, songs: DuckDBPyRelation) -> Ints:
    return listed_songs("export.exclude", path, songs)


def _index(
    champion: dict[str, Any],
    space: SongSpace,
    song_pairs: DuckDBPyRelation,
    songs: DuckDBPyRelation,
) -> Index:
    setting = Score.model_validate(champion["retrieval"])
    return build_index(space, pairs_of(song_pairs), song_counts(songs), setting)
