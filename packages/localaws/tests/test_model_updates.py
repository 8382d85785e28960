from __future__ import annotations

import threading
from functools import partial
from pathlib import Path

import pytest
from botocore.exceptions import ClientError
from model_support import NAME, load, tar
from stand_in_support import until

from localaws import guard

pytestmark = pytest.mark.slow


def test_an_update_fails_no_answer_and_is_refused_twice(models):
    with load(models, 4) as scores:
        until(lambda: len(scores) > 20)
        models.sagemaker.update_endpoint(EndpointName=NAME, EndpointConfigName="tenth")
        for refused in (
            lambda: models.update("tenth"),
            lambda: models.sagemaker.delete_endpoint(EndpointName=NAME),
        ):
            with pytest.raises(ClientError, match="Cannot update in-progress endpoint"):
                refused()
        described = models.settled()
        after = len(scores)
        until(lambda: len(scores) > after + 50)
    assert (described["EndpointStatus"], described["EndpointConfigName"]) == ("InService", "tenth")
    assert set(scores) == {2.0, 0.2}
    assert set(scores[-20:]) == {0.2}


@pytest.mark.parametrize(
    ("name", "archive", "reason"),
    [
        ("not-tar", b"not a tar", "is a valid tar.gz archive"),
        ("cut", tar(10)[:-20], "is a valid tar.gz archive"),
        ("no-model", tar(10), "did not pass the ping health check"),
        ("full-disk", tar(10, claimed=2**31), "No space left on a volume"),
    ],
    ids=["not-tar", "cut", "no-model", "full-disk"],
)
def test_a_broken_update_is_rolled_back(models, name, archive, reason):
    before = models.describe()
    models.create(name, models.upload(f"{name}.tar.gz", archive), VolumeSizeInGB=1)
    after = models.update(name)
    assert after["EndpointStatus"] == "InService"
    assert after["EndpointConfigName"] == before["EndpointConfigName"]
    assert reason in after["FailureReason"]
    assert models.invoke({"instances": [["a"]]})


def test_a_model_that_only_eager_mode_can_run_is_healthy_and_fails_each_request(models):
    """Its table has no name: in a session, as in TensorFlow Serving, each call finds it empty."""
    before = models.describe()["EndpointConfigName"]
    described = models.update("lost")
    assert (described["EndpointStatus"], described["EndpointConfigName"]) == ("InService", "lost")
    with pytest.raises(models.runtime.exceptions.ModelError) as refused:
        models.invoke({"instances": [["ab"]]})
    assert refused.value.response["OriginalStatusCode"] == 400
    assert "Table not initialized" in refused.value.response["OriginalMessage"]
    models.update(before)


def canary(alarm):
    """A DeploymentConfig: half of the traffic for 0.6 s here, watched by an alarm."""
    routing = {
        "Type": "CANARY",
        "CanarySize": {"Type": "INSTANCE_COUNT", "Value": 1},
        "WaitIntervalInSeconds": 60,
    }
    policy = {"TrafficRoutingConfiguration": routing, "TerminationWaitInSeconds": 60}
    watched = {"Alarms": [{"AlarmName": alarm}]}
    return {"BlueGreenUpdatePolicy": policy, "AutoRollbackConfiguration": watched}


def test_an_alarm_takes_a_canary_back(models):
    before = models.describe()["EndpointConfigName"]
    models.cloud.client("cloudwatch").put_metric_alarm(
        AlarmName="errors",
        Namespace="AWS/SageMaker",
        MetricName="Invocation4XXErrors",
        Dimensions=[{"Name": "EndpointName", "Value": NAME}],
        Statistic="Average",
        Period=60,
        EvaluationPeriods=1,
        Threshold=0.1,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="notBreaching",
    )
    url = models.sagemaker.describe_model(ModelName="lost")["PrimaryContainer"]["ModelDataUrl"]
    models.create("lost-two", url, InitialInstanceCount=2)
    new = {"EndpointName": NAME, "EndpointConfigName": "lost-two"}
    models.sagemaker.update_endpoint(**new, DeploymentConfig=canary("errors"))
    assert models.describe()["PendingDeploymentSummary"]["EndpointConfigName"] == "lost-two"
    answers = asked(models)
    described = models.describe()
    assert (described["EndpointStatus"], described["EndpointConfigName"]) == ("InService", before)
    assert "Alarms ['errors'] are in state ALARM" in described["FailureReason"]
    assert 0 < answers.count("failed") <= len(answers) / 2
    (alarm,) = models.cloud.client("cloudwatch").describe_alarms()["MetricAlarms"]
    assert alarm["StateValue"] == "ALARM"
    with pytest.raises(ClientError, match="Could not find alarms"):
        models.sagemaker.update_endpoint(**new, DeploymentConfig=canary("nothing"))


def asked(models):
    """What an endpoint answers for as long as it is updated."""
    answers = []
    while models.describe()["EndpointStatus"] == "Updating":
        try:
            models.invoke({"instances": [["ab"]]})
            answers.append("answered")
        except models.runtime.exceptions.ModelError:
            answers.append("failed")
    return answers


def test_instances_do_not_become_serverless_in_place(models):
    before = models.describe()["EndpointConfigName"]
    serverless = {"MemorySizeInMB": 2048, "MaxConcurrency": 1}
    models.sagemaker.create_endpoint_config(
        EndpointConfigName="serverless",
        ProductionVariants=[
            {"VariantName": "AllTraffic", "ModelName": "one", "ServerlessConfig": serverless}
        ],
    )
    with pytest.raises(ClientError, match="to a serverless endpoint is not supported"):
        models.update("serverless")
    assert models.settled()["EndpointConfigName"] == before


def test_two_creations_at_once_make_one_endpoint_and_its_log_says_why_it_failed(models):
    models.create("hollow", models.upload("hollow.tar.gz", tar(10)))
    both, results = {"EndpointName": "both"}, []

    def create() -> None:
        try:
            models.sagemaker.create_endpoint(EndpointConfigName="hollow", **both)
            results.append("made")
        except ClientError as error:
            results.append(error.response["Error"]["Message"])

    threads = [threading.Thread(target=create) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results)[0].startswith("Cannot create already existing endpoint")
    assert sorted(results)[1] == "made"
    describe = partial(models.sagemaker.describe_endpoint, **both)
    until(lambda: describe()["EndpointStatus"] == "Failed")
    events = models.cloud.client("logs").filter_log_events(
        logGroupName="/aws/sagemaker/Endpoints/both", logStreamNames=["AllTraffic/hollow"]
    )["events"]
    assert "FileNotFoundError" in events[-1]["message"]
    with pytest.raises(ClientError, match="has failed"):
        models.sagemaker.update_endpoint(EndpointConfigName="tenth", **both)
    models.sagemaker.delete_endpoint(**both)
    until(lambda: not models.endpoints("both"))


def test_a_deletion_leaves_nothing(models):
    scratch = Path(models.cloud.environment[guard.FOLDER])
    assert len(list(scratch.glob("endpoint-*"))) == 1
    models.sagemaker.delete_endpoint(EndpointName=NAME)
    assert models.describe()["EndpointStatus"] == "Deleting"
    until(lambda: not models.endpoints(NAME))
    assert list(scratch.glob("endpoint-*")) == []
    for config in models.sagemaker.list_endpoint_configs()["EndpointConfigs"]:
        name = config["EndpointConfigName"]
        models.sagemaker.delete_endpoint_config(EndpointConfigName=name)
    for page in models.sagemaker.get_paginator("list_models").paginate():
        for model in page["Models"]:
            models.sagemaker.delete_model(ModelName=model["ModelName"])
    assert models.sagemaker.list_endpoint_configs()["EndpointConfigs"] == []
