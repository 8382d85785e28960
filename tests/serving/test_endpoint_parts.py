"""What deployments, queries and deletions are made of, without a stand-in."""

from types import SimpleNamespace
from typing import Any

import botocore.session
import pytest
from botocore.exceptions import EndpointConnectionError
from botocore.validate import ParamValidator
from described import MISSING, SageMaker, error, serving

from next_song.errors import EndpointError, InputError
from next_song.parameters import Autoscaling, DataCapture
from next_song.serving.endpoint import (
    aws,
    inventory,
    query,
    removal,
    scaling,
    store,
)
from next_song.serving.endpoint.capture import capture_config
from next_song.serving.endpoint.hosted import PROJECT
from next_song.serving.endpoint.standing import Standing

SCALED = Autoscaling(min_instances=2, max_instances=5, invocations_per_instance=70)


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


def answers(text: bytes) -> Any:
    """A runtime whose endpoints answer so."""
    body = SimpleNamespace(read=lambda: text)
    return SimpleNamespace(invoke_endpoint=lambda **_: {"Body": body})


NO_PREDICTIONS = [b"<" * 200, *(b'{"predictions": ' + one + b"}" for one in (b"5", b"null", b"{}"))]


@pytest.mark.parametrize("text", NO_PREDICTIONS)
def test_an_answer_that_is_no_prediction_is_shown_in_part(text: bytes) -> None:
    for asked in (
        lambda: query.ask("songs", [["a"]], answers(text)),
        lambda: query.ask_for("songs", "recommend", {}, answers(text)),
    ):
        with pytest.raises(EndpointError) as found:
            asked()
        assert str(found.value) == (
            f"endpoint songs: found an answer that is not a prediction: {text[:80]!r}; expected "
            "JSON with `predictions`: is it a next-song model?"
        )


def test_one_answer_is_expected_to_each_history() -> None:
    two = b'{"predictions": [{}, {}]}'
    for asked in (
        lambda: query.ask("songs", [["a"]], answers(two)),
        lambda: query.ask_for("songs", "recommend", {}, answers(two)),
    ):
        with pytest.raises(EndpointError, match="found 2 answers to 1 histories; expected one"):
            asked()


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


@pytest.mark.parametrize(
    ("now", "count"),
    [
        ([{"CurrentInstanceCount": 3}, {"CurrentInstanceCount": 9}], 3),
        ([{"CurrentInstanceCount": 0}], 2),
        ([{}], 2),
        ([], 2),
        (None, 2),
    ],
)
def test_what_an_endpoint_costs_is_that_of_its_instances_now(
    now: Any, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    variants = [{"InstanceType": "ml.m5.large", "InitialInstanceCount": 2}, {"InstanceType": "no"}]
    more = {} if now is None else {"ProductionVariants": now}
    sagemaker = SageMaker({PROJECT["Key"]: PROJECT["Value"]}, songs=serving("old", **more))
    sagemaker.configs = {"old": {"ProductionVariants": variants}}
    monkeypatch.setattr(inventory, "usd_per_day", lambda instance, count: (instance, count))
    found = inventory._more(sagemaker, "songs")
    assert found is not None
    assert found["usd_per_day"] == ("ml.m5.large", count)
    sagemaker.tags = {}
    assert inventory._more(sagemaker, "songs") is None


@pytest.mark.parametrize(
    ("given", "tries"), [({}, 9), ({"patient": True}, 9), ({"patient": False}, 3)]
)
def test_a_client_for_a_person_gives_up_sooner(
    given: dict[str, bool], tries: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(query, "client", lambda service, config: (service, config))
    service, config = query.runtime_client(**given)
    assert (service, config.retries["total_max_attempts"]) == ("sagemaker-runtime", tries)


@pytest.mark.parametrize("percent", [1, 100])
def test_what_is_captured_is_what_sagemaker_takes(percent: int) -> None:
    config = capture_config(DataCapture(percent=percent), "s3://bucket/a/models")
    told = config["DataCaptureConfig"]
    assert (told["EnableCapture"], told["InitialSamplingPercentage"]) == (True, percent)
    assert told["DestinationS3Uri"] == "s3://bucket/a/captured"
    model = botocore.session.get_session().get_service_model("sagemaker")
    shape = model.shape_for("DataCaptureConfig")
    assert ParamValidator().validate(told, shape).generate_report() == ""
    assert capture_config(None, "s3://bucket/a/models") == {}
