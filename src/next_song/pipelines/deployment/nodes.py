"""How the archive comes to answer queries at an endpoint."""

from typing import Any

from next_song.errors import InputError
from next_song.model_archive import ModelArchive
from next_song.parameters import Deployment, Selection


def check_gate(scorecard: dict[str, Any], selection: Selection, deployment: Deployment) -> str:
    """Refuse a champion that a baseline beats on the test; say what was compared.

    Raises InputError.
    """
    metric, k = selection.metric, str(selection.k)
    figure = scorecard[metric][k]
    baselines = {name: card[metric][k] for name, card in scorecard["baselines"].items()}
    for name, baseline in baselines.items():
        if figure <= baseline and deployment.only_if_better_than_baselines:
            raise InputError(
                f"deployment: found {metric}@{k} {figure:.4f} for champion {scorecard['model']}; "
                f"expected more than {baseline:.4f}, the baseline {name}: do not ship it, or set "
                "deployment.only_if_better_than_baselines=false"
            )
    return f"{metric}@{k} {figure:.4f}, baselines {baselines}"


def deploy(archive: ModelArchive, gate: str, deployment: Deployment) -> dict[str, Any]:
    """Create or update the endpoint, and let it answer the smoke query."""
    from next_song.endpoint.deploy import deploy_archive  # boto3

    return deploy_archive(archive, deployment) | {"gate": gate}
