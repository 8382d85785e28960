"""What a dry run runs."""

from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner

from next_song import runs
from next_song.cli import cli
from next_song.cli.endpoints import PLANNING
from next_song.pipelines.deployment import create_pipeline
from next_song.pipelines.deployment.nodes import deploy, plan


def test_a_dry_run_runs_everything_but_the_deployment() -> None:
    names = {node.name for node in create_pipeline().nodes}
    assert names - {f"deployment.{name}" for name in PLANNING} == {"deployment.deploy"}


def test_what_a_deployed_model_was_made_from_is_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def deploy_archive(*given: Any) -> dict[str, Any]:
        asked.extend(given)
        return {"status": "InService"}

    monkeypatch.setattr("next_song.serving.endpoint.deploy.deploy_archive", deploy_archive)
    production = {"model": "old", "archive": "s3://old", "mrr": {"10": 0.25}}
    planned = {"gate": "mrr@10 0.3", "production": production, "instance": "small"}
    lineage = {"gate": "mrr@10 0.3", "production": production, "data": {"rows": 3}}
    for is_compared, compared in ((True, "s3://old"), (False, None)):
        asked.clear()
        settings = SimpleNamespace(only_if_not_worse_than_production=is_compared)
        given: Any = ("archive", planned, {"rows": 3}, "mrr", 10, settings)
        assert deploy(*given) == planned | {"status": "InService"}
        assert asked == ["archive", settings, {"mrr-10": 0.25}, lineage, compared]


@pytest.mark.parametrize("options", [[], ["--dry-run"]], ids=["deploy", "dry run"])
def test_the_command_runs_the_pipeline_and_prints_its_report(
    options: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: dict[str, Any] = {}

    def run(_: Any, pipeline: str, **given: Any) -> dict[str, Any]:
        asked.update(given, pipeline=pipeline)
        return {given["keep"][0]: {"endpoint": "mine"}}

    monkeypatch.setattr(runs, "run_pipeline", run)
    archive = "s3://bucket/runs/17/06_models/model.tar.gz"
    done = CliRunner().invoke(cli, ["deploy", archive, "--name", "mine", *options])
    assert '"endpoint": "mine"' in done.stdout
    assert asked["params"] == {
        "data_root": "s3://bucket/runs/17",
        "deployment": {"endpoint": "mine"},
    }
    assert asked["keep"] == (("planned",) if options else ("endpoint",))
    assert len(asked["nodes"]) == (len(PLANNING) if options else 0)


def test_a_name_leaves_the_other_parameters_of_a_deployment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: dict[str, Any] = {}

    def run(*_: Any, **given: Any) -> dict[str, Any]:
        asked.update(given)
        return {"endpoint": {}}

    monkeypatch.setattr(runs, "run_pipeline", run)
    words = ["deploy", "s3://b/r/1/06_models/model.tar.gz", "--name", "mine"]
    CliRunner().invoke(cli, [*words, "--params", "deployment.instance_count=4"])
    assert asked["params"]["deployment"] == {"instance_count": 4, "endpoint": "mine"}


def test_what_is_in_production_is_asked_by_the_songs_that_its_queries_number() -> None:
    made = {node.name: node.inputs for node in create_pipeline().nodes}
    asked = made["deployment.compare_with_production"]
    assert asked[1:3] == ["refit_playlists", "refit_songs"]


def test_where_nothing_is_served_nobody_deploys_in_between(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(
        "next_song.serving.endpoint.deploy.deploy_archive", lambda *given: asked.extend(given) or {}
    )
    settings = SimpleNamespace(only_if_not_worse_than_production=True)
    planned = {"gate": "mrr@10 0.3", "production": dict[str, Any]()}
    given: Any = ("archive", planned, {}, "mrr", 10, settings)
    deploy(*given)
    assert asked[2] == {}
    assert asked[-1] == ""  # and not None, which compares nothing


def test_a_plan_has_the_tags_of_its_deployment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "next_song.serving.endpoint.deploy.plan_deployment", lambda *given: {"asked": given}
    )
    served = {"model": "old", "archive": "s3://old", "mrr": {"10": 0.25}}
    given: Any = ("archive", "mrr@10 0.3", served, "mrr", 10, "settings")
    assert plan(*given) == {
        "asked": ("archive", "settings", {"mrr-10": 0.25}),
        "gate": "mrr@10 0.3",
        "production": served,
    }


def test_a_deployment_has_the_environment_that_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, Any] = {}

    def run(*_: Any, **given: Any) -> dict[str, Any]:
        asked.update(given)
        return {"endpoint": {}}

    monkeypatch.setattr(runs, "run_pipeline", run)
    CliRunner().invoke(cli, ["deploy", "s3://b/r/06_models/model.tar.gz", "--env", "test"])
    assert asked["env"] == "test"
