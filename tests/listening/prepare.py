"""A program that prepares inputs in a process of its own: `prepare.py JOBS THREADS OUT`.

JOBS is a JSON file, a list of objects with the name, the paths and the given parameters; the
tables are written to OUT/NAME.
"""

import json
import sys
from pathlib import Path
from typing import Any

from kedro.config import OmegaConfigLoader

from next_song import sql
from next_song.datasets.relation import RelationDataset
from next_song.parameters import Cleaning, Columns, Sessions, Split
from next_song.pipelines.data_engineering import nodes

CONF = OmegaConfigLoader(
    str(Path(__file__).parents[2] / "conf"), base_env="base", default_run_env="base"
)
GROUPS = {"columns": Columns, "sessions": Sessions, "cleaning": Cleaning, "split": Split}


def prepare(job: dict[str, Any], out: Path) -> None:
    """Write the plays, the songs and the playlists of an input, as the catalog does."""
    given, defaults = job["given"], CONF["parameters"]
    groups = [
        kind.model_validate(defaults[name] | given.get(name, {})) for name, kind in GROUPS.items()
    ]
    reading = {name: value for name, value in given.items() if name not in GROUPS}
    plays, rejected, understood = nodes.prepare_plays(
        job["paths"], job.get("source", "auto"), *groups, **reading
    )
    training = nodes.TrainingTables("train")
    songs = training.number_songs(plays)
    tables = {"plays": plays, "songs": songs, "playlists": training.list_playlists(plays, songs)}
    for name, table in tables.items():
        RelationDataset(filepath=str(out / f"{name}.parquet")).save(table)
    report = nodes.report(understood, plays, rejected, tables["playlists"], songs)
    (out / "report.json").write_text(json.dumps(report))


if __name__ == "__main__":
    jobs, threads, out = sys.argv[1:]
    sql.connection().execute(f"set threads = {int(threads)}")
    for job in json.loads(Path(jobs).read_text()):
        prepare(job, Path(out, job["name"]))
