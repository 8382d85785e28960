"""How a rollout ends, and how it is rolled back: versions in tags, the lock, the copied archive."""

import signal
from contextlib import nullcontext
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
from described import OURS, SCALED, SETTINGS, SageMaker, serving

from next_song.errors import EndpointError, InputError
from next_song.parameters import Deployment
from next_song.serving.endpoint import rollback, rollout, scaling, store
from next_song.serving.endpoint.changes import Changes
from next_song.serving.endpoint.rollout import Rollout
from next_song.serving.endpoint.standing import Standing
from next_song.serving.endpoint.store import Store
from next_song.signals import stop


def deploying(before: Standing, config: str = "new") -> tuple[Rollout, list[Any]]:
    """A rollout that notes its changes."""
    done: list[Any] = []
    version: Any = SimpleNamespace(config=config, settings=SETTINGS, tags={"run": "2"})
    made = Rollout(version, Store("s3://bucket/models"), object(), object())
    made._home, made._watched = "s3://home/models", 0.0
    made._changes = changes = SimpleNamespace(  # type: ignore[assignment]
        tag=lambda tags: done.append(("tag", tags)),
        scale=lambda wanted: done.append(("scale", wanted)),
        go_back=lambda good, mine, _: done.append(("back", good, mine)),
        end_check=lambda: None,
        tidy=lambda kept: done.append(("tidy", kept)),
    )
    changes.tag_version = partial(Changes.tag_version, changes)
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


@pytest.mark.parametrize(
    ("compared", "served", "refused"),
    [
        ("s3://a", "s3://a", False),
        ("s3://a", "s3://b", True),
        ("s3://a", "", True),
        ("", "s3://b", True),
        ("", "", False),
        ("s3://a", "s3://mine", False),  # a deployment that was killed, once more
        (None, "s3://b", False),
    ],
)
def test_nobody_deploys_over_what_was_not_compared(
    compared: str | None, served: str, refused: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, _ = deploying(Standing())
    made.compared, made.version.archive_url = compared, "s3://mine"  # type: ignore[misc]
    made._changes.patience = 1.0
    monkeypatch.setattr(rollout, "served_address", lambda *_: served)
    monkeypatch.setattr(rollout, "standing", lambda *_: Standing())
    told = "found .* in production, but this archive was compared with .*: deploy again"
    with pytest.raises(InputError, match=told) if refused else nullcontext():
        assert made._begin() == Standing()


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
    monkeypatch.setattr(rollback, "_smoke", lambda *_: SimpleNamespace(ask=lambda _: None))
    monkeypatch.setattr(Changes, "update", lambda *_: None)
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


def test_what_was_never_accepted_is_not_the_version_before() -> None:
    """A deployment was killed over `killed`, which did not answer the smoke query."""
    before = Standing("songs", "killed", "old", "older")
    made, done = deploying(before)
    assert made._accept(before) == {"new", "old"}
    tags = {"accepted": "new", "previous": "old", "store": "s3://home/models"}
    assert done == [("tag", {"run": "2"} | tags)]


FIGURES = {"hit_rate-50": "0.4", "production-mrr-10": "0.3", "team": "radio-10"}


def test_figures_of_another_version_do_not_stay() -> None:
    before = Standing("songs", "old", "old", "older", tags=FIGURES)
    made, done = deploying(before)
    made.version.tags["production-mrr-10"] = "0.5"
    made._accept(before)
    ((_, tags),) = done
    assert {name: tags.get(name) for name in FIGURES} == {
        "hit_rate-50": "none",
        "production-mrr-10": "0.5",
        "team": None,
    }


def test_figures_that_a_failed_version_has_left_do_not_stay() -> None:
    made, done = deploying(Standing())
    made.version.tags["hit_rate-100"] = "0.9"
    made._restore(Standing("songs", "old", "old", tags={"hit_rate-50": "0.4"}))
    assert ("tag", {"hit_rate-100": "none", "hit_rate-50": "0.4"}) in done


def deployed(before: Standing, monkeypatch: pytest.MonkeyPatch, marks: str = "aaa") -> list[Any]:
    """What `_deploy` does, in its order. marks: of the archive, each time that it is looked at."""
    rolled: Any
    rolled, done = deploying(before)
    seen = iter(marks)
    rolled.store = SimpleNamespace(mark=lambda _: next(seen))
    rolled.version.archive_url, rolled.version.make = "s3://mine", lambda *_: None
    rolled._changes.change = lambda *_: None
    monkeypatch.setattr(Rollout, "_check", lambda *_: done.append("check"))
    monkeypatch.setattr(Rollout, "_roll", lambda *_: done.append("roll"))
    monkeypatch.setattr(rollout, "put_alarms", lambda *_: done.append("alarms"))
    rolled._deploy(before, SimpleNamespace(ask=lambda _: done.append("ask")))
    return done


@pytest.mark.parametrize(
    ("config", "accepted", "steps"),
    [
        ("old", "old", ["check", "alarms", "roll", "ask"]),
        ("new", "new", ["alarms", "ask"]),  # other alarms are no other configuration
        ("new", "old", ["alarms", "ask"]),  # a deployment that was killed, once more
        ("killed", "new", ["check", "alarms", "roll", "ask"]),
    ],
)
def test_what_is_in_use_is_asked_and_watched_but_not_rolled_out(
    config: str, accepted: str, steps: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    done = deployed(Standing("songs", config, accepted), monkeypatch)
    assert done == [*steps, ("scale", SETTINGS.autoscaling)]


@pytest.mark.parametrize("marks", ["ab", "aab"])
def test_an_archive_that_was_overwritten_is_told(
    marks: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(InputError, match="overwritten while SageMaker read it"):
        deployed(Standing("songs", "old", "old"), monkeypatch, marks)


def test_the_check_endpoint_is_deleted_when_it_has_answered() -> None:
    rolled: Any
    rolled, done = deploying(Standing())
    rolled.version.uncaptured = SimpleNamespace(config="c", tags={}, make=lambda *_: None)
    rolled._changes.change = lambda *_: None
    rolled._changes.create = lambda name, *_: done.append(f"create {name}")
    rolled._changes.end_check = lambda: done.append("delete")
    rolled._check(SimpleNamespace(ask=lambda name: done.append(f"ask {name}")))
    name = f"{rolled.name}-check"
    assert done == [f"create {name}", f"ask {name}", "delete"]


def test_an_endpoint_that_failed_is_made_anew_after_all_of_its_wait(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rolled: Any
    rolled, done = deploying(Standing())
    rolled._watched, waited = 300.0, list[float]()
    rolled._changes.patience = 60.0
    rolled._changes.delete = done.append

    def failed(*given: Any) -> Standing:
        waited.append(given[-1])
        return Standing("songs", "old", failed=True)

    monkeypatch.setattr(rollout, "standing", failed)
    assert rolled._begin() == Standing()
    assert (done, waited) == ([rolled.name], [360.0])


def test_a_signal_ends_a_change_as_an_exception_does(monkeypatch: pytest.MonkeyPatch) -> None:
    handlers: list[Any] = []

    def lock(*_: Any) -> None:
        handlers.append(signal.getsignal(signal.SIGTERM))
        raise InputError("enough")

    for module in (rollout, rollback):
        monkeypatch.setattr(module, "Lock", lock)
        monkeypatch.setattr(module, "tags_of", lambda *_: OURS | {"store": "s3://first/models"})
    monkeypatch.setattr(rollback, "client", lambda _: object())
    rolled: Any
    rolled, _ = deploying(Standing())
    for change in (lambda: rolled.run(None), lambda: rollback.roll_back("songs")):
        with pytest.raises(InputError, match="enough"):
            change()
    assert handlers == [stop, stop]


def test_a_rollback_from_what_was_never_accepted_can_be_taken_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A deployment was killed over `killed`: the accepted one is the one before."""
    tagged: list[dict[str, str]] = []
    now = Standing("songs", "killed", "old", "older", tags=FIGURES)
    monkeypatch.setattr(rollback, "client", lambda _: object())
    monkeypatch.setattr(rollback, "Lock", lambda *_: nullcontext())
    monkeypatch.setattr(rollback, "tags_of", lambda *_: {"store": "s3://first/models"})
    monkeypatch.setattr(rollback, "standing", lambda *_: now)
    monkeypatch.setattr(rollback, "models_of", lambda *_: ["model"])
    monkeypatch.setattr(rollback, "_smoke", lambda *_: SimpleNamespace(ask=lambda _: None))
    monkeypatch.setattr(Changes, "update", lambda *_: None)
    monkeypatch.setattr(Changes, "tag", lambda _, given: tagged.append(given))
    assert rollback.roll_back("songs")["config"] == "old"
    versions = {"accepted": "old", "previous": "killed", "store": "s3://first/models"}
    assert tagged == [{"hit_rate-50": "none", "production-mrr-10": "none"} | versions]


def test_a_deployment_that_fails_puts_the_earlier_scaling_back() -> None:
    made, done = deploying(Standing())
    made._restore(Standing("songs", "old", "old", tags=scaling.as_tag(SCALED)))
    assert ("scale", SCALED) in done


MANY = SCALED.model_copy(update={"max_instances": 20})


# the settings have one instance; a canary bakes twice, and one of five moves at a time
@pytest.mark.parametrize(
    ("shift", "tags", "watched"),
    [
        ("canary", {}, 600.0),
        ("linear", {}, 600.0),
        ("linear", scaling.as_tag(SCALED), 1800.0),  # five instances may be kept
        ("linear", scaling.as_tag(MANY), 6000.0),  # 19 move one by one, 20 two at a time
    ],
)
def test_an_update_is_waited_for_while_alarms_watch_it(
    shift: str, tags: dict[str, str], watched: float
) -> None:
    rolled: Any
    rolled, done = deploying(Standing())
    settings = SETTINGS.model_dump()
    settings["guardrails"] |= {"shift": shift, "bake_seconds": 300, "percent": 10}
    rolled.version.settings = Deployment.model_validate(settings)
    rolled._changes.update = lambda config, _, watched=0: done.append((config, watched))
    rolled._roll(Standing("songs", "old", "old", tags=tags))
    assert done == [("new", watched)]


@pytest.mark.parametrize("tags", [{}, {"store": "s3://first/models"}])
def test_the_first_version_has_none_to_roll_back_to(
    tags: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rollback, "client", lambda _: SageMaker(tags, songs=serving("only")))
    monkeypatch.setattr(rollback, "Lock", lambda *_: nullcontext())
    monkeypatch.setattr(rollback, "standing", lambda *_: Standing("songs", "only", "only"))
    with pytest.raises(EndpointError, match="songs: found no earlier version to roll back to"):
        rollback.roll_back("songs")
