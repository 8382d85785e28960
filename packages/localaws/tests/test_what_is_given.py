"""Options and templates that cannot be are refused before anything starts."""

from __future__ import annotations

import os
import sys

import pytest
from moto import mock_aws

from localaws import __main__
from localaws.provision import ProvisionError, provision


@pytest.mark.parametrize(
    "words",
    [
        ("--slots", "0"),
        ("--port", "99999"),
        ("--s3-port", "-1"),
        ("--job-python", "/nope/python"),
        ("--parameter", "Stage"),
    ],
)
def test_impossible_options_are_refused(words, capsys):
    with pytest.raises(SystemExit):
        __main__.parser().parse_args(["up", *words])
    assert f"argument {words[0]}: invalid" in capsys.readouterr().err


def test_a_program_has_its_whole_path(tmp_path, monkeypatch):
    (tmp_path / "python").symlink_to(sys.executable)
    monkeypatch.chdir(tmp_path)
    words = ["up", "--job-python", "./python", "--slots", "1", "--port", "65535"]
    given = __main__.parser().parse_args(words)
    assert (given.job_python, given.slots, given.port) == (str(tmp_path / "python"), 1, 65535)
    assert given.serving_python == os.path.abspath(sys.executable)


TEMPLATE = """
Parameters:
  Stage: {Type: String, Default: test}
Resources:
  Role: {Type: AWS::SNS::Topic, Properties: {TopicName: !Ref Stage}}
"""


@mock_aws
@pytest.mark.parametrize(
    ("template", "given", "told"),
    [
        ("not: [valid", {}, "template.yml: no YAML: "),
        ("{}", {}, "template.yml: a template without Resources"),
        ("- a", {}, "template.yml: a template without Resources"),
        (TEMPLATE, {"Nope": "1", "Stage": "x"}, r"Parameters: \[Nope\] do not exist in .*.yml"),
    ],
)
def test_what_no_stack_can_be_made_of_is_told(template, given, told, tmp_path, monkeypatch):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    (tmp_path / "template.yml").write_text(template)
    with pytest.raises(ProvisionError, match=told):
        provision(tmp_path / "template.yml", given)
