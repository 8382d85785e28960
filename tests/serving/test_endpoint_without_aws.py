"""What the endpoint's code computes by itself: limits, names, requests, prices, words."""

import json
import re
from types import SimpleNamespace
from typing import Any

import duckdb
import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError, EndpointConnectionError
from described import SageMaker, serving

from next_song.errors import EndpointError, InputError
from next_song.grid import base_parameters
from next_song.parameters import Deployment, Serverless, Vpc
from next_song.serving.endpoint import aws, hosted, inventory, limits, query, smoke
from next_song.serving.endpoint.store import Store, place
from next_song.serving.endpoint.version import Version

GIB = 2**30
SETTINGS = Deployment.model_validate(base_parameters()["deployment"] | {"endpoint": "tested"})


def archive(gib: float = 5, songs: int = 10**6, precision: str = "float32") -> Any:
    """An archive of two members, of so many bytes together."""
    members = [SimpleNamespace(size=int(gib * GIB) - 1), SimpleNamespace(size=1)]
    return SimpleNamespace(
        manifest=SimpleNamespace(members=members),
        precision=precision,
        songs=duckdb.sql(f"from range({songs})"),
    )


@pytest.mark.parametrize(("precision", "times"), [("float32", 1.5), ("float16", 3.5)])
def test_memory_is_for_the_server_the_model_and_the_scores_of_a_request(
    precision: str, times: float
) -> None:
    scores = 3 * 4 * 32 * 10**6 / GIB  # three arrays of 32 histories and a million songs
    expected = 0.75 + times * 5 + scores
    assert limits.memory_needed(archive(precision=precision)) == pytest.approx(expected, rel=1e-12)


def test_seconds_to_start_are_those_to_fetch_unpack_and_load() -> None:
    expected = 5 * GIB / 50e6 + 5 * GIB / 100e6 + 3 * 7
    assert limits.seconds_to_start(archive(), 7) == pytest.approx(expected, rel=1e-12)


def serverless(memory_mib: int) -> Deployment:
    hosting = Serverless(memory_mib=memory_mib, max_concurrency=1)
    return SETTINGS.model_copy(update={"serverless": hosting})


@pytest.mark.parametrize(
    ("needed", "memory_mib", "told"),
    [
        (2.0, 2048, None),
        (2.001, 2048, "2.0 GiB; expected at least 2.1 GiB for this model and a request of 32 hist"),
        (6.0, 2048, "2.0 GiB; expected at least 6.0 GiB .*: choose more memory_mib"),
        (6.001, 2048, "2.0 GiB; expected at least 6.1 GiB .*: choose a larger instance"),
    ],
)
def test_memory_at_its_limit(
    needed: float, memory_mib: int, told: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "memory_needed", lambda _: needed)
    if told is None:
        limits.check_limits(archive(0.1), serverless(memory_mib), 1)
        return
    expected = f"^deployment.serverless: found memory_mib {memory_mib}, {told}"
    with pytest.raises(InputError, match=expected):
        limits.check_limits(archive(0.1), serverless(memory_mib), 1)


def test_seconds_at_their_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "seconds_to_start", lambda *_: 180.0)
    limits.check_limits(archive(0.1), serverless(2048), 1)
    monkeypatch.setattr(limits, "seconds_to_start", lambda *_: 180.1)
    with pytest.raises(InputError, match="take about 181 s to start; expected at most 180 s"):
        limits.check_limits(archive(0.1), serverless(2048), 1)
    limits.check_limits(archive(0.1), SETTINGS, 1)  # an instance may take its time


MOST = 4 * 2**20 - 2**16


def history_of(size: int) -> list[str]:
    """A history of one song whose request has so many bytes."""
    return ["x" * (size - len(json.dumps({"instances": [{"song_ids": [""]}]})))]


def test_a_request_of_the_most_bytes_is_sent_and_a_larger_one_refused() -> None:
    ((body, count),) = query._bodies([history_of(MOST)])
    assert (len(body), count) == (MOST, 1)
    told = (
        f"history: found 1 songs, {MOST + 1} bytes; expected at most {MOST} bytes, what SageMaker"
    )
    with pytest.raises(InputError, match=told):
        list(query._bodies([history_of(MOST + 1)]))
    with pytest.raises(InputError, match=r"^history and rules: found \d+ bytes; expected at most"):
        query.ask_for("e", "recommend", {"song_ids": history_of(MOST)}, runtime=object())


@pytest.mark.parametrize(
    ("histories", "counts"), [(0, []), (1, [1]), (32, [32]), (33, [32, 1]), (65, [32, 32, 1])]
)
def test_a_request_has_32_histories(histories: int, counts: list[int]) -> None:
    assert [count for _, count in query._bodies([["a"]] * histories)] == counts


def test_prices_grow_with_the_processors() -> None:
    assert inventory.usd_per_day("ml.m5.large", 1) == 2.76  # 24 times 0.115 USD
    assert inventory.usd_per_day("ml.m5.large", 3) == 8.28
    assert inventory.usd_per_day("ml.none.large", 1) is None
    processors = {"large": 2, "xlarge": 4, "2xlarge": 8}
    each = {
        name: price / processors[name.split(".")[2]]
        for name, price in inventory.PRICES.items()
        if "t2" not in name
    }
    for family, price in (("c5", 0.051), ("m5", 0.0575)):
        found = [one for name, one in each.items() if family in name]
        assert found == pytest.approx([price] * len(found), rel=0.005)
    assert inventory.PRICES["ml.t2.medium"] < inventory.PRICES["ml.c5.large"] < 0.2


def failure(code: str, message: str | None) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}, "OriginalMessage": "b"}, "X")


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (failure("Odd", "a\n b."), "it: Odd: a b"),
        (failure("Odd", None), "it: Odd: b"),
        (failure("ModelError", "no."), "it: ModelError: no; the model has failed: CloudWatch has"),
        (failure("Odd", "x" * 301), f"it: Odd: {'x' * 300}"),
        (
            ConnectTimeoutError(endpoint_url="u"),
            "it: no answer in time: Connect timeout on endpoin",
        ),
        (EndpointConnectionError(endpoint_url="u"), "it: Could not connect to the endpoint URL: "),
    ],
)
def test_an_error_of_aws_is_one_line(error: Exception, told: str) -> None:
    with pytest.raises(EndpointError) as found, aws.plain_errors("it"):
        raise error
    text = str(found.value)
    assert text.startswith(told)
    assert text == told or not told.startswith("it: Odd")


def test_a_person_waits_less_and_a_model_may_take_its_minute() -> None:
    assert aws.RETRIES.read_timeout > 60  # in which SageMaker lets a model answer
    for name in ("connect_timeout", "read_timeout"):
        assert getattr(aws.FEW_RETRIES, name) < getattr(aws.RETRIES, name)
    tries = [one.retries["total_max_attempts"] for one in (aws.FEW_RETRIES, aws.RETRIES)]
    assert tries == [3, 9]


def version(**changes: Any) -> Version:
    given = {"role": "arn:aws:iam::1:role/model"} | changes.pop("settings", {})
    settings = SETTINGS.model_copy(update=given)
    given = {"archive_url": "s3://b/a", "digest": "0123456789abcdef", "image": "i:1", "tags": {}}
    return Version(settings, **(given | changes))


VPCS = [Vpc(subnets=[name], security_groups=["sg-1"]) for name in ("subnet-1", "subnet-2")]


def test_each_archive_image_role_and_network_has_a_model_of_its_own() -> None:
    assert re.fullmatch(r"tested-0123456789ab-[0-9a-f]{6}", version().model)
    others = [
        version(archive_url="s3://b/b"),
        version(image="i:2"),
        version(digest="f" * 16),
        version(settings={"role": "arn:aws:iam::1:role/less"}),
        *(version(settings={"vpc": vpc}) for vpc in VPCS),
    ]
    assert len({one.model for one in (version(), version(), *others)}) == 7


def test_each_hosting_has_a_configuration_of_its_own() -> None:
    made = version()
    assert re.fullmatch(rf"{made.model}-[0-9a-f]{{6}}", made.config)
    others = [
        version(settings={"instance_count": 7}),
        version(settings={"instance_type": "ml.c5.large"}),
        version(settings={"kms_key": "key"}),
        version(settings={"serverless": Serverless(memory_mib=1024, max_concurrency=1)}),
        version(settings={"serverless": Serverless(memory_mib=2048, max_concurrency=1)}),
    ]
    assert {one.model for one in others} == {made.model}
    assert len({one.config for one in (made, version(), *others)}) == 6


def test_the_store_stands_beside_the_folder_of_all_runs() -> None:
    store = Store.beside("s3://bucket/some/runs/run-1/06_models/model.tar.gz")
    assert store.url == "s3://bucket/some/models"
    assert store.captured == "s3://bucket/some/captured"
    assert store.address("0a") == "s3://bucket/some/models/0a.tar.gz"
    assert Store.beside("s3://bucket/runs/1/06_models/m.tar.gz").url == "s3://bucket/models"
    slashes = "s3://bucket/some/runs//run-1//06_models/model.tar.gz"  # of a root that ends in one
    assert Store.beside(slashes) == store
    assert place("s3://bucket/a/b.c") == ("bucket", "a/b.c")


@pytest.mark.parametrize("there", ["", "d" * 64, "a" * 64])
def test_a_copy_that_is_damaged_is_made_anew(there: str, monkeypatch: pytest.MonkeyPatch) -> None:
    copies, digests = list[Any](), iter([there, "a" * 64])
    monkeypatch.setattr(Store, "_digest", lambda *_: next(digests))
    store = Store("s3://bucket/models")
    s3 = SimpleNamespace(copy=lambda *given: copies.append(given))
    monkeypatch.setitem(vars(store), "s3", s3)
    archive: Any = SimpleNamespace(url="s3://bucket/runs/1/06_models/m.tar.gz", digest="a" * 64)
    store._copy(archive)
    source = {"Bucket": "bucket", "Key": "runs/1/06_models/m.tar.gz"}
    copied = [(source, "bucket", f"models/{archive.digest}.tar.gz")]
    assert copies == ([] if there == archive.digest else copied)


def test_tags_have_the_project_and_the_length_that_aws_takes() -> None:
    found = hosted.as_tags({"run": "x" * 257})
    assert found == [
        {"Key": "run", "Value": "x" * 256},
        {"Key": "project", "Value": "next-song"},
    ]


def test_configurations_are_those_in_use_and_those_to_come() -> None:
    assert hosted.configs_of({"EndpointConfigName": "a"}) == {"a"}
    pending = {"PendingDeploymentSummary": {"EndpointConfigName": "b"}}
    assert hosted.configs_of({"EndpointConfigName": "a"} | pending) == {"a", "b"}
    assert hosted.configs_of({"EndpointConfigName": None} | pending) == {"b"}


@pytest.mark.parametrize(
    ("status", "is_gone"), [(None, True), ("Deleting", True), ("InService", False)]
)
def test_what_is_gone_or_going_is_deleted(status: str | None, is_gone: bool) -> None:
    """An answer was lost, and boto3 has asked again."""

    def refuse(**_: str) -> None:
        raise ClientError({"Error": {"Code": "ValidationException"}}, "DeleteEndpoint")

    there = {"songs": serving("config") | {"EndpointStatus": status}} if status else {}
    sagemaker: Any = SageMaker(**there)
    sagemaker.delete_endpoint = refuse
    if is_gone:
        hosted.remove(sagemaker, "endpoint", "songs")
    else:
        with pytest.raises(ClientError):
            hosted.remove(sagemaker, "endpoint", "songs")


def test_a_serverless_endpoint_has_no_instances_that_cost() -> None:
    found = inventory.hosting(serverless(2048))
    assert found == {
        "instance": "serverless",
        "instances": 0,
        "autoscaling": None,
        "usd_per_day": None,
        "usd_per_day_at_most": None,
    }


def test_the_smoke_query_has_odd_histories() -> None:
    songs = [f"s{n}" for n in range(40)]
    assert smoke._histories(songs) == [
        ["s0", "s1", "s2"],
        ["s0"],
        ["s1"],
        ["s2"],
        [],
        [smoke.UNKNOWN],
        ["s0", smoke.UNKNOWN],
        ["s2"] * 4,
        [*songs, *songs[:10]],
    ]


HEALTHY = {"song_ids": ["a", "b", ""], "scores": [2.0, 1.0, -9.0], "known": True}


@pytest.mark.parametrize(
    ("answer", "wrong"),
    [
        ({}, []),
        ({"scores": [2.00019, 1.0, -9.0]}, []),
        ({"scores": [2.0003, 1.0, -9.0]}, ["scores", "song_ids"]),
        ({"scores": [2.0, 1.0]}, ["scores"]),
        ({"scores": [2.0, "1", -9.0]}, ["scores", "song_ids"]),
        ({"song_ids": ["b", "a", ""]}, ["song_ids"]),
        ({"song_ids": ["a", "b"]}, ["song_ids"]),
        ({"song_ids": ["a", "a", ""]}, ["song_ids"]),
        ({"song_ids": ["a", "b", "new"]}, []),  # it may be as good as the last one
        ({"song_ids": ["a", "new", ""]}, ["song_ids"]),
        ({"known": False}, ["known"]),
        ({"known": 1}, ["known"]),
    ],
)
def test_what_a_healthy_endpoint_may_answer(answer: dict[str, Any], wrong: list[str]) -> None:
    found = HEALTHY | answer
    if len(found["scores"]) == len(found["song_ids"]):
        told = [name for name, agrees in smoke.AGREES.items() if not agrees(found, HEALTHY)]
        assert told == wrong
    else:
        (name,) = wrong
        assert not smoke.AGREES[name](found, HEALTHY)


def test_a_configuration_of_the_name_that_hosts_something_else_is_refused() -> None:
    made = version()
    there = {"ProductionVariants": [made._variant()]}
    sagemaker = SimpleNamespace(describe_endpoint_config=lambda **_: there)
    assert made._has_config(sagemaker)
    there["ProductionVariants"] = [made._variant() | {"ModelName": "another"}]
    with pytest.raises(EndpointError, match="something else has this name"):
        made._has_config(sagemaker)
