"""How the archive comes to answer queries at an endpoint."""

from typing import Any

from next_song.errors import InputError
from next_song.parameters import Deployment, Selection
from next_song.serving.archive import ModelArchive


def check_gate(scorecard: dict[str, Any], selection: Selection, deployment: Deployment) -> str:
    """Refuse a champion that is not better than every baseline on the test, by more than chance.

    Says what was compared. Raises InputError.
    """
    metric, k = selection.metric, str(selection.k)
    figure = scorecard[metric][k]
    baselines = {name: card[metric][k] for name, card in scorecard["baselines"].items()}
    for name, card in scorecard["baselines"].items():
        low, high = card["behind"]["low"], card["behind"]["high"]
        if low <= 0 and deployment.only_if_better_than_baselines:
            raise InputError(
                f"deployment: found {metric}@{k} {figure:.4f} for champion {scorecard['model']}, "
                f"{low:+.4f} to {high:+.4f} from the baseline {name}; expected more than it, "
                "beyond chance: do not ship it, give more playlists, or set "
                "deployment.only_if_better_than_baselines=false"
            )
    others = ", ".join(f"{name} {value:.4f}" for name, value in baselines.items())
    return f"{metric}@{k} {figure:.4f}, baselines: {others or 'none'}"


def deploy(archive: ModelArchive, gate: str, deployment: Deployment) -> dict[str, Any]:
    """Create or update the endpoint, and let it answer the smoke query."""
    from next_song.serving.endpoint.deploy import deploy_archive  # boto3

    return deploy_archive(archive, deployment) | {"gate": gate}
