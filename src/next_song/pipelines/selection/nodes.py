"""How the champion is chosen and tested."""

from pathlib import Path
from typing import Any

import pandas as pd
from duckdb import DuckDBPyRelation

from next_song.errors import InputError
from next_song.parameters import Protocol, Retrieval, Selection, Word2Vec
from next_song.pipelines.modeling.nodes import train
from next_song.retrieval import Index, build_index
from next_song.scorecard import (
    coverage_figures,
    figures,
    follower_rates,
    held_out,
    popularity_index,
    training_plays,
)
from next_song.song_space import SongSpace

POPULARITY = "popularity"


def rank_scorecards(
    playlists: DuckDBPyRelation,
    songs: DuckDBPyRelation,
    protocol: Protocol,
    selection: Selection,
    **scorecards: list[dict[str, Any]],
) -> pd.DataFrame:
    """Put all scorecards into one table, best first, the popularity baseline among them.

    One row per candidate and retrieval setting: model, its setting, and the figures, a column
    each, such as `hit_rate@20`. Equals go by mean reciprocal rank, then in the order of the grid.
    """
    if selection.k not in protocol.k:
        raise InputError(
            f"selection.k: found {selection.k}; expected one of protocol.k, {protocol.k}"
        )
    queries = held_out(playlists, "validation", protocol)
    queries = queries.sample(protocol.max_validation_queries, protocol.seed)
    baseline = popularity_index(training_plays(songs), protocol.repeats)
    rows = [_row(name, card) for name, cards in scorecards.items() for card in cards] + [
        _row(POPULARITY, figures(baseline, queries, protocol.k))
    ]
    best_first = [f"{selection.metric}@{selection.k}", f"mrr@{selection.k}"]
    return pd.DataFrame(rows).sort_values(best_first, ascending=False, kind="stable")


def choose_champion(
    leaderboard: pd.DataFrame, **spaces: SongSpace
) -> tuple[dict[str, Any], SongSpace]:
    """Take the best candidate of the leaderboard: its name and setting, and its song space."""
    best = leaderboard[leaderboard["model"] != POPULARITY].iloc[0].to_dict()
    setting = {name: best.pop(name) for name in Retrieval.model_fields}
    champion = {
        "model": best.pop("model"),
        "retrieval": Retrieval.model_validate(setting).model_dump(),
        "validation": best,
    }
    return champion, spaces[champion["model"]]


def refit(
    corpus: Path,
    playlists: DuckDBPyRelation,
    songs: DuckDBPyRelation,
    champion: dict[str, Any],
    grid: dict[str, Any],
) -> SongSpace:
    """Train the champion anew, on training and validation: what was played last counts most."""
    params = Word2Vec.model_validate(grid[champion["model"]]["word2vec"])
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
    return figures(_index(champion, space, followers), queries, protocol.k)


def test_champion(
    champion: dict[str, Any],
    before_refit: dict[str, Any],
    space: SongSpace,
    followers: DuckDBPyRelation,
    playlists: DuckDBPyRelation,
    songs: DuckDBPyRelation,
    protocol: Protocol,
) -> dict[str, Any]:
    """Score the champion on the test split, and the popularity baseline on the same queries."""
    queries, plays = held_out(playlists, "test", protocol), training_plays(songs)
    baseline = popularity_index(plays, protocol.repeats)
    cards = [
        figures(each, queries, protocol.k) | coverage_figures(each, queries, protocol.k, len(plays))
        for each in (_index(champion, space, followers), baseline)
    ]
    named = {"model": champion["model"], "retrieval": champion["retrieval"], "split": "test"}
    return named | cards[0] | {"before_refit": before_refit, "baselines": {POPULARITY: cards[1]}}


def _index(champion: dict[str, Any], space: SongSpace, followers: DuckDBPyRelation) -> Index:
    retrieval = Retrieval.model_validate(champion["retrieval"])
    return build_index(space, follower_rates(followers), retrieval)


def _row(model: str, card: dict[str, Any]) -> dict[str, Any]:
    """A scorecard as a row of the leaderboard."""
    flat = {
        f"{name}@{k}": value
        for name, figure in card.items()
        if isinstance(figure, dict) and name != "retrieval"
        for k, value in figure.items()
    }
    counts = {name: card[name] for name in ("queries", "unknown")}
    setting: dict[str, Any] = card.get("retrieval", {})
    return {"model": model} | setting | flat | counts
