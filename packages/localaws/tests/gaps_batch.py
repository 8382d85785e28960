"""What moto's Batch lacks."""

from __future__ import annotations

from batch_support import Jobs
from stand_in_support import Cloud


def jobs_run(cloud: Cloud) -> None:
    jobs = Jobs(cloud, "run")
    job = jobs.wait(jobs.submit("echo hello"))
    assert jobs.output(job) == ["hello"]


def jobs_are_tried_again(cloud: Cloud) -> None:
    jobs = Jobs(cloud, "again")
    job = jobs.wait(jobs.submit("exit 1", retryStrategy={"attempts": 2}))
    assert len(job["attempts"]) == 2


def an_environment_does_not_grow(cloud: Cloud) -> None:
    jobs = Jobs(cloud, "grow")
    job = jobs.submit("true", {"environment": [{"name": "A", "value": "1"}]})
    jobs.wait(job)
    names = [entry["name"] for entry in jobs.describe(job)["container"]["environment"]]
    assert len(names) == len(set(names))


def cpus_of_a_submission_are_seen(cloud: Cloud) -> None:
    jobs = Jobs(cloud, "cpus")
    more = {"resourceRequirements": [{"type": "VCPU", "value": "2"}]}
    assert jobs.describe(jobs.submit("true", more))["container"]["vcpus"] == 2


def exit_codes_are_told(cloud: Cloud) -> None:
    jobs = Jobs(cloud, "code")
    job = jobs.wait(jobs.submit("exit 3"))
    assert job["attempts"][0]["container"]["exitCode"] == 3


def an_ended_job_keeps_its_reason(cloud: Cloud) -> None:
    jobs = Jobs(cloud, "reason")
    job = jobs.submit("true")
    jobs.wait(job)
    jobs.batch.terminate_job(jobId=job, reason="too late")
    assert jobs.describe(job).get("statusReason") != "too late"


def the_log_group_of_a_definition_is_used(cloud: Cloud) -> None:
    jobs = Jobs(cloud, "logged")
    jobs.definition = jobs.batch.register_job_definition(
        jobDefinitionName="logged",
        type="container",
        containerProperties={
            "image": "none",
            "vcpus": 1,
            "memory": 512,
            "environment": [],
            "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "mine"}},
        },
    )["jobDefinitionArn"]
    job = jobs.wait(jobs.submit("echo hello"))
    stream = {"logGroupName": "mine", "logStreamName": job["container"]["logStreamName"]}
    assert jobs.logs.get_log_events(**stream)["events"][0]["message"] == "hello"


def compute_environments_need_no_role(cloud: Cloud) -> None:
    ec2 = cloud.client("ec2")
    cloud.client("batch").create_compute_environment(
        computeEnvironmentName="no-role",
        type="MANAGED",
        state="ENABLED",
        computeResources={
            "type": "FARGATE",
            "maxvCpus": 1,
            "subnets": [ec2.describe_subnets()["Subnets"][0]["SubnetId"]],
            "securityGroupIds": [ec2.describe_security_groups()["SecurityGroups"][0]["GroupId"]],
        },
    )


CHECKS = [
    jobs_run,
    jobs_are_tried_again,
    an_environment_does_not_grow,
    cpus_of_a_submission_are_seen,
    exit_codes_are_told,
    an_ended_job_keeps_its_reason,
    the_log_group_of_a_definition_is_used,
    compute_environments_need_no_role,
]
