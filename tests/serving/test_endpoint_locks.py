"""What a change of an endpoint does with its lock and its scaling."""

from types import SimpleNamespace
from typing import Any

import pytest
from described import SCALED, SageMaker, serving

from next_song.errors import EndpointError
from next_song.serving.endpoint import changes, scaling
from next_song.serving.endpoint.changes import Changes


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


def test_the_scaling_stays_when_the_check_endpoint_is_deleted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    unscaled: list[str] = []
    monkeypatch.setattr(scaling, "unscale", unscaled.append)
    monkeypatch.setattr(Changes, "tag", lambda *_: None)
    both = {name: serving("old") for name in ("songs", "songs-check")}
    sagemaker = SageMaker(scaling.as_tag(SCALED), **both)
    of(sagemaker).delete("songs-check")
    assert (unscaled, list(sagemaker.endpoints)) == ([], ["songs"])


def test_an_update_that_is_under_way_has_been_asked_for() -> None:
    pending = {"PendingDeploymentSummary": {"EndpointConfigName": "new"}}
    made = of(SageMaker(songs=serving("old", **pending)))
    assert made._goes_to("songs", "new")
    assert made._goes_to("songs", "old")
    assert not made._goes_to("songs", "other")
    assert not made._goes_to("nobody", "new")
