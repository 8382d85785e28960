"""How the champion is chosen and tested."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pandas as pd
from duckdb import DuckDBPyRelation

from next_song import progress
from next_song.baselines import BASELINES
from next_song.errors import InputError
from next_song.metrics import METRICS, Values
from next_song.parameters import Protocol, Retrieval, Selection
from next_song.pipelines.modeling.nodes import train
from next_song.queries import Queries
from next_song.ranking import Model, ranks
from next_song.retrieval import Index, build_index
from next_song.scorecard import (
    answer_figures,
    compare,
    figures,
    follower_rates,
    held_out,
    lists,
    rank_figures,
    training_plays,
    unknown_share,
    validation,
)
from next_song.slices import by_slice
from next_song.song_space import SongSpace


def rank_scorecards(
    playlists: DuckDBPyRelation,
    songs: DuckDBPyRelation,
    protocol: Protocol,
    selection: Selection,
    **scorecards: list[dict[str, Any]],
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
    rows = [_row(name, card, selection) for name, cards in scorecards.items() for card in cards]
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
    **spaces: SongSpace,
) -> tuple[dict[str, Any], SongSpace]:
    """Take the best candidate of the leaderboard: its name, setting and figures; its song space.

    `runner_up` says how far the next candidate is behind it, on the same queries.
    """
    best = leaderboard[leaderboard["model"].isin(list(spaces))].drop_duplicates("model").head(2)
    picked = [_champion(row.to_dict()) for _, row in best.iterrows()]
    champion = picked[0]
    if len(picked) == 2:
        queries, rates = validation(playlists, protocol), follower_rates(followers)
        values = []
        with _scoring(queries, 2):
            for one in picked:
                setting = Retrieval.model_validate(one["retrieval"])
                index = build_index(spaces[one["model"]], rates, setting)
                values.append(_values(index, queries, protocol, selection))
        behind = compare(values[0], values[1], queries, protocol.seed)
        champion["runner_up"] = {"model": picked[1]["model"]} | behind
    return champion, spaces[champion["model"]]


def refit(
    corpus: Path,
    playlists: DuckDBPyRelation,
    songs: DuckDBPyRelation,
    champion: dict[str, Any],
    **word2vec: dict[str, Any],
) -> SongSpace:
    """Train the champion anew, on training and validation: what was played last counts most."""
    return train(corpus, playlists, songs, word2vec[champion["model"]])


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

    Each of `baselines` says in `behind` how far it is behind the champion.
    """
    queries, plays = held_out(playlists, "test", protocol), training_plays(songs)
    index = _index(champion, space, followers)
    with _scoring(queries, 2):
        places = ranks(index, queries, protocol.scores_mib)
        answers = answer_figures(index, queries, protocol, plays)
    card = rank_figures(places, queries, protocol) | {
        "unknown": unknown_share(queries, len(index)),
        "slices": by_slice(places, queries, plays, selection.k),
    }
    values, baselines = METRICS[selection.metric](places, selection.k), {}
    with _scoring(queries, len(selection.baselines)):
        for name, model in _baselines(playlists, songs, protocol, selection).items():
            places = ranks(model, queries, protocol.scores_mib)
            theirs = METRICS[selection.metric](places, selection.k)
            behind = compare(values, theirs, queries, protocol.seed)
            baselines[name] = rank_figures(places, queries, protocol) | {"behind": behind}
    named = {"model": champion["model"], "retrieval": champion["retrieval"], "split": "test"}
    return named | card | answers | {"before_refit": before_refit, "baselines": baselines}


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
    played, offsets, _ = lists(playlists, "train")
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
