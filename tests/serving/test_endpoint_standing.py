"""What there is before an endpoint is changed or removed: tags, states, and who else made it."""

from types import SimpleNamespace
from typing import Any

import pytest
from botocore.session import Session
from described import OURS, SETTINGS, SageMaker, serving

from next_song.errors import EndpointError
from next_song.serving.endpoint import guardrails, hosted, inventory, removal
from next_song.serving.endpoint.standing import standing


def test_tags_of_aws_itself_are_not_ours_to_write_back() -> None:
    sagemaker = SageMaker({"aws:cloudformation:stack-name": "x", "run": "17"}, songs=serving("old"))
    assert hosted.tags_of(sagemaker, "endpoint", "songs") == {"run": "17"}


def test_an_endpoint_is_busy_in_each_state_that_ends_by_itself() -> None:
    model = Session().get_service_model("sagemaker")
    states = model.shape_for("EndpointStatus").enum
    assert set(hosted.BUSY) == {state for state in states if state.endswith(("ing", "Back"))}


def test_what_belongs_to_an_endpoint_of_another_prefix_is_no_orphan(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    endpoint = {"EndpointName": "songs"}
    monkeypatch.setattr(inventory, "client", lambda _: None)
    monkeypatch.setattr(
        inventory, "listed", lambda *given: [endpoint] if "songs".startswith(given[2]) else []
    )
    monkeypatch.setattr(inventory, "names_of", lambda *given: [f"{given[2]}1"])
    monkeypatch.setattr(inventory, "tags_of", lambda *_: OURS)
    assert inventory.endpoints("songs-") == []


@pytest.mark.parametrize(
    ("tags", "is_orphan"),
    [
        (OURS, False),
        (OURS | {"endpoint": "gone"}, True),
        ({"endpoint": "gone"}, False),
        ({"project": "another", "endpoint": "gone"}, False),
    ],
)
def test_what_another_program_made_is_no_orphan(
    tags: dict[str, str], is_orphan: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inventory, "tags_of", lambda *_: tags)
    assert inventory._is_orphan(None, "model", "songs-1", {"songs"}) == is_orphan


@pytest.mark.parametrize(
    ("name", "tags", "ours"),
    [
        ("songs", OURS, True),
        ("songs", {"project": "next-song"}, True),  # of an earlier version
        ("songs-check", OURS, True),
        ("songs-check", OURS | {"endpoint": "songs-check"}, False),
        ("songs-check", {}, False),
    ],
)
def test_a_deletion_takes_what_was_made_for_the_endpoint_alone(
    name: str, tags: dict[str, str], ours: bool
) -> None:
    assert removal._is_ours(SageMaker(tags, **{name: serving("x")}), name, "songs") == ours


def test_a_deletion_finds_the_lock_by_whatever_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    there = {("endpoint", "songs"), ("endpoint", "songs-check"), ("model", "songs-1")}
    made: Any = OURS | {"store": "s3://bucket/models"}
    monkeypatch.setattr(removal, "belongings", lambda *_: [("model", "songs-1")])
    for one in there:
        monkeypatch.setattr(
            removal, "tags_of", lambda _, *asked, one=one: made if asked == one else {}
        )
        assert removal._store(None, "songs") == "s3://bucket/models"


@pytest.mark.parametrize(
    ("tags", "status", "told"),
    [
        ({}, "InService", "found one that next-song has not made"),
        ({"project": "another"}, "InService", "found one that next-song has not made"),
        (OURS, "UpdateRollbackFailed", "found it UpdateRollbackFailed; expected InService"),
        (OURS, "OutOfService", "found it OutOfService; expected InService"),
    ],
)
def test_an_endpoint_that_is_not_to_be_changed(
    tags: dict[str, str], status: str, told: str
) -> None:
    sagemaker = SageMaker(tags, songs=serving("x") | {"EndpointStatus": status})
    with pytest.raises(EndpointError, match=told):
        standing(sagemaker, "songs", 0)


def test_no_request_is_no_alarm() -> None:
    made: list[dict[str, Any]] = []
    cloudwatch = SimpleNamespace(put_metric_alarm=lambda **given: made.append(given))
    guardrails.put_alarms(cloudwatch, SETTINGS.model_copy(update={"instance_count": 2}))
    assert [one["TreatMissingData"] for one in made] == ["notBreaching"] * 3


def test_a_minute_of_errors_is_an_alarm() -> None:
    made: list[dict[str, Any]] = []
    cloudwatch = SimpleNamespace(put_metric_alarm=lambda **given: made.append(given))
    guardrails.put_alarms(cloudwatch, SETTINGS.model_copy(update={"instance_count": 2}))
    for alarm in made:
        assert (alarm["Period"], alarm["EvaluationPeriods"]) == (60, 1)
        assert alarm["ComparisonOperator"] == "GreaterThanThreshold"
    assert [one.get("Statistic", one.get("ExtendedStatistic")) for one in made] == [
        "Average",  # of requests that are each 0 or 1: a share
        "Average",
        "p99",
    ]


def test_a_deletion_waits_for_the_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def lock(store: Any, *given: Any) -> None:
        asked.append((store.url, *given))
        raise EndpointError("a deployment is under way")

    sagemaker = SageMaker(OURS | {"store": "s3://bucket/models"}, songs=serving("old"))
    monkeypatch.setattr(removal, "client", lambda _: sagemaker)
    monkeypatch.setattr(removal, "belongings", lambda *_: [])
    monkeypatch.setattr(removal, "Lock", lock)
    with pytest.raises(EndpointError, match="a deployment is under way"):
        removal.delete("songs")
    assert asked == [("s3://bucket/models", "songs", removal.PATIENCE)]
    assert sagemaker.calls == []


def test_a_deletion_waits_until_an_endpoint_rests_and_until_it_is_gone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What is being deleted uses its model, which would stay."""
    sagemaker = SageMaker(OURS, songs=serving("old"))
    monkeypatch.setattr(removal, "rested", lambda *given: sagemaker.calls.append(given[1]))
    removal._delete(sagemaker, "songs")
    assert sagemaker.calls == ["songs", "delete songs", "songs"]


def test_what_an_endpoint_uses_or_another_one_has_is_not_tidied_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sagemaker = SageMaker(**{"songs": serving("songs-used"), "songs-check": serving("songs-c")})
    sagemaker.configs = {
        name: {"ProductionVariants": [{"ModelName": f"{name}-model"}]}
        for name in ("songs-used", "songs-c", "songs-old")
    }
    there = {
        "endpoint": ["songs", "songs-check"],
        "endpoint_config": ["songs-c", "songs-eu-1", "songs-old", "songs-used"],
        "model": ["songs-c-model", "songs-old-model", "songs-used-model"],
    }
    tags = {"songs-eu-1": OURS | {"endpoint": "songs-eu"}}
    gone: list[Any] = []
    monkeypatch.setattr(
        hosted, "names_of", lambda _, kind, start: [n for n in there[kind] if n.startswith(start)]
    )
    monkeypatch.setattr(hosted, "tags_of", lambda _, __, name: tags.get(name, OURS))
    monkeypatch.setattr(hosted, "remove", lambda _, *one: gone.append(one))
    assert hosted.tidy(sagemaker, "songs", set()) == gone
    assert gone == [("endpoint_config", "songs-old"), ("model", "songs-old-model")]
