"""All playlists of a run, beside other libraries: `python -m many ROOT PYTHON [NAME...]`.

ROOT is the `data_root` of a finished run: its archive is asked, its playlists are the histories.
PYTHON has `pip install implicit rectools`; it may be another environment. NAMES choose rows; those
that are not named keep the figures of an earlier call. Prints a table and keeps ROOT/many.json.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from comparison.tables import figure, table
from many.histories import Asked
from many.rivals import WAYS
from speed.nodes import ROOT, measured_run

K = 20
OURS = "next-song batch"
HEADER = ["", "playlists a second", "CPU ms each", "HR@20", "peak GiB", "learning, s"]


def ours(root: Path, asked: Asked) -> dict[str, Any]:
    """What the pipeline of `next-song batch` takes: its node that answers, with its writing."""
    given, output = root / "many.csv", root / "many_answers.parquet"
    asked.write_lines(given)
    model = str(root / "06_models/model.tar.gz")
    params = {"input": str(given), "model": model, "output": str(output)}
    wanted = {"recommendation": {"k": K, "rows": "songs"}}
    measured = measured_run(ROOT, root / "many", params | wanted, "recommendation")
    cost: dict[str, Any] = measured["nodes"]["recommendation.answer_histories"]
    return cost | {"hit_rate": asked.hit_rate(answers(output, asked))}


def answers(output: Path, asked: Asked) -> Any:
    """The song numbers of the written answers, (q, k), in the order of the histories."""
    number = {name: place for place, name in enumerate(asked.names)}
    found = np.full((len(asked.histories), K), -1)
    query = f"select unknown, playlist, rank, artist, track from read_parquet('{output}')"
    for unknown, playlist, rank, *name in duckdb.sql(query).fetchall():
        assert not unknown, f"{playlist}: {unknown} songs are unknown"
        found[int(playlist.split("\t")[1]), rank - 1] = number[tuple(name)]
    return found


def rival(name: str, root: Path, asked: Asked, python: str) -> dict[str, Any]:
    """What another library takes."""
    command = [python, str(ROOT / "benchmarks/many/rivals.py"), name, str(root)]
    command += [str(len(asked.targets)), str(K)]
    threads = os.environ | {"OPENBLAS_NUM_THREADS": "1"}  # as implicit asks for
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, env=threads)
    cost: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return cost | {"hit_rate": asked.hit_rate(np.load(root / f"{name}.npy"))}


def cells(name: str, cost: dict[str, Any], playlists: int) -> list[str]:
    """A row as texts, in the order of HEADER."""
    learning = f"{cost['learning']:.0f}" if "learning" in cost else ""
    speed, cpu = playlists / cost["seconds"], 1000 * cost["cpu"] / playlists
    measured = [f"{speed:,.0f}", f"{cpu:.2f}", figure(cost["hit_rate"])]
    return [name, *measured, f"{cost['peak_gib']:.2f}", learning]


def main(root: Path, python: str, *names: str) -> None:
    """Measure, show and keep."""
    asked, kept = Asked.of(root), root / "many.json"
    asked.write_matrix(root / "histories.npz")
    found = json.loads(kept.read_text()) if kept.exists() else {}
    for name in names or (OURS, *WAYS):
        made = ours(root, asked) if name == OURS else rival(name, root, asked, python)
        found[name] = made
        kept.write_text(json.dumps(found, indent=2))
    playlists = len(asked.histories)
    print(f"{playlists:,} playlists, {len(asked.names):,} songs, {len(asked.targets):,} held out")
    print(table(HEADER, [cells(name, cost, playlists) for name, cost in found.items()]))


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), *sys.argv[2:])
