"""How an endpoint is changed, with a SageMaker that is a table of descriptions."""

from types import SimpleNamespace
from typing import Any

import pytest
from described import SageMaker, serving

from next_song.errors import EndpointError
from next_song.parameters import Autoscaling
from next_song.serving.endpoint import (
    changes,
    hosted,
    scaling,
)
from next_song.serving.endpoint.changes import Changes

PATIENCE = 600.0
SCALED = Autoscaling(min_instances=2, max_instances=5, invocations_per_instance=70)


def of(sagemaker: SageMaker) -> Changes:
    lock: Any = SimpleNamespace(check=lambda: None)
    return Changes(sagemaker, "songs", lock, PATIENCE)


def test_an_update_without_scaling_takes_what_the_configuration_says() -> None:
    sagemaker = SageMaker(songs=serving("old"))
    of(sagemaker).update("new", lambda kept: {"kept": kept})
    update = {"EndpointName": "songs", "EndpointConfigName": "new"}
    assert sagemaker.calls == [update | {"RetainAllVariantProperties": False, "kept": None}]
    of(sagemaker).update("new")
    assert sagemaker.calls[1] == update | {"RetainAllVariantProperties": False}


@pytest.mark.parametrize(
    ("variants", "kept"),
    [([{"DesiredInstanceCount": 3}, {"DesiredInstanceCount": 9}], 3), ([{}], 1), ([], 1)],
)
def test_an_update_keeps_the_instances_that_scaling_has_given(
    variants: list[dict[str, int]], kept: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    sagemaker = SageMaker(scaling.as_tag(SCALED), songs=serving("old", ProductionVariants=variants))
    done: list[Any] = []
    monkeypatch.setattr(scaling, "unscale", lambda name: done.append(f"unscaled {name}"))
    monkeypatch.setattr(Changes, "scale", lambda self, wanted: done.append(wanted))
    of(sagemaker).update("new", lambda kept: done.append(kept) or {})  # type: ignore[func-returns-value]
    assert done == ["unscaled songs", kept, SCALED]
    assert sagemaker.calls[0]["RetainAllVariantProperties"] is True


def test_scaling_comes_back_after_an_update_that_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sagemaker, scaled = SageMaker(scaling.as_tag(SCALED), songs=serving("old")), list[Any]()

    def refuse(**_: Any) -> None:
        raise EndpointError("no")

    monkeypatch.setattr(sagemaker, "update_endpoint", refuse)
    monkeypatch.setattr(scaling, "unscale", lambda _: None)
    monkeypatch.setattr(Changes, "scale", lambda self, wanted: scaled.append(wanted))
    with pytest.raises(EndpointError, match="no"):
        of(sagemaker).update("new")
    assert scaled == [SCALED]


def test_what_did_not_become_healthy_is_told_with_its_reason() -> None:
    told = "endpoint songs: the new model did not become healthy: "
    sagemaker = SageMaker(songs=serving("old", FailureReason="no\n room"))
    for name, seen in (("songs", "no room"), ("gone", "no reason is given")):
        with pytest.raises(EndpointError) as found:
            of(sagemaker)._await(name, "new", PATIENCE)
        assert str(found.value) == told.replace("songs", name) + seen
    of(sagemaker)._await("songs", "old", PATIENCE)
    sagemaker.endpoints["songs"]["EndpointStatus"] = "Failed"
    with pytest.raises(EndpointError, match="did not become healthy: no room"):
        of(sagemaker)._await("songs", "old", PATIENCE)


@pytest.mark.parametrize(
    ("now", "good", "done"),
    [
        ("new", "old", ["update to old"]),
        ("new", "", ["delete songs"]),
        ("another", "old", []),
        ("old", "old", []),
        ("new", "new", []),
        (None, "old", []),
    ],
)
def test_it_goes_back_from_what_this_deployment_made(
    now: str | None, good: str, done: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    waited, called = list[float](), list[str]()
    found = serving(now) if now else None
    monkeypatch.setattr(changes, "rested", lambda _, name, seconds: waited.append(seconds) or found)
    monkeypatch.setattr(Changes, "update", lambda self, name: called.append(f"update to {name}"))
    monkeypatch.setattr(Changes, "delete", lambda self, name: called.append(f"delete {name}"))
    of(SageMaker()).go_back(good, {"new", "old"}, 30)
    of(SageMaker()).go_back(good, {"new", "old"})
    assert (waited, called) == ([PATIENCE + 30, PATIENCE], done * 2)


def test_a_check_endpoint_of_another_is_left() -> None:
    sagemaker = SageMaker({"endpoint": "other"}, **{"songs-check": serving("c")})
    with pytest.raises(EndpointError, match=r"^endpoint songs-check: .* not belong to songs; exp"):
        of(sagemaker).end_check()
    assert sagemaker.calls == []
    sagemaker.tags = {"endpoint": "songs"}
    of(sagemaker).end_check()
    of(sagemaker).end_check()  # there is none: nothing to do
    assert sagemaker.calls == ["delete songs-check"]


@pytest.mark.parametrize("status", hosted.BUSY)
def test_a_change_that_takes_too_long_is_told(status: str, monkeypatch: pytest.MonkeyPatch) -> None:
    sagemaker = SageMaker(songs=serving("old", EndpointStatus=status))
    now = iter((0.0, 119.0, 120.0, 121.0))
    slept: list[float] = []
    clock = SimpleNamespace(monotonic=lambda: next(now), sleep=slept.append)
    monkeypatch.setattr(hosted, "time", clock)
    told = rf"^endpoint songs: found it {status} after 2 minutes; expected InService: see its logs"
    with pytest.raises(EndpointError, match=told):
        hosted.rested(sagemaker, "songs", 120)
    assert slept == [hosted.POLL_SECONDS] * 2


def test_an_endpoint_is_deleted_when_it_rests_and_it_is_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """SageMaker refuses to delete one that is updated; what is being deleted uses its model."""
    sagemaker = SageMaker(songs=serving("old"))
    monkeypatch.setattr(changes, "rested", lambda *given: sagemaker.calls.append(given[1:]))
    of(sagemaker).delete("songs")
    assert sagemaker.calls == [("songs", PATIENCE), "delete songs", ("songs", PATIENCE)]
