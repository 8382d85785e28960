"""What is done on AWS once, and looked at by many tests: runs, commands, executions."""

import json
import shutil
import signal
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import yaml
from aws_support import ENDPOINT, WEEKLY, bucket, executions, looker, next_song, read, run_id
from stand_in_support import Cloud, exported, start, until

from next_song.grid import base_parameters

ROOT = Path(__file__).parents[3]
# the circle is so plain that baselines know it, too: the gate would stop its champion
ANYWAY: dict[str, Any] = {"deployment": {"only_if_better_than_baselines": False}}
PARTS = dict.fromkeys(base_parameters()["retrieval"]["parts"])
PLAYS = {"kind": "songs", "of": "plays", "weight": 1}
WORSE: dict[str, Any] = {"retrieval": {"weights": "fixed", "parts": PARTS | {"plays": PLAYS}}}
OPTIONS = {
    "autoscaling": {"min_instances": 1, "max_instances": 2, "invocations_per_instance": 600},
    "data_capture": {"percent": 100},
}
SIZE = {"cpu": 1, "memory": 5, "disk": 33, "hours": 2}


@pytest.fixture(scope="package")
def cloud() -> Iterator[Cloud]:
    """The stand-in, provisioned from the template that is for a real account."""
    process = start("up", "--template", str(ROOT / "infrastructure/next_song.yml"))
    yield Cloud(exported(process))
    process.send_signal(signal.SIGTERM)
    process.communicate()
    assert process.returncode == 128 + signal.SIGTERM


@pytest.fixture(scope="package")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the commands of a person run."""
    return tmp_path_factory.mktemp("person")


@pytest.fixture(scope="package")
def parameters(cloud: Cloud, circle: Path) -> list[str]:
    """What is asked of the flow: playlists that lie in the bucket, too."""
    return asked_of_flow(cloud, circle)


def asked_of_flow(cloud: Cloud, circle: Path, more: dict[str, Any] | None = None) -> list[str]:
    """The flow's parameters. more: overrides."""
    looker(cloud).client("s3").upload_file(str(circle), bucket(cloud), circle.name)
    where = {"input": f"s3://{bucket(cloud)}/{circle.name}"}
    overrides = json.dumps(where | ANYWAY | (more or {}))
    return ["--env", "test", "--overrides", overrides, "--deploy", "true"]


@pytest.fixture(scope="package")
def expected(finished: Path, hashes: Callable[[Path], dict[str, str]]) -> dict[str, str]:
    """Every file of `kedro run`, by its hash; without the records of what made it."""
    return {name: each for name, each in hashes(finished).items() if name[0] != "."}


@pytest.fixture(scope="package")
def on_s3(cloud: Cloud, flow: str, parameters: list[str], folder: Path) -> dict[str, Any]:
    """A run whose steps run here, which deploys a new endpoint; what the Client says of it."""
    words = [*parameters, "--endpoint", ENDPOINT, "--run-id-file", "id"]
    cloud.run(flow, "run", *words, cwd=folder)
    return read(cloud, folder, run_id(folder)) | {"run": run_id(folder)}


@pytest.fixture(scope="package")
def on_batch(
    cloud: Cloud, flow: str, circle: Path, folder: Path, on_s3: dict[str, Any]
) -> dict[str, Any]:
    """A run on Batch, with a machine for export; it gives the other's endpoint two instances."""
    machines = json.dumps({"default": SIZE | {"disk": 21}, "export": SIZE})
    two = {"deployment": ANYWAY["deployment"] | {"instance_count": 2}}
    parameters = asked_of_flow(cloud, circle, two)
    words = [*parameters, "--endpoint", ENDPOINT, "--run-id-file", "id"]
    config = ["--config-value", "machines", machines]
    cloud.run(flow, *config, "run", "--with", "batch", *words, cwd=folder)
    return read(cloud, folder, run_id(folder)) | {"run": run_id(folder)}


@pytest.fixture(scope="package")
def many_playlists(cloud: Cloud, project: Path, finished: Path, circle: Path, folder: Path) -> str:
    """The id of a run of the other flow, on Batch."""
    places = []
    for path in (finished / "06_models/model.tar.gz", circle):
        looker(cloud).client("s3").upload_file(str(path), bucket(cloud), f"asked/{path.name}")
        places.append(f"s3://{bucket(cloud)}/asked/{path.name}")
    given = ["--model", places[0], "--playlists", places[1], "--shards", "2"]
    flow = str(project / "flows/recommend_flow.py")
    words = ["--env", "test", *given, "--run-id-file", "id"]
    cloud.run(flow, "run", "--with", "batch", *words, cwd=folder)
    return run_id(folder)


@pytest.fixture(scope="package")
def in_production(cloud: Cloud, project: Path, circle: Path, folder: Path) -> str:
    """The SHA-256 of what a person has deployed before: a model that knows popular songs alone."""
    weak = folder / "weak"
    shutil.copytree(project, weak)
    parameters = weak / "conf/test/parameters.yml"
    given = yaml.safe_load(parameters.read_text()) | WORSE | ANYWAY
    parameters.write_text(yaml.safe_dump(given))
    params = f"--params=input={circle},data_root={weak}/made"
    cloud.run("-m", "kedro", "run", "--env", "test", params, cwd=weak)
    root = f"s3://{bucket(cloud)}/weak"
    for path in filter(Path.is_file, (weak / "made").rglob("*")):
        key = f"weak/{path.relative_to(weak / 'made')}"
        looker(cloud).client("s3").upload_file(str(path), bucket(cloud), key)
    words = ["deploy", f"{root}/06_models/model.tar.gz", "--name", WEEKLY, "--env", "test"]
    next_song(cloud, weak, *words)
    return sha256((weak / "made/06_models/model.tar.gz").read_bytes()).hexdigest()


@pytest.fixture(scope="package")
def weeks(
    cloud: Cloud,
    flow: str,
    circle: Path,
    in_production: str,
    struck: Callable[..., Any],
    folder: Path,
) -> list[dict[str, Any]]:
    """Two executions on Step Functions: one deploys, though jobs are killed; one is worse.

    The endpoint is scaled, and its requests are kept.
    """
    cloud.run(flow, "step-functions", "create", cwd=folder)
    mark = f"LOCALAWS_SCRATCH={cloud.environment['LOCALAWS_FOLDER']}"
    trigger = [flow, "step-functions", "trigger", "--endpoint", WEEKLY]
    options = {"deployment": ANYWAY["deployment"] | OPTIONS}
    with struck(signal.SIGKILL, {"modeling": 1, "selection": 1}, mark) as times:
        cloud.run(*trigger, *asked_of_flow(cloud, circle, options), cwd=folder)
        first = until(lambda: ended(cloud, 1), 1200)
    assert times == {"modeling": 1, "selection": 1}
    cloud.run(*trigger, *asked_of_flow(cloud, circle, options | WORSE), cwd=folder)
    return [first, until(lambda: ended(cloud, 2), 1200)]


@pytest.fixture(scope="package")
def said(cloud: Cloud, on_batch: dict[str, Any], folder: Path) -> dict[str, str]:
    """What the commands print that ask, list and delete the endpoint of both runs."""
    words = [on_batch["model_archive"], "--endpoint", ENDPOINT, "-k", "1", "Artist 0 - Song 5"]
    return {
        "recommend": next_song(cloud, folder, "recommend", "--model", *words),
        "endpoints": next_song(cloud, folder, "endpoints"),
        "delete": next_song(cloud, folder, "delete", ENDPOINT),
    }


@pytest.fixture(scope="package")
def rules(
    cloud: Cloud, project: Path, flow: str, folder: Path, weeks: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """The rules of a weekly flow, of the same without a schedule, and of a deleted one."""
    weekly = folder / "weekly"
    shutil.copytree(project, weekly)
    scheduled = weekly / "flows/next_song_flow.py"
    text = scheduled.read_text().replace("card, current,", "card, current, schedule,")
    scheduled.write_text(text.replace("@on_machines\n", "@schedule(weekly=True)\n@on_machines\n"))
    events, found = looker(cloud).client("events"), []
    for name, action in ((str(scheduled), "create"), (flow, "create"), (flow, "delete")):
        cloud.run(name, "step-functions", action, cwd=folder)
        rule = events.list_rules(NamePrefix="localaws_")["Rules"]
        targets = events.list_targets_by_rule(Rule=rule[0]["Name"])["Targets"] if rule else []
        found.append({"rules": rule, "targets": targets})
    return found


def ended(cloud: Cloud, count: int) -> dict[str, Any] | None:
    """The latest of so many executions, once it has ended."""
    found = executions(cloud)
    return found[0] if len(found) == count and found[0]["status"] != "RUNNING" else None
