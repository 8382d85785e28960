"""How a rollout ends, and how it is rolled back: versions in tags, the lock, the copied archive."""

from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

import pytest
from described import OURS, SCALED, SETTINGS

from next_song.errors import InputError
from next_song.serving.endpoint import rollback, rollout, scaling, store
from next_song.serving.endpoint.changes import Changes
from next_song.serving.endpoint.rollout import Rollout
from next_song.serving.endpoint.standing import Standing
from next_song.serving.endpoint.store import Store


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
