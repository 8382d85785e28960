from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from botocore.exceptions import ClientError
from model_support import NAME

from localaws.model_container import tarfile
from localaws.scratch import direct

pytestmark = pytest.mark.slow


def test_the_sdk_made_model_configuration_endpoint_and_tags(models):
    described = models.describe()
    assert described["EndpointConfigName"] == NAME
    tags = models.sagemaker.list_tags(ResourceArn=described["EndpointArn"])["Tags"]
    assert tags == [{"Key": "project", "Value": "rehearsal"}]
    assert models.sagemaker.describe_model(ModelName="one")["PrimaryContainer"]["ModelDataUrl"]


def test_row_format(models):
    first = {"text": ["ab", ""], "length": [2, 0], "score": [2.0, 0.0]}
    first["text_bytes"] = [{"b64": "YWI="}, {"b64": ""}]
    assert models.invoke({"instances": [{"texts": ["ab", ""]}]}) == {"predictions": [first]}
    rows = models.invoke({"instances": [["a"], [{"b64": "w6k="}]]})["predictions"]
    assert [row["text"] for row in rows] == [["a"], ["é"]]


def test_column_format(models):
    whole = models.invoke({"inputs": {"texts": [["ab"], ["c"]]}})["outputs"]
    assert whole["length"] == [[2], [1]]
    assert models.invoke({"inputs": [["ab"], ["c"]]})["outputs"] == whole


def test_tensorflow_s_own_tool_gets_the_same_answer(models, archives, tmp_path):
    with tarfile.open(archives / "one.tar.gz") as tar:
        tar.extractall(tmp_path, filter="data")
    command = [str(Path(sys.executable).with_name("saved_model_cli")), "run"]
    command += ["--dir", str(tmp_path / "1"), "--tag_set", "serve", "--outdir", str(tmp_path)]
    command += ["--signature_def", "serving_default", "--input_exprs", "texts=[[b'ab', b'abc']]"]
    subprocess.run(command, check=True, capture_output=True)
    (row,) = models.invoke({"instances": [["ab", "abc"]]})["predictions"]
    assert np.load(tmp_path / "score.npy").tolist() == [row["score"]]
    assert np.load(tmp_path / "length.npy").tolist() == [row["length"]]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"{", "JSON Parse error"),
        ({"instances": []}, "No values in 'instances' array"),
        ({"instances": [["a"]], "inputs": [["a"]]}, "expecting only one of"),
        ({"instances": [["a", "b"], ["c"]]}, "a list of size: 2 is expected"),
        ({"instances": [[1]]}, "is not of expected type: string"),
        ({"instances": [{"words": ["a"]}]}, "keys must be equal to: texts"),
        ({"instances": [{"texts": ["a"]}, ["a"]]}, "Expecting object or value/list"),
        ({"inputs": {"words": [["a"]]}}, "Missing named input: texts"),
        ({"instances": [[{"b64": "?"}]]}, "Unable to base64 decode"),
        ({"signature_name": "other", "instances": [["a"]]}, "not found in signature def"),
        ({"signature_name": [], "instances": [["a"]]}, "not found in signature def"),
    ],
)
def test_a_bad_request_is_a_model_error_of_the_client(models, body, reason):
    with pytest.raises(models.runtime.exceptions.ModelError) as refused:
        models.invoke(body)
    answer = refused.value.response
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 424
    assert answer["OriginalStatusCode"] == 400
    assert reason in json.loads(answer["OriginalMessage"])["error"]
    assert "Received client error (400) from primary" in answer["Error"]["Message"]


def test_content_type_must_be_exactly_json(models):
    with pytest.raises(models.runtime.exceptions.ModelError) as refused:
        models.invoke({"instances": [["a"]]}, "application/json; charset=utf-8")
    assert refused.value.response["OriginalStatusCode"] == 415


def test_seven_megabytes_are_too_many(models):
    with pytest.raises(ClientError) as refused:
        models.invoke(b"x" * 7 * 2**20)
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 413


def test_an_unknown_endpoint_is_a_validation_error(models):
    with pytest.raises(ClientError) as refused:
        models.runtime.invoke_endpoint(EndpointName="nobody", Body=b"")
    assert refused.value.response["Error"] == {
        "Code": "ValidationError",
        "Message": "Endpoint nobody of account 123456789012 not found.",
    }


def test_throttling_can_be_injected(models):
    url = models.cloud.environment["AWS_ENDPOINT_URL"]
    direct.open(f"{url}/localaws/throttle?count=1", data=b"").close()
    with pytest.raises(ClientError, match="ThrottlingException"):
        models.invoke({"instances": [["a"]]})
    assert models.invoke({"instances": [["a"]]})
