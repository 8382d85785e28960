"""What goes wrong around a change of an endpoint: locks, tags, scaling, and who else is there."""

from types import SimpleNamespace
from typing import Any

import pytest
from botocore.session import Session
from described import SageMaker, serving

from next_song.errors import EndpointError, InputError
from next_song.grid import base_parameters
from next_song.parameters import Autoscaling, Deployment
from next_song.serving.endpoint import (
    changes,
    guardrails,
    hosted,
    inventory,
    removal,
    rollback,
    rollout,
    scaling,
    store,
)
from next_song.serving.endpoint.changes import Changes
from next_song.serving.endpoint.rollout import Rollout
from next_song.serving.endpoint.standing import Standing, standing
from next_song.serving.endpoint.store import Store

OURS = {"project": "next-song", "endpoint": "songs"}
SCALED = Autoscaling(min_instances=2, max_instances=5, invocations_per_instance=70)
SETTINGS = Deployment.model_validate(base_parameters()["deployment"])


class LostError(EndpointError):
    """The lock is somebody else's."""


def lost() -> None:
    raise LostError("lost")


def of(sagemaker: Any, check: Any = lambda: None) -> Changes:
    lock: Any = SimpleNamespace(check=check)
    return Changes(sagemaker, "songs", lock, 600.0)


def test_an_update_may_take_as_long_as_it_is_watched(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    monkeypatch.setattr(Changes, "_await", lambda *given: waited.append(given[-1]))
    of(SageMaker(songs=serving("old"))).update("new", watched=300)
    assert waited == [900]


def test_scaling_is_known_before_it_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[Any] = []
    monkeypatch.setattr(Changes, "tag", lambda _, tags: done.append(tags))
    monkeypatch.setattr(scaling, "scale", lambda *given: done.append(given))
    of(SageMaker()).scale(SCALED)
    assert done == [scaling.as_tag(SCALED), ("songs", SCALED)]


@pytest.mark.parametrize(("name", "ended"), [("songs", ["songs"]), ("songs-check", [])])
def test_the_scaling_of_an_endpoint_that_is_deleted_ends(
    name: str, ended: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    unscaled: list[str] = []
    monkeypatch.setattr(scaling, "unscale", unscaled.append)
    monkeypatch.setattr(Changes, "tag", lambda *_: None)
    sagemaker = SageMaker(scaling.as_tag(SCALED), **{name: serving("old")})
    of(sagemaker).delete(name)
    assert (unscaled, sagemaker.endpoints) == (ended, {})


def test_who_has_lost_the_lock_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    sagemaker = SageMaker(scaling.as_tag(SCALED), **{"songs": serving("old"), "songs-check": {}})
    without = of(sagemaker, lost)
    tagged: list[Any] = []
    sagemaker.add_tags = lambda **given: tagged.append(given)  # type: ignore[attr-defined]
    monkeypatch.setattr(scaling, "unscale", tagged.append)
    monkeypatch.setattr(changes, "tidy", lambda *given: tagged.append(given))
    steps = [
        lambda: without.tag({"accepted": "new"}),
        lambda: without.scale(None),
        lambda: without.update("new"),
        lambda: without.delete("songs"),
        lambda: without.tidy(set()),
        lambda: without.change(lambda: tagged.append("changed"), lambda: True),
    ]
    for step in steps:
        with pytest.raises(LostError):
            step()
    assert (tagged, sagemaker.calls) == ([], [])


def test_tags_of_aws_itself_are_not_ours_to_write_back() -> None:
    sagemaker = SageMaker({"aws:cloudformation:stack-name": "x", "run": "17"}, songs=serving("old"))
    assert hosted.tags_of(sagemaker, "endpoint", "songs") == {"run": "17"}


def test_an_endpoint_is_busy_in_each_state_that_ends_by_itself() -> None:
    model = Session().get_service_model("sagemaker")
    states = model.shape_for("EndpointStatus").enum
    assert set(hosted.BUSY) == {state for state in states if state.endswith(("ing", "Back"))}


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


def deploying(before: Standing, config: str = "new") -> tuple[Rollout, list[Any]]:
    """A rollout that notes its changes."""
    done: list[Any] = []
    version: Any = SimpleNamespace(config=config, settings=SETTINGS, tags={"run": "2"})
    made = Rollout(version, Store("s3://bucket/models"), object(), object())
    made._home, made._watched = "s3://home/models", 0.0
    made._changes = SimpleNamespace(  # type: ignore[assignment]
        tag=lambda tags: done.append(("tag", tags)),
        scale=lambda wanted: done.append(("scale", wanted)),
        go_back=lambda good, mine, _: done.append(("back", good, mine)),
        end_check=lambda: None,
        tidy=lambda kept: done.append(("tidy", kept)),
    )
    return made, done


@pytest.mark.parametrize(
    ("accepted", "previous", "earlier"),
    [("old", "older", "old"), ("new", "old", "old"), ("", "old", "old"), ("", "", "")],
)
def test_the_version_before_is_another_one(accepted: str, previous: str, earlier: str) -> None:
    before = Standing("songs", accepted, accepted, previous)
    made, done = deploying(before)
    assert made._accept(before) == {"new", earlier} - {""}
    tags = {"accepted": "new", "previous": earlier or "none", "store": "s3://home/models"}
    assert done == [("tag", {"run": "2"} | tags)]


def test_what_failed_leaves_the_tags_as_they_were() -> None:
    before = Standing("songs", "old", "old", "older", tags={"run": "1"} | scaling.as_tag(SCALED))
    made, done = deploying(before)
    made._restore(before)
    assert done == [
        ("back", "old", {"new", "old"}),
        ("scale", SCALED),
        ("tag", before.tags),
        ("tidy", {"old", "older"}),
    ]


def test_an_endpoint_keeps_its_first_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def lock(of: Store, *_: Any) -> None:
        asked.append(of.url)
        raise InputError("enough")

    for module in (rollout, rollback):
        monkeypatch.setattr(module, "Lock", lock)
        monkeypatch.setattr(module, "tags_of", lambda *_: OURS | {"store": "s3://first/models"})
    made, _ = deploying(Standing())
    monkeypatch.setattr(rollback, "client", lambda _: object())
    for change in (lambda: made.run(None), lambda: rollback.roll_back("songs")):  # type: ignore[arg-type]
        with pytest.raises(InputError, match="enough"):
            change()
    assert asked == ["s3://first/models"] * 2


def test_a_rollback_keeps_the_lock_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    class Held:
        def __init__(self, *_: Any) -> None: ...

        def __enter__(self) -> "Held":
            return self

        def __exit__(self, *_: object) -> None: ...

    tags = {"endpoint": OURS | {"store": "s3://first/models"}}
    tags |= {"endpoint_config": {"run": "1", "store": "s3://other/models"}}
    tagged: list[dict[str, str]] = []
    monkeypatch.setattr(rollback, "client", lambda _: object())
    monkeypatch.setattr(rollback, "Lock", Held)
    monkeypatch.setattr(rollback, "tags_of", lambda _, kind, __: tags[kind])
    monkeypatch.setattr(rollback, "standing", lambda *_: Standing("songs", "new", "new", "old"))
    monkeypatch.setattr(rollback, "models_of", lambda *_: ["model"])
    monkeypatch.setattr(rollback, "_smoke", lambda *_: None)
    monkeypatch.setattr(rollback, "_switch", lambda *_: None)
    monkeypatch.setattr(Changes, "tag", lambda _, given: tagged.append(given))
    assert rollback.roll_back("songs") == {"endpoint": "songs", "model": "model", "config": "old"}
    versions = {"accepted": "old", "previous": "new", "store": "s3://first/models"}
    assert tagged == [{"run": "1"} | versions]


def test_a_copy_of_other_bytes_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    digests = iter(["", "b" * 64])
    monkeypatch.setattr(Store, "_digest", lambda *_: next(digests))
    monkeypatch.setattr(store, "client", lambda _: SimpleNamespace(copy=lambda *_: None))
    archive: Any = SimpleNamespace(url="s3://bucket/runs/1/06_models/model.tar.gz", digest="a" * 64)
    with pytest.raises(InputError, match="has SHA-256 bbbbbbbbbbbb; expected aaaaaaaaaaaa"):
        Store("s3://bucket/models").keep(archive, {})
