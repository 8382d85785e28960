"""The whole stand-in: S3, control planes, jobs and endpoints, with a provisioned stack."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import boto3

from localaws import control, guard, seaweed
from localaws.calls import CallLog
from localaws.container import Compute
from localaws.control import REGION
from localaws.job_python import without_project
from localaws.model_container import Host
from localaws.provision import DEFAULT_TEMPLATE, provision
from localaws.scratch import NO_NETWORK, confined, guarded, python_path
from localaws.slots import Slots

SECRET = "localaws-secret"  # noqa: S105 - of nothing
COMMAND, JOB, MODEL, ITSELF = "localaws", "localaws-job", "localaws-model", "localaws-itself"
"""The access keys of the command, of jobs, of endpoints, and of the stand-in: who calls, in the
log of calls."""


@dataclass(frozen=True)
class Options:
    """The options of a stand-in.

    ``port`` 0 takes a free port; ``slots`` is the number of CPUs for jobs; ``job_python`` None is
    this Python without the project; ``parameters`` are those of the template.
    """

    port: int = 0
    s3_port: int = 0
    slots: int = field(default_factory=lambda: os.cpu_count() or 1)
    job_python: str | None = None
    serving_python: str = sys.executable
    template: Path = DEFAULT_TEMPLATE
    parameters: Mapping[str, str] = field(default_factory=dict)


@contextmanager
def running(options: Options) -> Iterator[dict[str, str]]:
    """Starts everything, and yields the environment for a command that uses it.

    At the end of the block, or of this process, no process and no file is left. The environment of
    this process is changed, so that its AWS clients use the stand-in.
    """
    with ExitStack() as stack:
        scratch = stack.enter_context(guarded())
        log, keys = CallLog(scratch / "calls.jsonl"), (COMMAND, JOB, MODEL, ITSELF)
        s3_url = stack.enter_context(seaweed.serving(scratch, keys, SECRET, log, options.s3_port))
        url = stack.enter_context(control.serving(options.port, log))
        aws = access(scratch, url, s3_url)
        environment = aws | command_environment(scratch)
        os.environ.update(aws | NO_NETWORK | {"AWS_ACCESS_KEY_ID": ITSELF})
        control.install(computers(options, scratch, aws), model_host(options, scratch))
        yield environment | provision(options.template, options.parameters)


def access(scratch: Path, url: str, s3_url: str) -> dict[str, str]:
    """Returns the variables that AWS clients need to find the stand-in, and nothing else."""
    return {
        "AWS_ACCESS_KEY_ID": COMMAND,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
        "AWS_ENDPOINT_URL": url,
        "AWS_ENDPOINT_URL_S3": s3_url,
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "false",
        "AWS_CONFIG_FILE": str(scratch / "no-config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(scratch / "no-credentials"),
        "AWS_EC2_METADATA_DISABLED": "true",
        "METAFLOW_S3_WORKER_COUNT": "4",  # the default, 64 processes, is for large machines
    }


def computers(options: Options, scratch: Path, aws: Mapping[str, str]) -> Compute:
    """Returns where Batch jobs run: like an image with boto3 but without the project."""
    jobs = scratch / "jobs"
    jobs.mkdir()
    python = options.job_python or without_project(sys.executable, scratch / "job-python")
    image = confined(scratch, jobs, python_path(python))
    environment = (
        image | dict(aws) | {"AWS_ACCESS_KEY_ID": JOB, "METAFLOW_SKIP_INSTALL_DEPENDENCIES": "1"}
    )
    return Compute(environment, jobs, Slots(options.slots))


def model_host(options: Options, scratch: Path) -> Host:
    """Returns where endpoints run."""
    s3 = boto3.client("s3", aws_access_key_id=MODEL, aws_secret_access_key=SECRET)
    return Host(scratch, s3, options.serving_python)


def command_environment(scratch: Path) -> dict[str, str]:
    """Returns the other variables of a command: Metaflow's settings, and the scratch directory.

    Metaflow's configuration and local metadata are in ``scratch``, since a configuration in the
    home directory may lead to a real account.
    """
    local = scratch / "metaflow"
    local.mkdir()
    exempt = [os.environ.get("no_proxy") or os.environ.get("NO_PROXY"), "127.0.0.1,localhost"]
    return {
        guard.FOLDER: str(scratch),
        "METAFLOW_HOME": str(local / "config"),
        "METAFLOW_DEFAULT_DATASTORE": "s3",
        "METAFLOW_DEFAULT_METADATA": "local",
        "METAFLOW_DATASTORE_SYSROOT_LOCAL": str(local),
        # Metaflow rejects the user "root", which most containers run as
        "METAFLOW_USER": os.environ.get("METAFLOW_USER") or "localaws",
        "no_proxy": ",".join(filter(None, exempt)),
    }
