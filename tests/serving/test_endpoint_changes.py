"""How an endpoint is changed, with a SageMaker that is a table of descriptions."""

from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from next_song.errors import EndpointError, InputError
from next_song.parameters import Autoscaling
from next_song.serving.endpoint import aws, changes, hosted, query, removal, scaling, store
from next_song.serving.endpoint.changes import Changes
from next_song.serving.endpoint.standing import Standing

PATIENCE = 600.0
SCALED = Autoscaling(min_instances=2, max_instances=5, invocations_per_instance=70)


def error(code: str, message: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "DescribeEndpoint")


MISSING = error("ValidationException", "Could not find endpoint")


class SageMaker:
    """Endpoints by name; an update is done at once. calls: what was asked to change."""

    def __init__(self, tags: dict[str, str] | None = None, **endpoints: dict[str, Any]) -> None:
        self.endpoints, self.tags, self.calls = endpoints, tags or {}, list[Any]()

    def describe_endpoint(self, EndpointName: str) -> dict[str, Any]:  # noqa: N803
        if EndpointName not in self.endpoints:
            raise MISSING
        return {"EndpointArn": EndpointName} | self.endpoints[EndpointName]

    def list_tags(self, **_: str) -> dict[str, Any]:
        return {"Tags": [{"Key": key, "Value": value} for key, value in self.tags.items()]}

    def update_endpoint(self, **given: Any) -> None:
        self.calls.append(given)
        self.endpoints[given["EndpointName"]] |= {"EndpointConfigName": given["EndpointConfigName"]}

    def delete_endpoint(self, EndpointName: str) -> None:  # noqa: N803
        self.calls.append(f"delete {EndpointName}")
        del self.endpoints[EndpointName]


def serving(config: str, **more: Any) -> dict[str, Any]:
    return {"EndpointStatus": "InService", "EndpointConfigName": config} | more


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


def test_what_aws_has_done_counts_though_the_call_failed() -> None:
    def fails(failure: Exception) -> Any:
        def call() -> None:
            raise failure

        return call

    for failure in (MISSING, EndpointConnectionError(endpoint_url="x")):
        aws.attempt(fails(failure), lambda: True)
        with pytest.raises(type(failure)):
            aws.attempt(fails(failure), lambda: False)
    with pytest.raises(KeyError):
        aws.attempt(fails(KeyError()), lambda: True)


@pytest.mark.parametrize(
    ("code", "message", "missing", "denied"),
    [
        ("ValidationException", "COULD NOT FIND it", True, False),
        ("ValidationException", "too long", False, False),
        ("Other", "Could not find it", False, False),
        ("AccessDenied", "", False, True),
        ("AccessDeniedException", "", False, True),
    ],
)
def test_missing_is_not_denied(code: str, message: str, missing: bool, denied: bool) -> None:
    found = error(code, message)
    assert (aws.is_missing(found), aws.is_denied(found)) == (missing, denied)


@pytest.mark.parametrize(
    ("config", "accepted", "previous", "target", "good", "good_if_new"),
    [
        ("b", "b", "a", "a", "b", "b"),
        ("c", "b", "a", "b", "b", "b"),
        ("b", "b", "", "", "b", "b"),
        ("b", "", "", "", "b", ""),
        ("", "", "", "", "", ""),
    ],
)
def test_where_a_rollback_and_a_failure_lead(
    config: str, accepted: str, previous: str, target: str, good: str, good_if_new: str
) -> None:
    found = Standing("songs", config, accepted, previous)
    assert (found.target, found.good("new"), found.good(config)) == (target, good, good_if_new)
    assert found.kept == {name for name in (config, accepted, previous) if name}


@pytest.mark.parametrize("words", ["", "none", "2 5", "2 5 70 1", "2 5 x"])
def test_tags_of_another_form_are_no_scaling(words: str) -> None:
    assert scaling.from_tags({"autoscaling": words}) is None


def test_scaling_is_read_back_from_its_tag_and_said() -> None:
    assert scaling.as_tag(SCALED) == {"autoscaling": "2 5 70"}
    assert scaling.as_tag(None) == {"autoscaling": "none"}
    assert scaling.from_tags(scaling.as_tag(SCALED)) == SCALED
    assert scaling.in_words(SCALED) == "2 to 5 instances, so that each has 70 requests a minute"
    assert (scaling.in_words(None), scaling.from_tags({})) == (None, None)


def test_an_answer_that_is_no_prediction_is_shown_in_part() -> None:
    text = b"<" * 200
    runtime = SimpleNamespace(
        invoke_endpoint=lambda **_: {"Body": SimpleNamespace(read=lambda: text)}
    )
    with pytest.raises(EndpointError) as found:
        query.ask("songs", [["a"]], runtime)
    assert str(found.value) == (
        f"endpoint songs: found an answer that is not a prediction: {text[:80]!r}; expected JSON "
        "with `predictions`: is it a next-song model?"
    )


@pytest.mark.parametrize(("tags", "gone"), [(scaling.as_tag(SCALED), ["songs"]), ({}, [])])
def test_a_deletion_ends_the_scaling_that_there_is(
    tags: dict[str, str], gone: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: list[str] = []
    monkeypatch.setattr(scaling, "unscale", ended.append)
    assert removal._unscaled(SageMaker(tags, songs=serving("old")), "songs") == gone
    assert ended == gone


@pytest.mark.parametrize(("name", "intact"), [("a" * 64, True), ("b" * 64, False), ("model", True)])
def test_an_archive_of_a_store_has_the_sha_of_its_name(
    name: str, intact: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []
    s3 = SimpleNamespace(download_file=lambda *given: asked.append(given))
    archive = SimpleNamespace(digest="a" * 64)
    monkeypatch.setattr(store, "client", lambda service: s3)
    unpacked = SimpleNamespace(unpack=lambda path, url: asked.append((str(path), url)) or archive)
    monkeypatch.setattr(store, "ModelArchive", unpacked)
    url = f"s3://bucket/models/{name}.tar.gz"
    if intact:
        assert store.load(url) is archive  # type: ignore[comparison-overlap]
    else:
        told = f"found SHA-256 {'a' * 12}; expected {'b' * 12}, as its name says: it was overwr"
        with pytest.raises(InputError, match=told):
            store.load(url)
    (bucket, key, path), (read, of_url) = asked
    assert (bucket, key, of_url) == ("bucket", f"models/{name}.tar.gz", url)
    assert path == read
