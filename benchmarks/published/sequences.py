"""Sequences of items, and the Parquet file that they become."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq


@dataclass(frozen=True)
class Sequence:
    """The items of a person or a session in order, and the split, where the source has one."""

    items: list[Any]
    split: str | None = None


def write(sequences: Iterable[Sequence], path: Path) -> int:
    """Write one row per item, with sequence_id, position, item_id and, if there is one, split.

    Sequences are numbered from 0 in their order. Returns the number of rows.
    """
    given = list(sequences)
    lengths = np.array([len(one.items) for one in given], np.int64)
    starts = np.cumsum(lengths) - lengths
    columns: dict[str, Any] = {
        "sequence_id": np.repeat(np.arange(len(given)), lengths),
        "position": np.arange(lengths.sum()) - np.repeat(starts, lengths),
        "item_id": pa.array([str(item) for one in given for item in one.items], pa.string()),
    }
    if any(one.split for one in given):
        columns["split"] = [one.split for one in given for _ in one.items]
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns), path, compression="zstd")
    return int(lengths.sum())
