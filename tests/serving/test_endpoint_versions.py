"""What a version of an endpoint is tagged with, watched by, compared with, and left for."""

from types import SimpleNamespace
from typing import Any

import pytest
from described import OURS, serving

from next_song.errors import EndpointError, InputError
from next_song.grid import base_parameters
from next_song.parameters import Deployment
from next_song.parameters.deployment import Alarms
from next_song.serving.endpoint import deploy, guardrails, production, rollback
from next_song.serving.endpoint.standing import Standing


def test_tags_have_the_hit_rate_of_the_most_songs() -> None:
    card = {"model": "wide", "hit_rate": {"5": 0.1, "20": 0.2, "100": 0.3}}
    archive: Any = SimpleNamespace(scorecard=card, url="s3://bucket/runs/17/06_models/model.tar.gz")
    settings = Deployment.model_validate(base_parameters()["deployment"])
    tags = deploy._tags(archive, settings, {"mrr-10": 0.25})
    assert (tags["hit_rate-100"], tags["production-mrr-10"]) == ("0.3000", "0.2500")
    assert (tags["champion"], tags["run"]) == ("wide", "17")
    assert not {"hit_rate-5", "hit_rate-20"} & set(tags)


def test_each_alarm_has_its_own_limit() -> None:
    limits = Alarms(client_errors=0.1, server_errors=0.2, p99_ms=300)
    found = {one.get("MetricName"): one["Threshold"] for one in guardrails._alarms(limits)}
    expected = {"Invocation4XXErrors": 0.1, "Invocation5XXErrors": 0.2, "ModelLatency": 300_000}
    assert found == expected


@pytest.mark.parametrize(
    ("status", "models", "is_served"),
    [
        ("InService", ["m"], True),
        ("Updating", ["m"], True),
        ("Failed", ["m"], False),
        ("InService", [], False),
        (None, [], False),
    ],
)
def test_an_endpoint_that_never_served_is_not_production(
    status: str | None, models: list[str], is_served: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = status and {"EndpointStatus": status, "EndpointConfigName": "config"}
    serve(monkeypatch, found, models)
    expected = "s3://bucket/models/a.tar.gz" if is_served else None
    assert production.served_archive("songs") == expected


def serve(
    monkeypatch: pytest.MonkeyPatch, found: Any, models: list[str], **given: dict[str, Any]
) -> None:
    """An endpoint with these models. given: its tags, or the model, if not of this project."""
    container = {"PrimaryContainer": {"ModelDataUrl": "s3://bucket/models/a.tar.gz"}}
    model, tags = given.get("model", container), given.get("tags", OURS)
    sagemaker = SimpleNamespace(describe_model=lambda ModelName: model)  # noqa: N803
    monkeypatch.setattr(production, "client", lambda service: sagemaker)
    monkeypatch.setattr(production, "described", lambda *_: found)
    monkeypatch.setattr(production, "models_of", lambda *_: models)
    monkeypatch.setattr(production, "tags_of", lambda *_: tags)
    monkeypatch.setattr(production, "load", lambda url: url)


@pytest.mark.parametrize("given", [{"tags": {}}, {"model": {"Containers": [{}, {}]}}])
def test_nothing_is_loaded_from_an_endpoint_of_others(
    given: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    serve(monkeypatch, serving("config"), ["m"], **given)
    assert production.served_archive("songs") is None


TARGET = {"accepted": "earlier"}


@pytest.mark.parametrize("error", [InputError("wrong"), KeyboardInterrupt(), SystemExit(143)])
@pytest.mark.parametrize("fails", ["ask", "tag"])
def test_a_rollback_that_ends_in_any_way_goes_back(error: BaseException, fails: str) -> None:
    done: list[Any] = []

    def fail(*_: Any) -> None:
        raise error

    smoke: Any = SimpleNamespace(ask=lambda _: None)
    changes: Any = SimpleNamespace(
        name="songs", update=done.append, go_back=lambda *given: done.append(given)
    )

    def tag(tags: dict[str, str], instead_of: dict[str, str]) -> None:
        done.append((tags, instead_of))
        if fails == "tag" and tags == TARGET:
            raise error  # after it has been done

    changes.tag_version = tag
    if fails == "ask":
        smoke.ask = fail
    now: Any = SimpleNamespace(target="earlier", config="now", tags={"accepted": "now"})
    with pytest.raises(type(error)):
        rollback._switch(changes, now, smoke, TARGET)
    assert [one for one in done if one != (TARGET, now.tags)] == [
        "earlier",
        ("now", {"earlier"}),
        (now.tags, TARGET),
    ]


def test_a_plan_is_refused_for_what_a_deployment_would_be(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Deployment.model_validate(base_parameters()["deployment"])
    serverless = Standing(settings.endpoint, "config", "config", serverless=True)
    monkeypatch.setattr(deploy, "_prepare", lambda *_: (None, None))
    monkeypatch.setattr(deploy, "client", lambda _: None)
    monkeypatch.setattr(deploy, "standing", lambda *_: serverless)
    with pytest.raises(EndpointError, match="found a serverless endpoint; expected an endpoint on"):
        deploy.plan_deployment(None, settings)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "check", ["check_version", "check_limits", "role_of", "check_shift", "check_exists"]
)
def test_what_cannot_be_deployed_is_told_before_anything_is_made(
    check: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> None:
        raise InputError(check)

    every = {"check_version", "smoke_of", "check_limits", "role_of", "image_uri", "check_exists"}
    every |= {"check_shift"}
    for name in every - {check}:
        monkeypatch.setattr(deploy, name, lambda *_: (None, 1.0))
    monkeypatch.setattr(deploy, check, refuse)
    url = "s3://bucket/runs/1/06_models/model.tar.gz"
    archive: Any = SimpleNamespace(
        url=url, digest="a" * 64, manifest=SimpleNamespace(tensorflow="2"),
        scorecard={"model": "wide", "hit_rate": {"20": 0.2}},
    )  # fmt: skip
    settings = Deployment.model_validate(base_parameters()["deployment"])
    with pytest.raises(InputError, match=f"^{check}$"):
        deploy._prepare(archive, settings, None)
