"""The lock of an endpoint, with an S3 in memory that knows conditional writes."""

import io
import json
import threading
import time
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from next_song.errors import EndpointError
from next_song.serving.endpoint import lock
from next_song.serving.endpoint.lock import Lock

LEASE = 0.4


class Bucket:
    """One object: every write has a new ETag, and a condition that does not hold is an error."""

    def __init__(self) -> None:
        self.body, self.etag, self.loses_answers, self.writes = b"", "", False, 0

    def put(self, holder: str) -> None:
        self.body, self.etag = json.dumps({"holder": holder}).encode(), f"by {holder}"

    def get_object(self, **_: str) -> dict[str, Any]:
        if not self.etag:
            raise error("NoSuchKey")
        return {"ETag": self.etag, "Body": io.BytesIO(self.body)}

    def put_object(self, *, Body: bytes, IfMatch: str = "", **_: str) -> dict[str, str]:  # noqa: N803
        if IfMatch != self.etag:
            raise error("PreconditionFailed")
        self.writes += 1
        self.body, self.etag = Body, f"write {self.writes}"
        if self.loses_answers:  # botocore asks again, and then the condition does not hold
            raise error("PreconditionFailed")
        return {"ETag": self.etag}

    @property
    def holder(self) -> str:
        found: str = json.loads(self.body)["holder"]
        return found


def error(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code}}, "PutObject")


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "LEASE_SECONDS", LEASE)


def of(bucket: Bucket) -> Lock:
    return Lock(SimpleNamespace(url="s3://bucket/models", s3=bucket), "songs")  # type: ignore[arg-type]


def test_it_is_held_in_the_block_and_free_after_it() -> None:
    bucket = Bucket()
    for _ in range(2):
        with of(bucket) as held:
            held.check()
            assert bucket.holder == held._me
        assert bucket.holder == ""


def test_another_is_refused_while_the_holder_is_alive() -> None:
    bucket = Bucket()
    with of(bucket) as held:
        told = r"^endpoint songs: found another deployment, rollback or deletion under way"
        with pytest.raises(EndpointError, match=told), of(bucket):
            pass
        held.check()
        assert bucket.holder == held._me


@pytest.mark.parametrize("left", ["one that was killed", "", "unknown"])
def test_what_is_not_renewed_is_taken(left: str) -> None:
    bucket = Bucket()
    bucket.put(left)
    if left == "unknown":
        bucket.body = b"{"  # cut short
    with of(bucket) as held:
        assert bucket.holder == held._me


def test_a_write_whose_answer_was_lost_counts() -> None:
    bucket = Bucket()
    bucket.loses_answers = True
    with of(bucket) as held:
        assert bucket.holder == held._me
        assert held._renew()
        bucket.loses_answers = False
        assert held._renew()


def test_it_is_free_after_a_renewal_whose_answer_was_lost() -> None:
    bucket = Bucket()
    with of(bucket) as held:
        bucket.loses_answers = True
        held._s3 = SimpleNamespace(put_object=bucket.put_object, get_object=_fails)
        assert not held._renew()
        bucket.loses_answers, held._s3 = False, bucket
    assert bucket.holder == ""


def test_a_release_that_never_succeeds_ends() -> None:
    bucket = Bucket()
    with of(bucket) as held:
        held._s3 = SimpleNamespace(put_object=_taken, get_object=bucket.get_object)
    assert bucket.holder == held._me  # until the lease has passed


def _taken(**_: str) -> None:
    raise error("ConditionalRequestConflict")


def _fails(**_: str) -> None:
    raise error("SlowDown")


def test_who_comes_second_does_not_hold_it() -> None:
    bucket = Bucket()
    second = of(bucket)
    bucket.put("the first")
    assert not second._write("", second._me)
    assert not second._write("an ETag of before", second._me)
    assert bucket.holder == "the first"


def test_a_lock_that_was_lost_is_told() -> None:
    bucket = Bucket()
    with of(bucket) as held:
        bucket.put("another")
        held._renewed -= LEASE
        with pytest.raises(EndpointError, match="did not renew this deployment's lock"):
            held.check()
    assert bucket.holder == "another"


def test_another_failure_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    bucket = Bucket()

    def refuse(**_: str) -> None:
        raise error("AccessDenied")

    monkeypatch.setattr(bucket, "put_object", refuse)
    with pytest.raises(ClientError, match="AccessDenied"), of(bucket):
        pass


def test_who_is_patient_waits_for_the_holder_to_end() -> None:
    bucket = Bucket()
    refused = pytest.raises(EndpointError, match="another deployment, rollback or deletion")
    with of(bucket), refused, of(bucket):
        raise AssertionError
    began = time.monotonic()
    holder = of(bucket)
    holder.__enter__()
    threading.Timer(2 * LEASE, holder.__exit__, [None] * 3).start()
    with Lock(SimpleNamespace(url="s3://b/m", s3=bucket), "songs", 60):  # type: ignore[arg-type]
        assert time.monotonic() - began >= 2 * LEASE


def test_a_block_that_fails_leaves_it_free() -> None:
    bucket = Bucket()
    with pytest.raises(KeyError), of(bucket):
        raise KeyError("a deployment that fails")
    assert bucket.holder == ""
