"""Which tests are to find the faults of a file."""

from pathlib import Path

PIPELINES = "tests/pipelines"
RETRIEVAL = ["tests/retrieval", "--ignore=tests/retrieval/test_behaviour.py"]  # a whole run
WHOLE = "tests/test_splits_apart.py"
EVALUATION = ["tests/evaluation", f"{PIPELINES}/selection", WHOLE]
DATA = f"{PIPELINES}/data_engineering"
READING = [  # what takes longest comes last
    *(f"{DATA}/sources", f"{DATA}/test_layouts.py", f"{DATA}/test_odd_files.py"),
    *(f"{DATA}/test_known_sources.py", f"{DATA}/test_understanding.py", f"{DATA}/test_select.py"),
    *(f"{DATA}/test_sources.py", f"{DATA}/test_inspection.py"),
]
TABLES = [
    *(
        f"{DATA}/test_sql.py",
        f"{DATA}/test_cleaning_and_splits.py",
        f"{DATA}/test_nothing_to_ask.py",
    ),
    *(f"{DATA}/test_order.py", f"{DATA}/test_sessions.py", f"{DATA}/test_song_pairs.py"),
    *(f"{DATA}/test_plots.py", f"{DATA}/test_same_names.py", f"{DATA}/test_data_document.py"),
]
LONG = [f"{DATA}/test_{name}.py" for name in ("staging", "every_source", "times", "dialects")]
# of what begins so in src/next_song: the nearest tests first
AREAS = {
    "retrieval": [*RETRIEVAL, *EVALUATION],
    "evaluation": EVALUATION,
    "serving/http": ["tests/serving/http"],
    "serving/endpoint": ["tests/serving/endpoint", f"{PIPELINES}/deployment"],
    "serving/song_search": [
        "tests/serving/test_song_search.py",
        "tests/serving/test_song_search_as_typed.py",
    ],
    "serving/graph": [
        "tests/serving/test_graph_ops.py",
        "tests/serving/test_graph_rules.py",
        "tests/serving/test_graph_explained.py",
        "tests/serving/test_graph.py",
    ],
    "serving/batch": [f"{PIPELINES}/recommendation"],
    "serving": [
        "tests/serving/test_unpacking.py",
        "tests/serving/test_arrays.py",
        "tests/serving/test_crafted_archives.py",
        "tests/serving/test_archive_bombs.py",
        "tests/serving/test_manifest.py",
        "tests/serving/test_model.py",
        "tests/serving/test_predictor.py",
        f"{PIPELINES}/export",
    ],
    "pipelines/data_engineering/pipeline": [WHOLE, f"{PIPELINES}/recommendation"],
    "pipelines/data_engineering/sources": [*READING, *TABLES, *LONG],
    "pipelines/data_engineering": [*TABLES, *READING, *LONG],
    "pipelines/modeling": [f"{PIPELINES}/selection", f"{PIPELINES}/modeling", WHOLE],
    "pipelines/selection": [f"{PIPELINES}/selection", WHOLE],
    "pipelines/export": [f"{PIPELINES}/export"],
    "pipelines/deployment": [f"{PIPELINES}/deployment"],
}


QUICK = {  # before a stand-in
    "serving/endpoint": [
        "tests/serving/test_endpoint_without_aws.py",
        "tests/serving/test_endpoint_changes.py",
        "tests/serving/test_endpoint_parts.py",
        "tests/serving/test_lock.py",
    ],
    "pipelines/modeling": [f"{PIPELINES}/modeling"],
}


def area_of(path: Path) -> str:
    """Returns the area of a file, empty if it has none."""
    inside = path.relative_to("src/next_song").as_posix()
    return next((area for area in AREAS if inside.startswith(area)), "")


def tests_of(path: Path) -> list[list[str]]:
    """Returns tests to run, one list after the other: those of a file of that name, then all."""
    inside = path.relative_to("src/next_song").as_posix()
    area = area_of(path)
    named = Path("tests", inside).with_name(f"test_{path.stem}.py")
    there = [named] if Path(__file__).parents[2].joinpath(named).exists() else []
    nearest = [QUICK[area]] if area in QUICK else []
    return [*nearest, *([str(one)] for one in there), ["tests/test_frozen.py", *AREAS[area]]]
