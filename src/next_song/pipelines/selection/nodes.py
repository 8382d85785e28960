"""How the champion is chosen."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
from duckdb import DuckDBPyRelation

from next_song import progress
from next_song.datasets.model_archive import open_archive
from next_song.evaluation import rivals
from next_song.evaluation.cross_fitting import compared, worth
from next_song.evaluation.leaderboard import leaderboard as table_of
from next_song.evaluation.metrics import Metric
from next_song.evaluation.scorecard import compare
from next_song.parameters import START_FROM, Protocol
from next_song.retrieval.candidate import Candidate, Scored
from next_song.retrieval.definition import build_index
from next_song.retrieval.setting import Retrieval, Score
from next_song.retrieval.song_space import SongSpace
from next_song.retrieval.tables import pairs_of, song_counts, validation


def score_baselines(
    playlists: DuckDBPyRelation, songs: DuckDBPyRelation, protocol: Protocol, names: list[str]
) -> dict[str, Scored]:
    """Score the baselines on validation."""
    queries = validation(playlists, protocol)
    return rivals.score_baselines(queries, playlists, songs, protocol, names)


def rank_scorecards(
    baselines: dict[str, Scored],
    playlists: DuckDBPyRelation,
    protocol: Protocol,
    metric: str,
    k: int,
    tutorial: list[str],
    start_from: str | None,
    **candidates: Candidate,
) -> pd.DataFrame:
    """Put all scorecards into one table, best first: candidates, baselines, and the tutorial's.

    The metric over the first k answers decides. tutorial: candidates that are also scored as
    published, unless training continues from an archive, start_from. `vectors alone` is the best
    candidate without the other parts of its score. Candidates alone have weights. Candidates that
    were left out are not in the table.
    """
    queries, models, decides = validation(playlists, protocol), {}, Metric(metric, k)
    candidates = {name: one for name, one in candidates.items() if one.scorecard}
    best = _ranked(candidates, decides).iloc[0]["model"]
    setting = Score.model_validate(candidates[best].scorecard["retrieval"])
    alone = rivals.vectors_alone(candidates[best].load_space(), setting)
    models[f"{best}{rivals.VECTORS_ALONE}"] = alone
    for name in [name for name in tutorial if name in candidates and not start_from]:
        published = rivals.as_published(candidates[name].load_space(), protocol.repeats)
        models[f"{name}{rivals.AS_PUBLISHED}"] = published
    with progress.task("scoring", len(queries) * len(models), "queries"):
        others = {name: rivals.score(model, queries, protocol) for name, model in models.items()}
    return _ranked(candidates | baselines | others, decides)


def choose_champion(
    leaderboard: pd.DataFrame,
    song_pairs: DuckDBPyRelation,
    playlists: DuckDBPyRelation,
    songs: DuckDBPyRelation,
    retrieval: Retrieval,
    protocol: Protocol,
    metric: str,
    k: int,
    start_from: str | None,
    **candidates: Candidate,
) -> tuple[dict[str, Any], SongSpace]:
    """Take the best candidate of the leaderboard: its name, score and figures; its song space.

    `parts` says what each part of its score is worth. `runner_up` says how far the next candidate
    is behind it, on the same queries. `tutorial` names the best model as published. `started_from`
    names the archive whose training was continued, if any.
    """
    best = leaderboard[leaderboard["model"].isin(list(candidates))].head(2)
    first, *second = best["model"].tolist()
    champion, space = candidates[first], candidates[first].load_space()
    queries, decides, worths = validation(playlists, protocol), Metric(metric, k), {}
    if retrieval.weights == "fitted" and not start_from:
        setting = retrieval.score(protocol.repeats)
        index = build_index(space, pairs_of(song_pairs), song_counts(songs), setting)
        found = compared(index, queries, retrieval.fit, protocol.seed)
        worths = worth(index, found, retrieval, protocol, decides)
    row = best.drop(columns="model").filter(regex=r"^(?!weight\.)").to_dict("records")[0]
    made = {
        "model": first,
        "retrieval": champion.scorecard["retrieval"],
        "parts": _parts(champion, worths),
        "validation": row,
        "tutorial": rivals.best_published(leaderboard),
    }
    if start_from:
        made["started_from"] = _origin(start_from)
    for name in second:
        values, others = (decides.values(candidates[one].ranks) for one in (first, name))
        behind = compare(values, others, queries, protocol.seed)
        made["runner_up"] = {"model": name} | behind
    return made, space


def _ranked(scored: Mapping[str, Scored], metric: Metric) -> pd.DataFrame:
    return table_of({name: one.scorecard for name, one in scored.items()}, metric)


def _origin(address: str) -> dict[str, str]:
    """Return the archive that training started from, and the model in it."""
    archive = open_archive(address, START_FROM)
    return {"archive": address, "sha256": archive.digest, "model": archive.scorecard["model"]}


def _parts(champion: Candidate, worths: dict[str, float]) -> dict[str, dict[str, float]]:
    """Return the weight, the standardised weight and the worth of each part of the score."""
    card = champion.scorecard
    return {
        name: {"weight": weight, "standardised": card["standardised"][name]}
        | ({"worth": worths[name]} if name in worths else {})
        for name, weight in Score.model_validate(card["retrieval"]).weights.items()
    }
