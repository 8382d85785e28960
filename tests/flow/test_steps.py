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
from project import StepError
from recommend_flow import RecommendFlow

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


def flow_of(**parameters: Any) -> Any:
    """A flow whose run begins, as far as its steps need one."""
    made = NextSongFlow._flow_cls
    given = {"endpoint": "", "role": "", "default_role": "", "deploy": False, "overrides": {}}
    flow = SimpleNamespace(env="test", runs="runs", data_root="runs/1", next=lambda *_: None)
    vars(flow).update(given | parameters)
    for name in ("params", "check", "kedro"):
        setattr(flow, name, partial(getattr(made, name), flow))
    return flow


def test_options_and_overrides_go_together(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, Any] = {}
    monkeypatch.setattr("next_song.runs.run_pipeline", lambda *_, **given: asked.update(given))
    overrides = {"deployment": {"instance_count": 2}, "selection": {"k": 10}}
    flow_of(endpoint="songs", role="a", overrides=overrides).kedro("deployment", "endpoint")
    assert asked["params"] == {
        "data_root": "runs/1",
        "deployment": {"endpoint": "songs", "role": "a", "instance_count": 2},
        "selection": {"k": 10},
    }
    assert (asked["env"], asked["keep"]) == ("test", ("endpoint",))


@pytest.mark.parametrize("name", ["endpoint", "role"])
def test_what_is_said_twice_is_refused(name: str) -> None:
    flow = flow_of(overrides={"deployment": {name: "one"}}, **{name: "other"})
    with pytest.raises(StepError) as refused:
        flow.params()
    assert refused.value.message.startswith(f"--{name}: found it, and deployment.{name} in --over")


@pytest.mark.parametrize(
    ("deployment", "environment", "told"),
    [({}, "", "of the start"), (None, "", "of the start"), ({}, "of the job", "of the job")],
)
def test_the_role_where_the_flow_was_started_comes_last(
    deployment: Any, environment: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SAGEMAKER_ROLE", environment)
    if not environment:
        monkeypatch.delenv("SAGEMAKER_ROLE")
    flow = flow_of(default_role="of the start", overrides={"deployment": deployment})
    assert flow.params()["deployment"] == deployment  # so conf's role stays
    assert os.environ["SAGEMAKER_ROLE"] == told


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({}, "deployment.role: found ''; expected the ARN of the role"),
        ({"role": "arn:a", "runs": "data/runs"}, "model data/runs/7: found it on this machine; "),
        ({"default_role": "arn:a", "overrides": {"selection": {"k": 7}}}, "parameter selection.k"),
        ({"role": "arn:a", "overrides": {"deployment": None}}, "parameter deployment: found None"),
        ({"role": "arn:a"}, ""),
        ({"deploy": False, "runs": "data/runs"}, ""),
    ],
)
def test_what_a_later_step_would_refuse_is_told_at_the_start(
    given: dict[str, Any], told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("next_song_flow.current", SimpleNamespace(run_id=7))
    for name in ("SAGEMAKER_ROLE", "NEXT_SONG_DATA_ROOT"):
        monkeypatch.setenv(name, "")  # so that it is as before when the test has ended
        monkeypatch.delenv(name)
    flow = flow_of(**{"deploy": True, "runs": "s3://b/runs", "data_engineering": None} | given)
    start = NextSongFlow._flow_cls.start
    if told:
        with pytest.raises(StepError) as refused:
            start(flow)
        assert refused.value.message.startswith(told)
    else:
        start(flow)


def test_answers_need_a_shard() -> None:
    with pytest.raises(StepError) as refused:
        RecommendFlow._flow_cls.start(SimpleNamespace(shards=0))
    assert refused.value.message == "--shards: found 0; expected at least 1"


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
