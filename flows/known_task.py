"""Lets Metaflow's Client find the task of a Batch job inside that job, since cards ask for it.

With local metadata, a run is noted on the machine that started it. A job has a disk of its own, and
there `card create` would find no such task and fail.
"""

import os
from pathlib import Path
from typing import Any

from metaflow import current
from metaflow.metadata_provider import MetadataProvider
from metaflow.metaflow_environment import MetaflowEnvironment
from metaflow.plugins.metadata_providers.local import LocalMetadataProvider


def make_known(flow: Any) -> None:
    """Notes run, step and task on the disk of a job, unless they are noted there already."""
    if "AWS_BATCH_JOB_ID" not in os.environ:
        return
    notes = LocalMetadataProvider(MetaflowEnvironment(flow), flow, None, None)
    path = (current.run_id, current.step_name, current.task_id)
    for depth, kind in enumerate(("flow", "run", "step", "task")):
        where = (*path[:depth], None, None, None)[:3]
        if notes._ensure_meta(kind, *where):
            _older_than_any(notes, where)


def _older_than_any(notes: MetadataProvider, where: tuple[str | None, ...]) -> None:
    """Makes a note yield to that of the machine that started the run, which has its tags."""
    folder = notes._create_and_get_metadir(current.flow_name, *where)
    os.utime(Path(folder) / "_self.json", (0, 0))
