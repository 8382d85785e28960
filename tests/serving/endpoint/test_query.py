import io
import json
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError
from click.testing import CliRunner

from next_song.cli import cli
from next_song.errors import EndpointError, InputError
from next_song.parameters import Deployment
from next_song.serving.archive import ModelArchive
from next_song.serving.endpoint import query
from next_song.serving.endpoint.deploy import deploy_archive
from next_song.serving.endpoint.query import MOST_BYTES, ask
from next_song.serving.endpoint.removal import delete

Stored = Callable[[int], ModelArchive]


@pytest.fixture(scope="module")
def deployed(stored: Stored, settings: Deployment) -> Iterator[ModelArchive]:
    """The archive of an endpoint, `asked`, that these tests ask and do not change."""
    deploy_archive(stored(1), settings.model_copy(update={"endpoint": "asked"}))
    yield stored(1)
    delete("asked")


def test_batches_are_padded_and_come_back_in_order(deployed: ModelArchive) -> None:
    histories = [[f"song {n % 12}" for n in range(length)] for length in range(300)]
    answers = ask("asked", histories)
    expected = deployed.answer(histories)
    assert [answer["song_ids"] for answer in answers] == expected["song_ids"].tolist()
    assert [answer["known"] for answer in answers] == expected["known"].tolist()


def test_unknown_songs_alone_get_the_most_played(deployed: ModelArchive) -> None:
    (answer,) = ask("asked", [["\U0001f3b5", "<b>no</b>"]])
    assert answer["known"] is False
    assert answer["song_ids"] == [f"song {n}" for n in range(5)]


def test_requests_over_the_limit_are_split(deployed: ModelArchive) -> None:
    long = ["x" * 1000] * 2500  # 2.5 MB each
    bodies = list(query._bodies([long, long, long]))
    assert [count for _, count in bodies] == [1, 1, 1]
    assert all(len(body) <= MOST_BYTES for body, _ in bodies)
    assert len(ask("asked", [long, ["song 1"], long])) == 3


def test_a_history_over_the_limit_is_refused() -> None:
    with pytest.raises(InputError, match=r"history: found 5000 songs, .* expected at most"):
        ask("asked", [["x" * 1000] * 5000])


def test_throttled_calls_are_tried_again(deployed: ModelArchive, aws: Mapping[str, str]) -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    throttle = f"{aws['AWS_ENDPOINT_URL']}/localaws/throttle?count=2"
    opener.open(urllib.request.Request(throttle, method="POST")).close()  # noqa: S310
    assert ask("asked", [["song 1"]])[0]["known"] is True


def test_an_endpoint_that_is_not_there(aws: Mapping[str, str]) -> None:
    with pytest.raises(EndpointError, match="endpoint nowhere: not found; `next-song endpoints`"):
        ask("nowhere", [["song 1"]])


def test_the_model_s_own_error_is_passed_on(deployed: ModelArchive) -> None:
    with pytest.raises(EndpointError, match=r"ModelError: .*[^.]; the model has failed"):
        query._invoke(query.client("sagemaker-runtime"), "asked", b'{"instances": [1, "a"]}', 2)


class Says:
    """A runtime that raises, or answers with these bytes."""

    def __init__(self, said: Any) -> None:
        self.said = said

    def invoke_endpoint(self, **_: Any) -> dict[str, Any]:
        if isinstance(self.said, Exception):
            raise self.said
        return {"Body": io.BytesIO(self.said)}


def refusal(code: str, message: str = "no\nway") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "InvokeEndpoint")


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (b"<html>", "found an answer that is not a prediction: b'<html>'"),
        (json.dumps({"outputs": []}).encode(), "expected JSON with `predictions`"),
        (b'{"predictions": []}', "found 0 answers to 1 histories"),
        (refusal("AccessDeniedException"), "AccessDeniedException: no way; the role or user lacks"),
        (refusal("ThrottlingException"), "too many requests, also after retries"),
        (refusal("ModelNotReadyException"), "the model is still loading"),
        (refusal("ModelError", "Servable not found"), "ModelError: Servable not found; the model"),
        (ReadTimeoutError(endpoint_url="http://x"), "no answer in time"),
    ],
)
def test_each_failure_has_its_line(
    said: Any, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(query, "client", lambda _: Says(said))
    with pytest.raises(EndpointError) as error:
        ask("asked", [["song 1"]])
    assert expected in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.slow
def test_the_command_line_asks_lists_and_deletes(
    stored: Stored, settings: Deployment, tmp_path: Path
) -> None:
    deploy_archive(stored(1), settings)
    archive_file = str(tmp_path / "model.tar.gz")
    stored(1).pack(tmp_path / "model.tar.gz")
    asked = ["recommend", "--model", archive_file, "--json", "SONG 3", "song 1"]
    local = CliRunner().invoke(cli, asked)  # the archive answers with 5 songs, without -k too
    remote = CliRunner().invoke(cli, [*asked, "-k", "5", "--endpoint", "tested"])
    assert json.loads(remote.stdout) == json.loads(local.stdout)
    assert CliRunner().invoke(cli, [*asked, "-k", "10"]).exit_code == 1
    lines = CliRunner().invoke(cli, ["endpoints", "--prefix", "tested"]).stdout.splitlines()
    (listed,) = [line for line in lines if line.startswith("name=tested  status=InService")]
    assert "run=run-1" in listed
    deleted = CliRunner().invoke(cli, ["delete", "tested"]).stdout
    assert deleted.splitlines()[0] == "deleted endpoint tested"
