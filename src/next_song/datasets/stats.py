"""Rows, columns and sizes of tables for Kedro-Viz, which by itself counts those of pandas alone."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from fsspec.core import url_to_fs
from kedro.io import DataCatalog
from kedro.utils import find_kedro_project

from next_song.datasets.files import whole_file
from next_song.datasets.relation import RelationDataset

FILE = ".viz/stats.json"


def write_stats(catalog: DataCatalog, names: Iterable[str]) -> None:
    """Add the tables of a run to the file that Kedro-Viz has begun; without it, do nothing."""
    path = (find_kedro_project(Path.cwd()) or Path.cwd()) / FILE
    if not path.exists():
        return
    tables = {name: catalog[name] for name in sorted(names) if name in catalog}
    counted = {
        name: _stats(table)
        for name, table in tables.items()
        if isinstance(table, RelationDataset) and table.exists()
    }
    with whole_file(str(path)) as part:
        part.write_text(json.dumps(json.loads(path.read_text("utf-8")) | counted), "utf-8")


def _stats(table: RelationDataset) -> dict[str, Any]:
    relation, (fs, key) = table.load(), url_to_fs(table._filepath)
    return {"rows": len(relation), "columns": len(relation.columns), "file_size": fs.size(key)}
