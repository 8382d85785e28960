"""The flow with its data in S3, on Batch and on Step Functions, by the template that is shipped."""

import json
import shlex
import signal
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from stand_in_support import Cloud, exported, start, until

ROOT = Path(__file__).parents[2]
READ = """
import json, sys, metaflow
metaflow.namespace(None)
run = metaflow.Run("NextSongFlow/" + sys.argv[1])
data, names = run["end"].task.data, ("champion", "model_archive", "deployed", "data_root")
shown = {name: getattr(data, name) for name in names}
jobs = [task.metadata_dict.get("aws-batch-job-id") for step in run for task in step]
print(json.dumps(shown | {"rows": len(data.leaderboard), "jobs": jobs}))
"""


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    """The stand-in, provisioned from the template that is for a real account."""
    process = start("up", "--template", str(ROOT / "infrastructure/next_song.yml"))
    yield Cloud(exported(process))
    process.send_signal(signal.SIGTERM)
    process.communicate()
    assert process.returncode == 128 + signal.SIGTERM


@pytest.fixture(scope="module")
def parameters(cloud: Cloud, circle: Path) -> list[str]:
    """What is asked of the flow: playlists that lie in the bucket, too."""
    cloud.client("s3").upload_file(str(circle), bucket(cloud), circle.name)
    where = {"input": f"s3://{bucket(cloud)}/{circle.name}"}
    # the circle is so plain that baselines know it, too: the gate would stop its champion
    anyway = {"deployment": {"only_if_better_than_baselines": False}}
    return ["--env", "test", "--overrides", json.dumps(where | anyway)]


@pytest.fixture(scope="module")
def expected(finished: Path, hashes: Callable[[Path], dict[str, str]]) -> dict[str, str]:
    """Every file of `kedro run`, by its hash."""
    return hashes(finished)


def test_a_shell_reads_what_the_flow_needs_to_know_of_the_stack(
    cloud: Cloud, tmp_path: Path
) -> None:
    printed = cloud.run(str(ROOT / "infrastructure/env.py"), "localaws", cwd=tmp_path)
    lines = [shlex.split(line)[1].split("=", 1) for line in printed.splitlines()]
    assert len(lines) > 8
    assert {name: cloud.environment[name] for name, _ in lines} == dict(map(tuple, lines))


def test_on_s3_the_flow_gives_the_bytes_of_kedro_run(
    cloud: Cloud,
    flow: str,
    parameters: list[str],
    expected: dict[str, str],
    card_content: Callable[[str], str],
    candidates: list[str],
    tmp_path: Path,
) -> None:
    command = [flow, "run", *parameters, "--run-id-file", "id"]
    cloud.run(*command, "--deploy", "true", "--endpoint", "flow-shown", cwd=tmp_path)
    next_song(cloud, tmp_path, "delete", "flow-shown")
    made = read(cloud, tmp_path)
    assert stored(cloud, made["data_root"]) == expected | {
        "08_reporting/endpoint.json": made["deployed"]["digest"]
    }
    # in a Batch job, cards need a metadata service; here they do not
    shown = {}
    for step in ("selection", "deployment"):
        cloud.run(flow, "card", "get", f"{run_id(tmp_path)}/{step}", f"{step}.html", cwd=tmp_path)
        shown[step] = card_content((tmp_path / f"{step}.html").read_text())
    assert all(f'"{name}"' in shown["selection"] for name in candidates)
    # 24 hours of one ml.m5.large at 0.115 USD
    assert "about 2.76 USD a day" in shown["deployment"]
    assert "next-song delete flow-shown" in shown["deployment"]


def test_on_batch_the_same_and_an_endpoint_answers_with_it(
    cloud: Cloud,
    flow: str,
    parameters: list[str],
    expected: dict[str, str],
    candidates: list[str],
    tmp_path: Path,
) -> None:
    command = [flow, "run", "--with", "batch", *parameters, "--run-id-file", "id"]
    cloud.run(*command, "--deploy", "true", "--endpoint", "flow-tested", cwd=tmp_path)
    made = read(cloud, tmp_path)
    assert stored(cloud, made["data_root"]) == expected | {
        "08_reporting/endpoint.json": made["deployed"]["digest"]
    }
    assert len(set(made["jobs"])) == 6 + len(candidates)
    assert made["rows"] > len(candidates)
    assert made["deployed"]["archive"] == made["model_archive"]
    asked = [made["model_archive"], "--endpoint", "flow-tested", "-k", "1", "Artist 0 - Song 5"]
    answer = next_song(cloud, tmp_path, "recommend", "--model", *asked)
    assert "Song 6" in answer or "Song 4" in answer
    assert "deleted endpoint flow-tested" in next_song(cloud, tmp_path, "delete", "flow-tested")
    assert "No endpoint" in next_song(cloud, tmp_path, "endpoints")


def test_many_playlists_on_batch_get_the_bytes_of_the_command(
    cloud: Cloud, project: Path, finished: Path, circle: Path, tmp_path: Path
) -> None:
    model = finished / "06_models/model.tar.gz"
    places = {}
    for path in (circle, model):
        cloud.client("s3").upload_file(str(path), bucket(cloud), f"asked/{path.name}")
        places[path] = f"s3://{bucket(cloud)}/asked/{path.name}"
    asked = ["--model", places[model], "--playlists", places[circle], "--shards", "2"]
    flow = str(project / "flows/recommend_flow.py")
    words = ["--env", "test", *asked, "--run-id-file", "id"]
    cloud.run(flow, "run", "--with", "batch", *words, cwd=tmp_path)
    runs = f"{cloud.environment['METAFLOW_DATASTORE_SYSROOT_S3']}/next_song"
    made = stored(cloud, f"{runs}/{run_id(tmp_path)}")
    expected = {}
    for shard in (1, 2):
        output = tmp_path / f"{shard}.parquet"
        options = ["--shard", f"{shard}/2", "--model", str(model), str(circle), str(output)]
        cloud.run("-c", "from next_song.cli import cli; cli()", "batch", *options, cwd=project)
        name = f"07_model_output/0000{shard}-of-00002.parquet"
        expected[name] = sha256(output.read_bytes()).hexdigest()
    assert {name: digest for name, digest in made.items() if name in expected} == expected
    assert set(made) == {"02_intermediate/histories.parquet", *expected}


def test_step_functions_run_it_to_the_end_though_a_job_is_killed(
    cloud: Cloud,
    flow: str,
    parameters: list[str],
    expected: dict[str, str],
    struck: Callable[..., Any],
    tmp_path: Path,
) -> None:
    cloud.run(flow, "step-functions", "create", cwd=tmp_path)
    mark = f"LOCALAWS_SCRATCH={cloud.environment['LOCALAWS_FOLDER']}"
    with struck(signal.SIGKILL, {"modeling": 1, "selection": 1}, mark) as times:
        cloud.run(flow, "step-functions", "trigger", *parameters, cwd=tmp_path)
        run = until(lambda: finished_execution(cloud), 1200)
    assert times == {"modeling": 1, "selection": 1}
    assert run["status"] == "SUCCEEDED"
    runs = f"{cloud.environment['METAFLOW_DATASTORE_SYSROOT_S3']}/next_song"
    assert stored(cloud, f"{runs}/sfn-{run['name']}") == expected


def finished_execution(cloud: Cloud) -> dict[str, Any] | None:
    """The one execution of the flow, once it has ended."""
    sfn = cloud.client("stepfunctions")
    (machine,) = sfn.list_state_machines()["stateMachines"]
    (run,) = sfn.list_executions(stateMachineArn=machine["stateMachineArn"])["executions"]
    return None if run["status"] == "RUNNING" else dict(run)


def bucket(cloud: Cloud) -> str:
    """The bucket of the template."""
    return cloud.environment["NEXT_SONG_BUCKET"]


def run_id(folder: Path) -> str:
    """The id that `--run-id-file id` has left."""
    return (folder / "id").read_text()


def read(cloud: Cloud, folder: Path) -> dict[str, Any]:
    """What the Client API says of the run."""
    printed = cloud.run("-c", READ, run_id(folder), cwd=folder)
    made: dict[str, Any] = json.loads(printed.splitlines()[-1])
    if made["deployed"]:
        text = json.dumps(made["deployed"], indent=2).encode()
        made["deployed"]["digest"] = sha256(text).hexdigest()
    return made


def next_song(cloud: Cloud, folder: Path, *words: str) -> str:
    """Run the command of this project."""
    return cloud.run("-c", "from next_song.cli import cli; cli()", *words, cwd=folder)


def stored(cloud: Cloud, root: str) -> dict[str, str]:
    """Every file under an s3:// address, by its hash."""
    s3, name = cloud.client("s3"), bucket(cloud)
    prefix = root.removeprefix(f"s3://{name}/") + "/"
    keys = [one["Key"] for one in s3.list_objects_v2(Bucket=name, Prefix=prefix)["Contents"]]
    return {
        key.removeprefix(prefix): sha256(
            s3.get_object(Bucket=name, Key=key)["Body"].read()
        ).hexdigest()
        for key in keys
    }
