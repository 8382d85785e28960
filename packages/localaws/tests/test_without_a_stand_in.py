"""Single answers of the stand-in, without starting it."""

from __future__ import annotations

import json
import threading
from contextlib import nullcontext
from types import SimpleNamespace

import pytest
import tensorflow as tf
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request, Response

from localaws import capture, runtime, scaling
from localaws.batch import ProcessJob
from localaws.container import Outcome
from localaws.job import retries
from localaws.predict_json import RequestError, array
from localaws.runtime import MIB, Runtime
from localaws.scaling import DIMENSION, Scaling
from localaws.traffic import Fleet


def post(body):
    return Request(EnvironBuilder(method="POST", data=body).get_environ())


@pytest.mark.parametrize(
    ("variant", "size", "status"),
    [
        ({}, 6 * MIB, 200),
        ({}, 6 * MIB + 1, 413),
        ({"CurrentServerlessConfig": {}}, 4 * MIB, 200),
        ({"CurrentServerlessConfig": {}}, 4 * MIB + 1, 413),
    ],
)
def test_a_serverless_endpoint_takes_four_mebibytes(variant, size, status, monkeypatch):
    variants = [{"VariantName": "AllTraffic"} | variant]
    endpoint = SimpleNamespace(production_variants=variants, endpoint_config_name="config")
    fleets = {"songs": Fleet(SimpleNamespace(busy=nullcontext))}
    backend = SimpleNamespace(endpoints={"songs": endpoint}, fleets=fleets, endpoint_configs={})
    monkeypatch.setattr(runtime, "sagemaker_backends", {"1": {"here": backend}})
    monkeypatch.setattr(runtime, "forward", lambda *_: Response("{}"))
    assert Runtime(None, "1", "here")._invoke("songs", post(b"x" * size)).status_code == status


@pytest.mark.parametrize(("count", "expected"), [(1, 2), (3, 3), (9, 4)])
def test_instances_are_brought_into_the_range(count, expected, monkeypatch):
    variant = {"VariantName": "AllTraffic", "DesiredInstanceCount": count}
    endpoints = {"songs": SimpleNamespace(production_variants=[variant])}
    backends = {"1": {"us-east-1": SimpleNamespace(endpoints=endpoints)}}
    monkeypatch.setattr(scaling, "sagemaker_backends", backends)
    name = "endpoint/songs/variant/AllTraffic"
    Scaling("us-east-1", "1").register_scalable_target("sagemaker", name, DIMENSION, 2, 4, "", None)
    assert variant["DesiredInstanceCount"] == variant["CurrentInstanceCount"] == expected


@pytest.mark.parametrize(("given", "attempts"), [(None, 2), ({"attempts": 3}, 3)])
def test_a_job_is_tried_as_its_definition_says(given, attempts, monkeypatch):
    monkeypatch.setattr(threading.Thread, "start", lambda _: None)
    job = ProcessJob.__new__(ProcessJob)
    job._child_jobs = None
    job.job_definition = SimpleNamespace(retry_strategy={"attempts": 2})
    job.begin(given)
    assert job.retry == {"attempts": attempts}


def test_a_rule_needs_all_of_its_patterns():
    rule = {"onExitCode": "137", "onReason": "OutOfMemory*", "action": "EXIT"}
    killed = Outcome(137, "Essential container in task exited", "Host EC2 terminated")
    assert retries([rule], killed)
    assert not retries([rule], Outcome(137, "exited", "OutOfMemoryError: killed"))


def test_a_truth_value_is_no_number():
    assert array([1], tf.TensorSpec(None, tf.int64)).tolist() == [1]
    with pytest.raises(RequestError, match="JSON Value: true is not of expected type: int64"):
        array([True], tf.TensorSpec(None, tf.int64))


def test_both_sides_may_be_captured_by_one_name():
    kept = []
    s3 = SimpleNamespace(put_object=lambda **given: kept.append(json.loads(given["Body"])))
    config = {"DestinationS3Uri": "s3://bucket/captured"}
    config["CaptureOptions"] = [{"CaptureMode": "InputAndOutput"}]
    names = {"endpoint": "songs", "variant": "AllTraffic"}
    capture.capture(s3, config, names, post(b"{}"), Response("{}"))
    assert [list(event["captureData"]) for event in kept] == [["endpointInput", "endpointOutput"]]
