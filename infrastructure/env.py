"""Print what the flow needs to know of the stack, to be read by a shell.

    eval "$(python infrastructure/env.py next-song)"

Each output of the stack is an environment variable of its name: SagemakerRole is
SAGEMAKER_ROLE.
"""

import re
import shlex
import sys

import boto3
import click

METAFLOW = {"METAFLOW_DEFAULT_DATASTORE": "s3", "METAFLOW_DEFAULT_METADATA": "local"}


def main(stack: str) -> None:
    """Print an export for each output of the stack."""
    (found,) = boto3.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
    outputs = {_snake(each["OutputKey"]): each["OutputValue"] for each in found["Outputs"]}
    for name, value in (METAFLOW | outputs).items():
        click.echo(f"export {name}={shlex.quote(value)}")


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).upper()


if __name__ == "__main__":
    main(*sys.argv[1:])
