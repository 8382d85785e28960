"""What both flows give to each of their steps."""

import os
import subprocess
import sys
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import next_song_flow
import project
import pytest
from next_song_flow import NextSongFlow
from recommend_flow import RecommendFlow

from next_song.errors import InputError

NOT_WORKING = {"start", "join", "end"}


@pytest.mark.parametrize("flow", [NextSongFlow, RecommendFlow])
def test_a_step_that_works_is_tried_again_once(flow: Any) -> None:
    made = flow._flow_cls
    steps = {name: getattr(made, name) for name in dir(made) if not name.startswith("_")}
    tries = {
        name: [one.attributes["times"] for one in step.decorators if one.name == "retry"]
        for name, step in steps.items()
        if getattr(step, "is_step", False) is True
    }
    assert len(tries) > 4
    assert tries == {name: [] if name in NOT_WORKING else [1] for name in tries}


@pytest.mark.parametrize(
    ("overrides", "deployment"),
    [
        ({}, {"endpoint": "songs", "role": "of the machine"}),
        ({"deployment": {"role": "mine"}}, {"endpoint": "songs", "role": "mine"}),
    ],
)
def test_what_a_person_overrides_comes_before_what_the_machine_says(
    overrides: dict[str, Any], deployment: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: dict[str, Any] = {}
    monkeypatch.setattr("next_song.runs.run_pipeline", lambda *_, **given: asked.update(given))
    flow = SimpleNamespace(
        endpoint="songs", role="of the machine", data_root="runs/1", env="aws", overrides=overrides
    )
    flow.default_role = ""
    flow.params = partial(NextSongFlow._flow_cls.params, flow)
    NextSongFlow._flow_cls.kedro(flow, "deployment", "endpoint")
    assert asked["params"] == {"data_root": "runs/1", "deployment": deployment}
    assert (asked["env"], asked["keep"]) == ("aws", ("endpoint",))


@pytest.mark.parametrize(
    ("deployment", "environment", "told"),
    [({}, "", "of the start"), (None, "", "of the start"), ({}, "of the job", "of the job")],
)
def test_the_role_where_the_flow_was_started_comes_last(
    deployment: Any, environment: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: dict[str, Any] = {}
    monkeypatch.setattr("next_song.runs.run_pipeline", lambda *_, **given: asked.update(given))
    monkeypatch.setenv("SAGEMAKER_ROLE", environment)
    if not environment:
        monkeypatch.delenv("SAGEMAKER_ROLE")
    flow = SimpleNamespace(endpoint="", role="", default_role="of the start", data_root="runs/1")
    flow.env, flow.overrides = "aws", {"deployment": deployment}
    flow.params = partial(NextSongFlow._flow_cls.params, flow)
    NextSongFlow._flow_cls.kedro(flow, "deployment")
    assert asked["params"]["deployment"] == deployment  # so conf's role stays
    assert os.environ["SAGEMAKER_ROLE"] == told


@pytest.mark.parametrize(("role", "default"), [("arn:a", ""), ("", "arn:b"), ("", "")])
def test_a_role_that_lacks_is_told_before_anything_is_trained(
    role: str, default: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SAGEMAKER_ROLE", raising=False)
    flow = SimpleNamespace(endpoint="", role=role, default_role=default, data_root=str(tmp_path))
    flow.env, flow.overrides, flow.deploy = "test", {}, True
    made = NextSongFlow._flow_cls
    flow.params, flow.check_role = partial(made.params, flow), partial(made.check_role, flow)
    flow.kedro = lambda *_: pytest.fail("it trains")
    if role or default:
        flow.check_role()
    else:
        with pytest.raises(InputError, match=r"deployment.role: found ''; expected the ARN"):
            made.data_engineering(flow)


def test_answers_need_a_shard() -> None:
    with pytest.raises(ValueError, match="shards: found 0; expected at least 1"):
        RecommendFlow._flow_cls.start(SimpleNamespace(shards=0))


def test_runs_of_a_flow_tell_nobody() -> None:
    flows = Path(__file__).parents[2] / "flows"
    code = "import os, project; print(os.environ['DO_NOT_TRACK'])"
    told = subprocess.run(
        [sys.executable, "-c", code], cwd=flows, env={"PATH": ""}, capture_output=True, text=True
    )
    assert told.stdout.strip() == "1"


@pytest.mark.parametrize(("deploy", "made"), [(False, None), (True, {"endpoint": "songs"})])
def test_a_named_endpoint_is_deployed_to_only_if_a_person_asks(
    deploy: bool, made: dict[str, str] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(next_song_flow.cards, "show", lambda *_: None)
    monkeypatch.setattr(next_song_flow.cards, "deployment", lambda _: [])
    asked: list[Any] = []
    flow: Any = SimpleNamespace(
        deploy=deploy,
        endpoint="songs",
        kedro=lambda *given: asked.append(given) or {"endpoint": {"endpoint": "songs"}},
        next=lambda _: None,
        end=None,
    )
    NextSongFlow._flow_cls.deployment(flow)
    assert (flow.deployed, len(asked)) == (made, int(deploy))


def test_a_flow_reads_the_histories_that_it_makes(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, Any] = {}
    monkeypatch.setattr("next_song.runs.run_pipeline", lambda *_, **given: asked.update(given))
    flow = SimpleNamespace(
        playlists="a.csv", model="m.tar.gz", data_root="runs/1", env="aws",
        overrides={"histories": "other.parquet"},
    )  # fmt: skip
    RecommendFlow._flow_cls.kedro(flow, "prepare_histories")
    assert "histories" not in asked["params"]


@pytest.mark.parametrize(
    ("kind", "folder"), [("local", "data/runs"), ("s3", "s3://bucket/metaflow/next_song")]
)
def test_runs_are_kept_where_metaflow_keeps_its_own(
    kind: str, folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(project, "DATASTORE_SYSROOT_S3", "s3://bucket/metaflow")
    assert project.runs_folder(SimpleNamespace(ds_type=kind)) == folder
