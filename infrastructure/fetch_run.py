"""Fetches what Metaflow's Client needs to read a run that Step Functions started.

    python infrastructure/fetch_run.py                          # lists the latest executions
    python infrastructure/fetch_run.py sfn-0a1b2c3d-...         # fetches one of them

Jobs leave their metadata in S3, beside the data. Without a metadata service nothing else collects
them, so the Client of this machine, with local metadata, does not know such a run. After this it
does: `metaflow.Run("NextSongFlow/sfn-...")`, also if the run failed or is still running.
"""

import os
from typing import Any

import boto3
import click
from botocore.exceptions import BotoCoreError, ClientError
from metaflow.datastore import FlowDataStore
from metaflow.exception import MetaflowException
from metaflow.metadata_provider.util import sync_local_metadata_from_datastore
from metaflow.metaflow_config import DATASTORE_LOCAL_DIR, DATASTORE_SYSROOT_S3
from metaflow.plugins import DATASTORES

STORAGE = {storage.TYPE: storage for storage in DATASTORES}["s3"]


@click.command(help=__doc__)
@click.argument("run", default="")
@click.option("--flow", default="NextSongFlow", show_default=True, help="Name of the flow")
def main(run: str, flow: str) -> None:
    """Fetches a run, or lists the executions of a flow if none is named."""
    if not DATASTORE_SYSROOT_S3:
        raise click.ClickException(
            "METAFLOW_DATASTORE_SYSROOT_S3: found it empty; expected the variables of the stack: "
            'eval "$(python infrastructure/env.py next-song)"'
        )
    try:
        if not run:
            for name, status in executions(flow):
                click.echo(f"sfn-{name}  {status}")
            return
        steps = fetch(flow, run)
    except (BotoCoreError, ClientError, MetaflowException) as error:
        raise click.ClickException(" ".join(str(error).split())) from error
    if not steps:
        raise click.ClickException(
            f"run {run}: found nothing of {flow} in {DATASTORE_SYSROOT_S3}; expected the name of "
            "an execution after sfn-: run this command without a name to see them"
        )
    click.echo(f"fetched {flow}/{run}: {', '.join(steps)}")


def executions(flow: str) -> list[tuple[str, str]]:
    """Returns name and status of the latest executions of a flow, the newest first."""
    client: Any = boto3.client("stepfunctions")
    prefix = os.environ.get("METAFLOW_SFN_STATE_MACHINE_PREFIX")
    wanted = f"{prefix}_{flow}" if prefix else flow
    pages = client.get_paginator("list_state_machines").paginate()
    machines = [machine for page in pages for machine in page["stateMachines"]]
    found = [
        one
        for machine in machines
        if machine["name"] == wanted
        for one in client.list_executions(stateMachineArn=machine["stateMachineArn"])["executions"]
    ]
    newest_first = sorted(found, key=lambda one: one["startDate"], reverse=True)
    return [(one["name"], one["status"]) for one in newest_first]


def fetch(flow: str, run: str) -> list[str]:
    """Fetches the metadata of each task that has ended; returns the names of their steps."""
    store = FlowDataStore(flow, None, storage_impl=STORAGE, ds_root=DATASTORE_SYSROOT_S3)
    found = set()
    for task in store.get_task_datastores(run_id=run, allow_not_done=True):
        if task.has_metadata("local_metadata"):
            sync_local_metadata_from_datastore(DATASTORE_LOCAL_DIR, task)
            found.add(task.step_name)
    return sorted(found)


if __name__ == "__main__":
    main()
