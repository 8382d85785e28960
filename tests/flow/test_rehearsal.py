"""The scripts of infrastructure/: what a failed rehearsal leaves, and what a shell reads."""

import importlib.util
import os
import shlex
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest

INFRASTRUCTURE = Path(__file__).parents[2] / "infrastructure"


def test_a_rehearsal_that_fails_deletes_its_endpoint(tmp_path: Path) -> None:
    """With a flow that fails, and an endpoint that is up."""
    commands = {
        "python": "exit 1",
        "next-song": f'echo "$@" >> {tmp_path}/asked; echo "x endpoint=next-song-rehearsal up"',
    }
    for name, does in commands.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{does}\n")
        (tmp_path / name).chmod(0o755)
    (tmp_path / "scratch").mkdir()
    environment = os.environ | {
        "PATH": f"{tmp_path}:{os.environ['PATH']}", "TMPDIR": str(tmp_path / "scratch"),
    }  # fmt: skip
    done = subprocess.run(["bash", str(INFRASTRUCTURE / "rehearse.sh")], env=environment)
    assert done.returncode == 1
    assert (tmp_path / "asked").read_text().splitlines() == [
        "endpoints",
        "delete next-song-rehearsal",
    ]
    assert list((tmp_path / "scratch").iterdir()) == []


def test_a_shell_reads_each_value_as_it_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = importlib.util.spec_from_file_location("env", INFRASTRUCTURE / "env.py")
    assert spec
    assert spec.loader
    env = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(env)
    values = {"SagemakerRole": "a b $(c)", "MetaflowBatchContainerImage": "images"}
    outputs = [{"OutputKey": key, "OutputValue": value} for key, value in values.items()]
    client = SimpleNamespace(describe_stacks=lambda **_: {"Stacks": [{"Outputs": outputs}]})
    monkeypatch.setattr(env.boto3, "client", lambda _: client)
    env.main("next-song")
    told = [shlex.split(line) for line in capsys.readouterr().out.splitlines()]
    assert {word for word, *_ in told} == {"export"}
    assert [line[1:] for line in told if "SAGEMAKER" in line[1]] == [["SAGEMAKER_ROLE=a b $(c)"]]
    assert all(len(line) == 2 for line in told)
