"""How the archive comes to answer queries at an endpoint."""

from typing import Any

from duckdb import DuckDBPyRelation

from next_song.errors import InputError
from next_song.evaluation.metrics import Metric
from next_song.evaluation.scorecard import compare, rank_figures
from next_song.parameters import Deployment, Protocol
from next_song.retrieval.tables import held_out
from next_song.serving.archive import ModelArchive
from next_song.serving.tested import target_ranks


def check_baselines(scorecard: dict[str, Any], metric: str, k: int, deployment: Deployment) -> str:
    """Refuse a champion that is not better than every baseline on the test, by more than chance.

    Says what was compared. Raises InputError.
    """
    decides = Metric(metric, k)
    figure = decides.mean(scorecard)
    baselines = {name: decides.mean(card) for name, card in scorecard["baselines"].items()}
    for name, card in scorecard["baselines"].items():
        low, high = card["behind"]["low"], card["behind"]["high"]
        if low <= 0 and deployment.only_if_better_than_baselines:
            raise InputError(
                f"deployment: found {decides} {figure:.4f} for champion {scorecard['model']}, "
                f"{low:+.4f} to {high:+.4f} from the baseline {name}; expected more than it, "
                "beyond chance: do not ship it, give more playlists, or set "
                "deployment.only_if_better_than_baselines=false"
            )
    others = ", ".join(f"{name} {value:.4f}" for name, value in baselines.items())
    return f"{decides} {figure:.4f}, baselines: {others or 'none'}"


def compare_with_production(
    archive: ModelArchive,
    playlists: DuckDBPyRelation,
    songs: DuckDBPyRelation,
    metric: str,
    k: int,
    deployment: Deployment,
    protocol: Protocol,
) -> dict[str, Any]:
    """Let the archive that the endpoint serves answer the test queries of the new one.

    Returns its scorecard, where `ahead` is how far the new archive is ahead of it, with the 95 %
    interval of the difference, the wider the more looks; empty if there is no endpoint. Songs that
    it does not know are misses, as they are for who asks. Raises InputError if it answers with
    fewer songs than the metric counts, so that nothing says which is better.
    """
    from next_song.serving.endpoint.production import served_archive  # boto3

    served = served_archive(deployment.endpoint)
    if served is None:
        return {}
    if served.k and served.k < k and deployment.only_if_not_worse_than_production:
        raise InputError(
            f"deployment: found {served.k} songs in an answer of endpoint {deployment.endpoint}; "
            f"expected at least {k}, to compare {Metric(metric, k)}: choose by selection.k="
            f"{served.k}, or set deployment.only_if_not_worse_than_production=false"
        )
    queries = held_out(playlists, "test", protocol)
    ids = songs.order("song").select("song_id").fetchnumpy()["song_id"]
    new, old = (target_ranks(one, queries, ids) for one in (archive, served))
    values = [Metric(metric, k).values(ranks) for ranks in (new, old)]
    ahead = compare(values[0], values[1], queries, protocol.seed, protocol.looks)
    figures = rank_figures(old, queries, protocol, len(ids), protocol.looks)
    del figures["unknown"]  # of the songs of the new archive
    return {"model": served.scorecard["model"], "archive": served.url, **figures, "ahead": ahead}


def check_gate(
    beside_baselines: str,
    scorecard: dict[str, Any],
    production: dict[str, Any],
    metric: str,
    k: int,
    deployment: Deployment,
) -> str:
    """Refuse a champion that is worse on the test than what the endpoint serves, beyond chance.

    Says what was compared. Raises InputError.
    """
    if not production:
        return f"{beside_baselines}; in production: nothing"
    decides = Metric(metric, k)
    new, old = decides.mean(scorecard), decides.mean(production)
    ahead = production["ahead"]
    interval = f"{ahead['low']:+.4f} to {ahead['high']:+.4f}"
    if ahead["high"] < 0 and deployment.only_if_not_worse_than_production:
        raise InputError(
            f"deployment: found {decides} {new:.4f} for champion "
            f"{scorecard['model']}, {interval} from {old:.4f} of the model that "
            f"endpoint {deployment.endpoint} serves; expected no less, beyond chance: keep what is "
            "served, or set deployment.only_if_not_worse_than_production=false"
        )
    return f"{beside_baselines}; in production: {old:.4f}, ahead by {interval}"


def plan(
    archive: ModelArchive,
    gate: str,
    production: dict[str, Any],
    metric: str,
    k: int,
    deployment: Deployment,
) -> dict[str, Any]:
    """Say what a deployment would create, and what that costs; nothing is created."""
    from next_song.serving.endpoint.deploy import plan_deployment  # boto3

    figures = _figures(production, metric, k)
    planned = plan_deployment(archive, deployment, figures)
    return planned | {"gate": gate, "production": production}


def deploy(
    archive: ModelArchive,
    planned: dict[str, Any],
    data_report: dict[str, Any],
    metric: str,
    k: int,
    deployment: Deployment,
) -> dict[str, Any]:
    """Create or update the endpoint, and let it answer the smoke query."""
    from next_song.serving.endpoint.deploy import deploy_archive  # boto3

    figures = _figures(planned["production"], metric, k)
    lineage = {key: planned[key] for key in ("gate", "production")} | {"data": data_report}
    is_asked = deployment.only_if_not_worse_than_production
    compared = planned["production"].get("archive", "") if is_asked else None
    return planned | deploy_archive(archive, deployment, figures, lineage, compared)


def _figures(production: dict[str, Any], metric: str, k: int) -> dict[str, float]:
    return {f"{metric}-{k}": Metric(metric, k).mean(production)} if production else {}
