"""A whole run at 1, 10 and 100 % of a million playlists: time and memory of every node."""

import json
import math
from pathlib import Path
from typing import Any

from comparison.archives import mib, p50, song_ids
from next_song.serving.archive import ModelArchive
from speed.measure import Row, apart, seconds
from speed.modeling import candidate
from speed.nodes import measured_run, project_with
from speed.samples import HUNDREDTH, MILLION, TENTH, TINY, Size

SMALL = candidate(sg=0, vector_size=32, window=5, negative=5, epochs=5, min_count=5)
GIVEN = {
    "split": {"validation": 0.02, "test": 0.01},
    "protocol": {"max_validation_queries": 2000},
    "selection": {"baselines": ["popularity"]},
}


def measured(folder: Path, size: Size) -> dict[str, Any]:
    """Plays read, seconds of the whole command, and the nodes."""
    project = project_with(folder / "project_growth", {"small": {"word2vec": SMALL}})
    root, given = folder / f"growth-{size.playlists}", GIVEN | {"input": str(size.made(folder))}
    found: dict[str, Any] = {}
    whole = seconds(lambda: found.update(measured_run(project, root, given)))
    report = json.loads((root / "08_reporting/data_report.json").read_text())
    return {"plays": report["rows"]["read"], "whole": whole, "nodes": found["nodes"]}


def exponent(small: dict[str, Any], large: dict[str, Any], node: str) -> float:
    """B where seconds grow as plays^b."""
    before, after = (size["nodes"][node]["seconds"] for size in (small, large))
    return math.log(after / before) / math.log(large["plays"] / small["plays"])


def fastest_growth(small: dict[str, Any], large: dict[str, Any]) -> float:
    """The exponent of plays x ln(plays)."""
    one, other = (size["plays"] * math.log(size["plays"]) for size in (large, small))
    return math.log(one / other) / math.log(large["plays"] / small["plays"])


def answers(root: Path) -> tuple[float, float]:
    """MiB of the model that a run exported, and milliseconds of an answer."""
    path = root / "06_models/model.tar.gz"
    archive = ModelArchive.unpack(path, str(path))
    return mib(archive), p50(archive, song_ids(archive))


def rows(folder: Path, quick: bool) -> list[Row]:
    """Rows of the largest size; all sizes are kept in growth.json."""
    sizes = [TINY, HUNDREDTH] if quick else [HUNDREDTH, TENTH, MILLION]
    found = []
    for size in sizes:
        found.append(measured(folder, size))
        (folder / "growth.json").write_text(json.dumps(found, indent=2))
    nodes, what = found[-1]["nodes"], f"{sizes[-1].playlists:,} playlists"
    held = {name: one["peak_gib"] for name, one in nodes.items()}
    prepared = max(most for name, most in held.items() if name.startswith("data_engineering"))
    work = sum(one["seconds"] for one in nodes.values())
    size, answer = apart(answers, folder / f"growth-{sizes[-1].playlists}").result
    exported = f"exported model, {what}, {SMALL['vector_size']} dimensions"
    return [
        Row(f"data_engineering, {what}: peak memory", "nothing", "GiB", prepared, None, 8),
        Row(f"kedro run, {what}", "the sum of its nodes", "s", found[-1]["whole"], work, 1.1),
        Row(f"kedro run, {what}: peak memory", "nothing", "GiB", max(held.values()), None, 24),
        Row(exported, "nothing", "MiB", size, None, None),
        Row(f"{exported}: an answer to 20 songs", "nothing", "ms, p50", answer, None, None),
    ]
