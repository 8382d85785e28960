"""What is listed if some of it may not be described."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from click.testing import CliRunner

from next_song.cli import cli
from next_song.serving.endpoint import hosted, inventory

OURS = {"project": "next-song", "run": "17", "champion": "wide"}
TAGS = {"next-song": OURS, "next-song-old": OURS, "next-song-other": {}, "next-song-gone": OURS}
TAGS["next-song-torn"] = OURS


class SageMaker:
    """Endpoints, of which `denied` may not be described.

    next-song-gone goes while it is listed; the configuration of next-song-torn was deleted.
    """

    def __init__(self, denied: str) -> None:
        self.denied = denied

    def get_paginator(self, operation: str) -> Any:
        self.lists_endpoints = operation == "list_endpoints"
        return self

    def paginate(self, NameContains: str = "") -> list[dict[str, Any]]:  # noqa: N803
        if not self.lists_endpoints:
            return [
                {
                    "EndpointConfigs": [{"EndpointConfigName": f"{NameContains}-config"}],
                    "Models": [],
                }
            ]
        self.asked = NameContains
        created = datetime.now(UTC) - timedelta(hours=2.4)
        made = {"CreationTime": created, "EndpointStatus": "InService"}
        return [{"Endpoints": [made | {"EndpointName": name} for name in [*TAGS, "a-next-song"]]}]

    def describe_endpoint(self, EndpointName: str) -> dict[str, Any]:  # noqa: N803
        if EndpointName == self.denied:
            raise error("AccessDeniedException", "no")
        if EndpointName == "next-song-gone":
            raise error("ValidationException", "Could not find endpoint")
        config = "deleted" if EndpointName == "next-song-torn" else "config"
        return {"EndpointArn": EndpointName, "EndpointConfigName": config}

    def describe_endpoint_config(self, EndpointConfigName: str) -> dict[str, Any]:  # noqa: N803
        if EndpointConfigName == "deleted":
            raise error("ValidationException", "Could not find config", "DescribeEndpointConfig")
        if EndpointConfigName != "config":
            raise error("AccessDeniedException", "no")
        variant = {"InstanceType": "ml.m5.large", "InitialInstanceCount": 2}
        return {"ProductionVariants": [variant]}

    def list_tags(self, ResourceArn: str) -> dict[str, Any]:  # noqa: N803
        return {"Tags": [{"Key": key, "Value": value} for key, value in TAGS[ResourceArn].items()]}


def error(code: str, message: str, operation: str = "DescribeEndpoint") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, operation)


@pytest.fixture
def denied(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inventory, "client", lambda _: SageMaker("next-song-old"))


def test_what_may_not_be_described_is_listed_with_a_note(denied: None) -> None:
    found = inventory.endpoints("next-song")
    assert [one["name"] for one in found] == ["next-song", "next-song-old", "next-song-torn"]
    assert (found[0]["run"], found[0]["usd_per_day"]) == ("17", pytest.approx(2 * 24 * 0.115))
    assert (found[1]["status"], found[1]["age_hours"]) == ("InService", 2.4)
    assert found[1]["note"] == "not described: DescribeEndpoint is denied"
    assert found[2]["note"] == "its configuration is deleted"  # and it costs


@pytest.mark.parametrize("prefix", ["next-song-o", ""])
def test_sagemaker_looks_for_the_names(prefix: str) -> None:
    sagemaker = SageMaker("")
    names = hosted.names_of(sagemaker, "endpoint", prefix)
    assert names == sorted(name for name in [*TAGS, "a-next-song"] if name.startswith(prefix))
    assert sagemaker.asked == prefix


def test_the_command_has_a_line_for_each(denied: None) -> None:
    done = CliRunner().invoke(cli, ["endpoints"])
    assert done.exit_code == 0
    assert [line.split("  ")[0] for line in done.stdout.splitlines()] == [
        "name=next-song",
        "name=next-song-old",
        "name=next-song-torn",
    ]
    none = CliRunner().invoke(cli, ["endpoints", "--prefix", "other"])
    assert none.stderr.splitlines() == [
        "No endpoint, configuration or model of next-song whose name begins with other."
    ]


def test_a_cost_is_in_cents() -> None:
    assert inventory.usd_per_day("ml.t2.medium", 1) == 1.34  # 24 hours at 0.056
    assert inventory.usd_per_day("ml.t2.medium", 3) == 4.03
    assert inventory.usd_per_day("ml.of.none", 1) is None
