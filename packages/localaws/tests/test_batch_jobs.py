from __future__ import annotations

import json

import pytest
from batch_support import Jobs
from stand_in_support import until

from localaws import guard

pytestmark = pytest.mark.slow

BUSY = {"resourceRequirements": [{"type": "VCPU", "value": "2"}]}


@pytest.fixture(scope="module")
def jobs(stand_in) -> Jobs:
    return Jobs(stand_in, "jobs")


def test_a_job_prints_to_cloudwatch(jobs):
    job = jobs.wait(jobs.submit("echo one; echo two >&2"))
    assert job["status"] == "SUCCEEDED"
    assert job["container"]["exitCode"] == 0
    assert jobs.output(job) == ["one", "two"]


def test_a_job_has_its_own_environment_and_the_callers_openblas_variables(jobs, stand_in):
    show = "import json, os; print(json.dumps([dict(os.environ), os.listdir()]))"
    environment = [{"name": "SIZE", "value": "big"}]
    job = jobs.wait(jobs.submit(f"python -c '{show}'", {"environment": environment}))
    variables, files = json.loads(jobs.output(job)[0])
    assert variables["COLOUR"] == "red"
    assert variables["SIZE"] == "big"
    assert variables["AWS_BATCH_JOB_ID"] == job["jobId"]
    assert variables["AWS_BATCH_JOB_ATTEMPT"] == "1"
    assert variables["AWS_BATCH_JQ_NAME"] in jobs.queue
    assert "Computers" in variables["AWS_BATCH_CE_NAME"]
    assert variables["AWS_EXECUTION_ENV"] == "AWS_ECS_FARGATE"
    assert variables["AWS_ENDPOINT_URL_S3"] == stand_in.environment["AWS_ENDPOINT_URL_S3"]
    assert variables["HOME"].startswith(stand_in.environment[guard.FOLDER])
    assert "PYTHONPATH" not in variables
    assert variables["OPENBLAS_MAIN_FREE"] == "1"
    assert files == []


def test_a_job_has_the_packages_and_lacks_the_project(jobs):
    script = "python -c 'import boto3, metaflow' && python -c 'import localaws'"
    job = jobs.wait(jobs.submit(script))
    assert job["status"] == "FAILED"
    assert jobs.output(job)[-1] == "ModuleNotFoundError: No module named 'localaws'"


def test_a_job_that_fails_says_how(jobs):
    job = jobs.wait(jobs.submit("exit 3"))
    assert job["status"] == "FAILED"
    assert job["statusReason"] == "Essential container in task exited"
    assert job["container"]["exitCode"] == 3
    assert job["attempts"][0]["container"]["exitCode"] == 3


def test_a_job_that_cannot_start_has_no_exit_code(jobs):
    job = jobs.wait(jobs.submit("", {"command": ["no-such-program"]}))
    assert job["status"] == "FAILED"
    assert job["container"]["reason"].startswith("CannotStartContainerError")
    assert "exitCode" not in job["container"]


def test_a_killed_job_is_137(jobs):
    job = jobs.wait(jobs.submit("kill -9 $$"))
    assert job["container"]["exitCode"] == 137


def test_what_a_job_leaves_behind_ends_with_it(jobs):
    job = jobs.wait(jobs.submit("setsid sleep 600 & sleep 600 & echo started"))
    assert job["status"] == "SUCCEEDED"
    assert guard.marked(f"AWS_BATCH_JOB_ID={job['jobId']}") == []


def test_a_job_past_its_time_is_killed_and_not_tried_again(jobs):
    limit = {"timeout": {"attemptDurationSeconds": 1}, "retryStrategy": {"attempts": 3}}
    job = jobs.wait(jobs.submit("sleep 600 & sleep 600", **limit))
    assert job["statusReason"] == "Job attempt duration exceeded timeout"
    assert len(job["attempts"]) == 1
    assert guard.marked(f"AWS_BATCH_JOB_ID={job['jobId']}") == []


def test_terminate_kills_the_whole_group(jobs):
    job = jobs.submit("trap '' TERM; sleep 600 & sleep 600; sleep 600")
    until(lambda: len(guard.marked(f"AWS_BATCH_JOB_ID={job}")) == 3)
    jobs.batch.terminate_job(jobId=job, reason="not wanted")
    ended = jobs.wait(job)
    assert (ended["status"], ended["statusReason"]) == ("FAILED", "not wanted")
    assert ended["container"]["exitCode"] == 137
    assert guard.marked(f"AWS_BATCH_JOB_ID={job}") == []


def test_retries_until_it_succeeds(jobs):
    script = 'echo attempt $AWS_BATCH_JOB_ATTEMPT; test "$AWS_BATCH_JOB_ATTEMPT" = 2'
    job = jobs.wait(jobs.submit(script, retryStrategy={"attempts": 3}))
    assert job["status"] == "SUCCEEDED"
    assert [a["container"]["exitCode"] for a in job["attempts"]] == [1, 0]
    assert jobs.output(job) == ["attempt 2"]


def test_evaluate_on_exit_says_what_is_tried_again(jobs):
    rules = [{"onExitCode": "7", "action": "EXIT"}, {"onExitCode": "*", "action": "RETRY"}]
    strategy = {"attempts": 3, "evaluateOnExit": rules}
    job = jobs.wait(jobs.submit("exit $((5 + AWS_BATCH_JOB_ATTEMPT))", retryStrategy=strategy))
    assert [a["container"]["exitCode"] for a in job["attempts"]] == [6, 7]


def test_slots_are_shared_and_a_waiting_job_can_be_cancelled(jobs):
    first = jobs.submit("sleep 600", BUSY)
    jobs.wait(first, "RUNNING")
    second, third = jobs.submit("echo no"), jobs.submit("echo yes")
    jobs.wait(second, "RUNNABLE")
    jobs.batch.cancel_job(jobId=second, reason="changed my mind")
    cancelled = jobs.wait(second)
    assert (cancelled["status"], cancelled["statusReason"]) == ("FAILED", "changed my mind")
    assert cancelled["attempts"] == []
    assert jobs.describe(third)["status"] == "RUNNABLE"
    jobs.batch.terminate_job(jobId=first, reason="done")
    assert jobs.wait(third)["status"] == "SUCCEEDED"


def test_depends_on(jobs):
    first = jobs.submit("sleep 0.5")
    second = jobs.submit("true", dependsOn=[{"jobId": first}])
    third = jobs.submit("exit 1", dependsOn=[{"jobId": second}])
    fourth = jobs.submit("true", dependsOn=[{"jobId": third}])
    assert jobs.describe(second)["status"] == "PENDING"
    assert jobs.wait(fourth)["statusReason"] == "Dependent Job failed"
    assert jobs.wait(second)["startedAt"] >= jobs.wait(first)["stoppedAt"]


def test_an_array_runs_every_index(jobs):
    parent = jobs.submit("echo $AWS_BATCH_JOB_ARRAY_INDEX", arrayProperties={"size": 2})
    children = [jobs.wait(f"{parent}:{index}") for index in range(2)]
    assert [jobs.output(child) for child in children] == [["0"], ["1"]]
    assert jobs.describe(parent)["status"] == "SUCCEEDED"
