"""The scripts of infrastructure/: what a failed rehearsal leaves, and what a shell reads."""

import importlib.util
import os
import shlex
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import NoCredentialsError
from click.testing import CliRunner

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


def script(name: str) -> Any:
    """A script of infrastructure/ as a module."""
    spec = importlib.util.spec_from_file_location(name, INFRASTRUCTURE / f"{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def refuse(*_: Any, **__: Any) -> None:
    raise NoCredentialsError


def test_a_shell_ends_where_the_stack_cannot_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    env = script("env")
    monkeypatch.setattr(env.boto3, "client", lambda _: SimpleNamespace(describe_stacks=refuse))
    done = CliRunner().invoke(env.main, ["next-song"])
    assert (done.stdout, done.exit_code) == ("", 1)
    assert done.stderr == "Error: stack next-song: Unable to locate credentials\n"
    command = f'set -e; eval "$({sys.executable} {INFRASTRUCTURE / "env.py"} a b)"; echo goes on'
    ended = subprocess.run(["bash", "-c", command], capture_output=True, text=True)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "unexpected extra argument" in ended.stderr


@pytest.mark.parametrize(
    ("place", "words", "told"),
    [
        (None, ["sfn-1"], "METAFLOW_DATASTORE_SYSROOT_S3: found it empty; expected the variables"),
        ("s3://b/metaflow", [], "Unable to locate credentials"),
        ("s3://b/metaflow", ["sfn-1"], "Unable to locate credentials"),
    ],
)
def test_a_run_that_cannot_be_fetched_is_told_in_a_line(
    place: str | None, words: list[str], told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetch_run = script("fetch_run")
    monkeypatch.setattr(fetch_run, "DATASTORE_SYSROOT_S3", place)
    for name in ("executions", "fetch"):
        monkeypatch.setattr(fetch_run, name, refuse)
    done = CliRunner().invoke(fetch_run.main, words)
    assert (done.exit_code, done.stderr.count("\n")) == (1, 1)
    assert done.stderr.startswith(f"Error: {told}")


def test_a_shell_reads_each_value_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    env = script("env")
    values = {"SagemakerRole": "a b $(c)", "MetaflowBatchContainerImage": "images"}
    outputs = [{"OutputKey": key, "OutputValue": value} for key, value in values.items()]
    client = SimpleNamespace(describe_stacks=lambda **_: {"Stacks": [{"Outputs": outputs}]})
    monkeypatch.setattr(env.boto3, "client", lambda _: client)
    told = list(map(shlex.split, CliRunner().invoke(env.main, ["next-song"]).stdout.splitlines()))
    assert {word for word, *_ in told} == {"export"}
    assert [line[1:] for line in told if "SAGEMAKER" in line[1]] == [["SAGEMAKER_ROLE=a b $(c)"]]
    assert all(len(line) == 2 for line in told)
