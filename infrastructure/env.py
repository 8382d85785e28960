"""Print what the flow needs to know of the stack, to be read by a shell.

    eval "$(python infrastructure/env.py next-song)"

Each output of the stack is an environment variable of its name: SagemakerRole is
SAGEMAKER_ROLE. The image of the jobs gets a tag that names what it is made from.
"""

import re
import shlex
from hashlib import sha256
from pathlib import Path

import boto3
import click
from botocore.exceptions import BotoCoreError, ClientError

METAFLOW = {"METAFLOW_DEFAULT_DATASTORE": "s3", "METAFLOW_DEFAULT_METADATA": "local"}
IMAGE = "METAFLOW_BATCH_CONTAINER_IMAGE"
PROJECT = Path(__file__).resolve().parents[1]
MADE_FROM = ("infrastructure/Dockerfile", "requirements-aws.lock")


@click.command(help=__doc__)
@click.argument("stack")
def main(stack: str) -> None:
    """Print an export for each output of the stack."""
    try:
        (found,) = boto3.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
    except (BotoCoreError, ClientError) as error:
        raise click.ClickException(f"stack {stack}: {error}") from error
    outputs = {_snake(each["OutputKey"]): each["OutputValue"] for each in found["Outputs"]}
    outputs[IMAGE] = f"{outputs[IMAGE]}:{tag()}"
    for name, value in (METAFLOW | outputs).items():
        click.echo(f"export {name}={shlex.quote(value)}")


def tag() -> str:
    """The first 12 digits of the SHA-256 of the Dockerfile and the lock."""
    made_from = b"".join((PROJECT / name).read_bytes() for name in MADE_FROM)
    return sha256(made_from).hexdigest()[:12]


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).upper()


if __name__ == "__main__":
    try:
        main()
    except BaseException as error:
        if not isinstance(error, SystemExit) or error.code:
            click.echo("false")  # so that eval fails, too
        raise
