from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from batch_support import Jobs
from stand_in_support import OUTSIDE, Cloud, Footprint, exported, kill, start, until

from localaws import __main__, guard
from localaws.provision import variable

pytestmark = pytest.mark.slow

TCP_LISTEN = "0A"
LOOPBACK = "0100007F"


@pytest.mark.parametrize(
    ("script", "status"), [("exit 0", 0), ("exit 7", 7), ("kill -9 $$", 128 + 9)]
)
def test_the_status_of_a_command_is_passed_on(script, status):
    assert __main__.run(["sh", "-c", script], os.environ) == status


def test_a_command_that_is_not_there_is_127(capsys):
    assert __main__.run(["no-such-program"], os.environ) == 127
    assert "no-such-program" in capsys.readouterr().err


def test_a_signal_is_passed_on_to_the_command(tmp_path):
    """As SIGINT to localaws: the command ends in its own way, and localaws says 130."""
    script = (
        "import signal, sys, os; from localaws.__main__ import run, stop; "
        "signal.signal(signal.SIGINT, stop); "
        "sys.exit(run(['sh', '-c', \"trap 'echo ended; exit 0' INT; echo ready; "
        'while :; do sleep 0.1; done"], os.environ))'
    )
    command = [sys.executable, "-c", script]
    process = subprocess.Popen(
        command, env=OUTSIDE, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGINT)
    assert process.communicate()[0] == "ended\n"
    assert process.returncode == 130


def test_run_gives_the_environment_and_passes_on_the_status(tmp_path):
    """From start to end, with the caller's template, and without a way to their account."""
    template = tmp_path / "template.yml"
    template.write_text(TEMPLATE)
    script = f"echo ${guard.MARK} $BUCKET_NAME $JOB_ROLE $AWS_PROFILE $METAFLOW_SERVICE_URL; exit 7"
    given = ("--template", str(template), "--parameter", "Stage=test")
    process = start("run", *given, "--", "sh", "-c", script, **REAL)
    printed, _ = process.communicate()
    scratch, *rest = printed.split()
    assert rest == ["songs-test", "arn:aws:iam::123456789012:role/job-test"]
    assert process.returncode == 7
    assert not Path(scratch).exists()


REAL = {"AWS_PROFILE": "production", "METAFLOW_SERVICE_URL": "https://metadata.example.com"}
TEMPLATE = """
Parameters:
  Stage: {Type: String}
  Subnets: {Type: "List<AWS::EC2::Subnet::Id>"}
Resources:
  Bucket: {Type: "AWS::S3::Bucket", Properties: {BucketName: !Sub "songs-${Stage}"}}
  Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName: !Sub "job-${Stage}"
      AssumeRolePolicyDocument: {Version: "2012-10-17", Statement: []}
Outputs:
  BucketName: {Value: !Ref Bucket}
  JobRole: {Value: !GetAtt Role.Arn}
"""


def test_kill_9_leaves_nothing():
    process = start("up", "--slots", "2")
    with process:
        environment = exported(process)
        jobs = Jobs(Cloud(environment), "left")
        job = jobs.submit("sleep 600")
        until(lambda: guard.marked(f"AWS_BATCH_JOB_ID={job}"))
        footprint = Footprint.of(environment)
        assert len(footprint.processes()) >= 2  # S3 and the job
        kill(process)
    footprint.assert_gone()


def test_what_a_person_starts_beside_it_lives_on():
    process = start("up")
    environment = exported(process)
    own = subprocess.Popen(["sleep", "600"], env=OUTSIDE | environment)
    footprint = Footprint.of(environment)
    process.send_signal(signal.SIGTERM)
    process.communicate()
    footprint.assert_gone()
    assert own.poll() is None
    own.kill()
    own.wait()


def test_only_loopback_is_listened_on(up):
    process, environment = up
    sockets = inodes([process.pid, *Footprint.of(environment).processes()])
    listening = {line[9] for line in tcp("tcp") if line[3] == TCP_LISTEN}
    assert len(sockets & listening) >= 9  # the AWS endpoint, and S3 with its parts
    assert {line[1].split(":")[0] for line in tcp("tcp") if line[9] in sockets} == {LOOPBACK}
    assert [line for line in tcp("tcp6") if line[9] in sockets] == []


def tcp(family: str) -> list[list[str]]:
    """The sockets of this machine: 1 is the local address, 3 the state, 9 the inode."""
    return [line.split() for line in Path(f"/proc/net/{family}").read_text().splitlines()[1:]]


def inodes(pids: list[int]) -> set[str]:
    links = []
    for fd in (fd for pid in pids for fd in Path(f"/proc/{pid}/fd").iterdir()):
        with suppress(FileNotFoundError):  # it was closed since it was listed
            links.append(os.readlink(fd))
    return {link[8:-1] for link in links if link.startswith("socket:[")}


@pytest.mark.parametrize(
    ("output", "name"),
    [
        ("MetaflowDatastoreSysrootS3", "METAFLOW_DATASTORE_SYSROOT_S3"),
        ("MetaflowEcsS3AccessIamRole", "METAFLOW_ECS_S3_ACCESS_IAM_ROLE"),
        ("Bucket", "BUCKET"),
    ],
)
def test_outputs_name_variables(output, name):
    assert variable(output) == name
