"""How the champion is chosen and tested."""

import logging
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pandas as pd
from duckdb import DuckDBPyRelation

from next_song import progress
from next_song.errors import InputError
from next_song.evaluation.baselines import BASELINES
from next_song.evaluation.metrics import METRICS, Values
from next_song.evaluation.scorecard import (
    answer_figures,
    compare,
    figures,
    rank_figures,
    unknown_share,
)
from next_song.evaluation.slices import by_slice
from next_song.evaluation.verdict import chance, verdict
from next_song.parameters import Protocol, Retrieval, Selection, Word2Vec
from next_song.retrieval.candidate import Candidate
from next_song.retrieval.definition import Index, build_index
from next_song.retrieval.queries import Queries
from next_song.retrieval.ranking import Model, ranks
from next_song.retrieval.song_space import SongSpace
from next_song.retrieval.tables import (
    follower_rates,
    held_out,
    split_songs,
    training_plays,
    validation,
)
from next_song.retrieval.training import train

LOG = logging.getLogger(__name__)


def rank_scorecards(
    playlists: DuckDBPyRelation,
    songs: DuckDBPyRelation,
    protocol: Protocol,
    selection: Selection,
    **candidates: Candidate,
) -> pd.DataFrame:
    """Put all scorecards into one table, best first, the baselines among them.

    One row per candidate and retrieval setting: model, its setting, and the figures, a column
    each, such as `hit_rate@20`, and after them the 95 % interval of the figure that decides, `low`
    and `high`. Equals go by mean reciprocal rank, then in the order of the grid.
    """
    if selection.k not in protocol.k:
        raise InputError(
            f"selection.k: found {selection.k}; expected one of protocol.k, {protocol.k}"
        )
    queries = validation(playlists, protocol)
    rows = [
        _row(name, card, selection)
        for name, candidate in candidates.items()
        for card in candidate.scorecards
    ]
    with _scoring(queries, len(selection.baselines)):
        for name, model in _baselines(playlists, songs, protocol, selection).items():
            rows.append(_row(name, figures(model, queries, protocol), selection))
    best_first = [f"{selection.metric}@{selection.k}", f"mrr@{selection.k}"]
    return pd.DataFrame(rows).sort_values(best_first, ascending=False, kind="stable")


def choose_champion(
    leaderboard: pd.DataFrame,
    followers: DuckDBPyRelation,
    playlists: DuckDBPyRelation,
    protocol: Protocol,
    selection: Selection,
    **candidates: Candidate,
) -> tuple[dict[str, Any], SongSpace]:
    """Take the best candidate of the leaderboard: its name, setting and figures; its song space.

    `runner_up` says how far the next candidate is behind it, on the same queries.
    """
    best = leaderboard[leaderboard["model"].isin(list(candidates))].drop_duplicates("model").head(2)
    picked = [_champion(row.to_dict()) for _, row in best.iterrows()]
    champion = picked[0]
    if len(picked) == 2:
        queries, rates = validation(playlists, protocol), follower_rates(followers)
        values = []
        with _scoring(queries, 2):
            for choice in picked:
                setting = Retrieval.model_validate(choice["retrieval"])
                index = build_index(candidates[choice["model"]].load_space(), rates, setting)
                values.append(_values(index, queries, protocol, selection))
        behind = compare(values[0], values[1], queries, protocol.seed)
        champion["runner_up"] = {"model": picked[1]["model"]} | behind
    return champion, candidates[champion["model"]].load_space()


def refit(
    corpus: Path,
    playlists: DuckDBPyRelation,
    songs: DuckDBPyRelation,
    champion: dict[str, Any],
    **candidates: Candidate,
) -> SongSpace:
    """Train the champion again, on training and validation: the latest plays tell the most."""
    params = Word2Vec.model_validate(candidates[champion["model"]].word2vec)
    return train(corpus, playlists, songs, params)


def test_before_refit(
    champion: dict[str, Any],
    space: SongSpace,
    followers: DuckDBPyRelation,
    playlists: DuckDBPyRelation,
    protocol: Protocol,
) -> dict[str, Any]:
    """Score the champion as it was chosen on the test split: what refitting it adds."""
    queries = held_out(playlists, "test", protocol)
    with _scoring(queries, 1):
        return figures(_index(champion, space, followers), queries, protocol)


def test_champion(
    champion: dict[str, Any],
    before_refit: dict[str, Any],
    space: SongSpace,
    followers: DuckDBPyRelation,
    playlists: DuckDBPyRelation,
    songs: DuckDBPyRelation,
    protocol: Protocol,
    selection: Selection,
) -> dict[str, Any]:
    """Score the champion on the test split, and the baselines on the same queries.

    Each of `baselines` says in `behind` how far it is behind the champion; `verdict` says the
    result in words.
    """
    queries, plays = held_out(playlists, "test", protocol), training_plays(songs)
    index = _index(champion, space, followers)
    with _scoring(queries, 2):
        target_ranks = ranks(index, queries, protocol.scores_mib)
        answers = answer_figures(index, queries, protocol, plays)
    card = rank_figures(target_ranks, queries, protocol) | {
        "unknown": unknown_share(queries, len(index)),
        "slices": by_slice(target_ranks, queries, plays, selection.k),
    }
    values, baselines = METRICS[selection.metric](target_ranks, selection.k), {}
    with _scoring(queries, len(selection.baselines)):
        for name, model in _baselines(playlists, songs, protocol, selection).items():
            target_ranks = ranks(model, queries, protocol.scores_mib)
            baseline_values = METRICS[selection.metric](target_ranks, selection.k)
            behind = compare(values, baseline_values, queries, protocol.seed)
            baselines[name] = rank_figures(target_ranks, queries, protocol) | {"behind": behind}
    named = {"model": champion["model"], "retrieval": champion["retrieval"], "split": "test"}
    scorecard = named | card | answers | {"before_refit": before_refit, "baselines": baselines}
    if by_chance := chance(scorecard, selection, len(plays)):
        LOG.warning("the result is no better than %s: check the columns and the order", by_chance)
    return scorecard | {"verdict": verdict(scorecard, protocol, selection)}


def _scoring(queries: Queries, times: int) -> AbstractContextManager[progress.Task]:
    return progress.task("scoring", len(queries) * times, "queries")


def _champion(row: dict[Any, Any]) -> dict[str, Any]:
    """A row of the leaderboard as name, setting and figures."""
    setting = {name: row.pop(name) for name in Retrieval.model_fields}
    return {
        "model": row.pop("model"),
        "retrieval": Retrieval.model_validate(setting).model_dump(),
        "validation": row,
    }


def _index(champion: dict[str, Any], space: SongSpace, followers: DuckDBPyRelation) -> Index:
    retrieval = Retrieval.model_validate(champion["retrieval"])
    return build_index(space, follower_rates(followers), retrieval)


def _baselines(
    playlists: DuckDBPyRelation,
    songs: DuckDBPyRelation,
    protocol: Protocol,
    selection: Selection,
) -> dict[str, Model]:
    """The baselines that are switched on, made of the training playlists."""
    played, offsets, _ = split_songs(playlists, "train")
    plays = training_plays(songs)
    return {
        name: BASELINES[name](played, offsets, plays, protocol.repeats)
        for name in selection.baselines
    }


def _values(model: Model, queries: Queries, protocol: Protocol, selection: Selection) -> Values:
    return METRICS[selection.metric](ranks(model, queries, protocol.scores_mib), selection.k)


def _row(model: str, card: dict[str, Any], selection: Selection) -> dict[str, Any]:
    """A scorecard as a row of the leaderboard."""
    flat = {f"{name}@{k}": figure for name in METRICS for k, figure in card[name].items()}
    low, high = card["interval"][selection.metric][str(selection.k)]
    setting: dict[str, Any] = card.get("retrieval", {})
    counts = {name: card[name] for name in ("queries", "unknown")}
    return {"model": model} | setting | flat | {"low": low, "high": high} | counts
