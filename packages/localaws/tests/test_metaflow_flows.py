from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from stand_in_support import PROGRAMS, Cloud, until

pytestmark = pytest.mark.slow

FLOW = "squares_flow.py"
READ = """
import json, metaflow
metaflow.namespace(None)
run = metaflow.Flow("SquaresFlow").latest_run
jobs = [t.metadata_dict.get("aws-batch-job-id") for t in run["square"]]
path = run["square"].task.data.path
with metaflow.S3(run=run) as s3:
    total = s3.get("total").text
print(json.dumps([run.successful, run["end"].task.data.result, total, path, jobs]))
"""


@pytest.fixture
def folder(tmp_path) -> Path:
    shutil.copy(PROGRAMS / FLOW, tmp_path)
    return tmp_path


def test_a_killed_job_and_resume(stand_in, folder):
    # one after another, or Metaflow may end the one that is not killed before it is done
    killed = ("--max-workers", "1", "--kill", "yes")
    failed = stand_in.run(FLOW, "run", "--with", "batch", *killed, cwd=folder, status=1)
    assert "Step square (task-id" in failed
    resumed = stand_in.run(FLOW, "resume", "--with", "batch", cwd=folder)
    assert resumed.count("Cloning previously run task") >= 2  # start, and the square of 1
    printed = stand_in.run("-c", READ, cwd=folder).splitlines()[-1]
    successful, result, total, path, jobs = json.loads(printed)
    assert (successful, result, total) == (True, 5, "5")
    assert str(folder) not in path
    assert all(jobs)
    assert list(folder.iterdir()) == [folder / FLOW]  # its metadata are the stand-in's too


def test_step_functions_try_a_killed_job_again_and_run_to_the_end(stand_in, folder):
    for _ in range(2):  # the second updates what the first made
        stand_in.run(FLOW, "--with", "retry", "step-functions", "create", cwd=folder)
    stand_in.run(FLOW, "step-functions", "trigger", "--kill", "yes", cwd=folder)
    sfn = stand_in.client("stepfunctions")
    machines = sfn.list_state_machines()["stateMachines"]
    arn = next(m["stateMachineArn"] for m in machines if m["name"] == "SquaresFlow")
    until(lambda: last(sfn, arn)["status"] != "RUNNING", 300)
    run = last(sfn, arn)
    assert run["status"] == "SUCCEEDED"
    assert stored_total(stand_in, run["name"]) == b"5"


def last(sfn, arn: str) -> dict:
    return sfn.list_executions(stateMachineArn=arn)["executions"][0]


def stored_total(cloud: Cloud, run: str) -> bytes:
    """What the flow put to S3."""
    s3, bucket = cloud.client("s3"), cloud.environment["LOCALAWS_BUCKET"]
    key = f"metaflow/data/SquaresFlow/sfn-{run}/total"
    return s3.get_object(Bucket=bucket, Key=key)["Body"].read()
