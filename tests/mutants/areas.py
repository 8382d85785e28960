"""Which tests are to find the faults of a file."""

from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
CODE = Path("src/next_song")
PIPELINES = "tests/pipelines"
READS_CODE = "tests/test_frozen.py"  # it reads the source and runs none of it
WHOLE = "tests/test_splits_apart.py"
CLI = [f"tests/test_cli{rest}.py" for rest in ("", "_composes", "_options", "_rules")]
# of what begins so in src/next_song
AREAS = {
    "retrieval": [
        "tests/retrieval",
        "tests/evaluation",
        f"{PIPELINES}/modeling",
        f"{PIPELINES}/selection",
        WHOLE,
    ],
    "evaluation": ["tests/evaluation", f"{PIPELINES}/selection", WHOLE],
    "serving/http": ["tests/serving/http", "tests/serving/test_wishes.py"],
    "serving/endpoint": [
        "tests/serving/endpoint",
        "tests/serving/test_endpoint_*.py",
        "tests/serving/test_lock.py",
        "tests/serving/test_predictor.py",
        f"{PIPELINES}/deployment",
    ],
    "serving/batch": [f"{PIPELINES}/recommendation"],
    "serving": ["tests/serving/test_*.py", "tests/serving/http", f"{PIPELINES}/export"],
    "pipelines/data_engineering": [f"{PIPELINES}/data_engineering", WHOLE],
    "pipelines/modeling": [f"{PIPELINES}/modeling", f"{PIPELINES}/selection", WHOLE],
    "pipelines/selection": [f"{PIPELINES}/selection", WHOLE],
    "pipelines": [PIPELINES],
    "parameters": ["tests/parameters"],
    "datasets": [
        "tests/datasets",
        "tests/test_catalog.py",
        "tests/test_addresses.py",
        f"{PIPELINES}/modeling",
        f"{PIPELINES}/selection",
        "tests/playground/test_server.py",
    ],
    "guards": [
        "tests/guards",
        "tests/datasets",
        "tests/test_runs_never_mix.py",
        "tests/test_start_from.py",
        "tests/test_run.py",
    ],
    "playground": ["tests/playground"],
    "terminal": ["tests/terminal"],
    "cli": [
        "tests/parameters/test_options.py",
        *CLI,
        f"{PIPELINES}/data_engineering/test_inspection.py",
    ],
}


def area_of(path: Path) -> str:
    """Returns the area of a file, empty if it has none."""
    inside = path.relative_to(CODE).as_posix()
    return next((area for area in AREAS if inside.startswith(area)), "")


@cache
def tests_of(area: str) -> list[str]:
    """Returns the files of the tests of an area; raises KeyError if a name of them has none."""
    files: set[str] = set()
    for name in [READS_CODE, *AREAS[area]]:
        found = [
            file.relative_to(ROOT).as_posix()
            for place in ROOT.glob(name)
            for file in (place.rglob("test_*.py") if place.is_dir() else [place])
        ]
        if not found:
            raise KeyError(f"areas.py: no tests at {name}, named for {area}: correct the name")
        files.update(found)
    return sorted(files)
