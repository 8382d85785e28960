"""Whole runs of the project, as a person starts them."""

import json
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from kedro.framework.project import pipelines
from kedro.framework.session import KedroSession

from next_song.errors import DisagreementError, InputError
from next_song.evaluation.baselines import BASELINES
from next_song.grid import candidate_names

ROOT = Path(__file__).parents[1]
Run = Callable[..., dict[str, Any]]
Hashes = Callable[[Path], dict[str, str]]
FIVE_WORDS = {"data_engineering", "modeling", "selection", "export", "deployment"}


def test_every_pipeline_is_a_namespace_and_a_folder_by_the_same_name() -> None:
    pipelines.set_requested(None)  # a run of one pipeline, before this test, has loaded that alone
    assert set(pipelines) == FIVE_WORDS | {"recommendation", "sample", "__default__"}
    groups = pipelines["__default__"].group_nodes_by("namespace")
    assert {group.name for group in groups} == FIVE_WORDS - {"deployment"}


def test_an_environment_changes_values_never_shape() -> None:
    environments = sorted(path.name for path in (ROOT / "conf").iterdir() if path.is_dir())
    assert {"beauty", "diginetica", "movielens", "nowplaying", "toys", "test"} < set(environments)
    for env in environments:
        with KedroSession.create(project_path=ROOT, env=env) as session:
            loaded = session.load_context().config_loader["parameters"]
        assert list(loaded["modeling"]) == candidate_names()


def test_the_contract(finished: Path) -> None:
    card = json.loads((finished / "08_reporting/test_scorecard.json").read_text())
    ks = ["1", "10", "20", "100"]
    assert card["queries"] > 0
    assert list(card["hit_rate"]) == list(card["mrr"]) == list(card["coverage"]) == ks
    # the next song of the circle is certain, and the space has 40 songs
    assert card["hit_rate"]["10"] == card["hit_rate"]["100"] == 1
    assert card["unknown"] == 0
    assert card["baselines"]["popularity"]["hit_rate"]["10"] < 1
    report = json.loads((finished / "08_reporting/data_report.json").read_text())
    assert report["rows"] == {"read": 3200, "rejected": 0, "dropped": {}, "kept": 3200}
    assert sum(split["playlists"] for split in report["splits"].values()) == 400
    assert report["songs"] == {"all": 40, "in_training": 40}


def test_the_leaderboard_holds_every_candidate_and_its_rivals(finished: Path) -> None:
    leaderboard = pd.read_csv(finished / "08_reporting/leaderboard.csv")
    champion = json.loads((finished / "08_reporting/champion.json").read_text())
    published = {f"tutorial_{count}, as published" for count in (3, 5, 10)}
    others = {*BASELINES, *published, f"{champion['model']}, vectors alone"}
    assert set(leaderboard["model"]) == {*candidate_names(), *others}
    assert leaderboard["model"].is_unique
    assert leaderboard["hit_rate@20"].is_monotonic_decreasing
    learned = leaderboard[leaderboard["weight.space"].notna()]
    assert champion["model"] == learned["model"].iloc[0]
    assert set(learned["model"]) == set(candidate_names())
    assert champion["tutorial"] in {name.removesuffix(", as published") for name in published}


def test_all_files_may_be_read_by_those_who_may_read_a_new_file(
    finished: Path, tmp_path: Path
) -> None:
    (tmp_path / "new").touch()
    files = [path for path in finished.rglob("*") if path.is_file()]
    modes = {path.name: oct(path.stat().st_mode) for path in files}
    assert set(modes.values()) == {oct((tmp_path / "new").stat().st_mode)}


def test_the_archive_is_what_sagemaker_takes(finished: Path) -> None:
    with tarfile.open(finished / "06_models/model.tar.gz") as tar:
        names = set(tar.getnames())
        scorecard = json.load(tar.extractfile("1/assets.extra/scorecard.json"))  # type: ignore[arg-type]
        manifest = json.load(tar.extractfile("manifest.json"))  # type: ignore[arg-type]
    assert {
        "1/saved_model.pb",
        "1/variables/variables.index",
        "1/assets.extra/songs.parquet",
    } < names
    assert names == {"manifest.json", *(member["name"] for member in manifest["members"])}
    assert {name.split("/")[0] for name in names} == {"1", "manifest.json"}
    assert scorecard == json.loads((finished / "08_reporting/test_scorecard.json").read_text())


@pytest.mark.slow
def test_every_run_has_the_same_bytes(
    circle: Path, finished: Path, hashes: Hashes, tmp_path: Path
) -> None:
    """The sequential runner, and the parallel one in processes of its own."""
    params = f"--params=input={circle},data_root={tmp_path}"
    command = [
        "-m",
        "kedro",
        "run",
        "--env",
        "test",
        "--runner=next_song.runner.LongestFirstRunner",
        params,
    ]
    subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=os.environ | {"DO_NOT_TRACK": "1"}, check=True
    )
    assert hashes(tmp_path) == hashes(finished)


def test_one_candidate_by_its_namespace(
    kedro_run: Run, circle: Path, finished: Path, hashes: Hashes, tmp_path: Path
) -> None:
    where = {"input": str(circle), "data_root": str(tmp_path)}
    kedro_run(run_args={"pipeline_names": ["data_engineering"]}, **where)
    kedro_run(run_args={"namespaces": ["modeling.near"]}, **where)
    made = {path: digest for path, digest in hashes(tmp_path).items() if "/near/" in path}
    assert set(made) == {
        "06_models/near/vectors.safetensors",
        "08_reporting/near/ranks.safetensors",
        "08_reporting/near/scorecard.json",
        "08_reporting/near/trials.csv",
        "08_reporting/near/word2vec.json",
    }
    assert made.items() < hashes(finished).items()


@pytest.mark.parametrize(("workers", "warned"), [(1, []), (2, ["near"]), ([1, 3], ["near"])])
def test_a_run_whose_training_is_not_reproducible_says_so(
    kedro_run: Run,
    circle: Path,
    finished: Path,
    caplog: pytest.LogCaptureFixture,
    tmp_path: Path,
    workers: Any,
    warned: list[str],
) -> None:
    shutil.copytree(finished, tmp_path / "data")
    where = {"input": str(circle), "data_root": str(tmp_path / "data")}
    threads = {"modeling.near.word2vec.workers": workers}
    kedro_run(run_args={"namespaces": ["modeling.near"]}, **nested(where | threads))
    assert [list(one.args) for one in caplog.records if one.name == "next_song.hooks"] == [
        [name] for name in warned
    ]


BAD = [
    ({"input": "nowhere.csv"}, "nowhere.csv: found no such file"),
    ({"input": "empty.csv"}, "empty.csv: found 0 bytes"),
    ({"source": "shazam"}, "source: found 'shazam'"),
    ({"source": "plays", "input": "other.csv"}, "found columns a, b; expected for 'playlist'"),
    ({"source": "spotify", "input": "other.csv"}, "no header, but 'a,b'"),
    ({"source": "mpd", "input": "other.json"}, "source 'mpd' expects"),
    ({"source": "plays", "input": "cut.parquet"}, "found a damaged file"),
    ({"input": "garbage.csv"}, "found binary data; expected a CSV, JSON, Parquet or M3U"),
    ({"input": "unquoted.csv"}, "; 2 lines rejected, line 2: expected 4 quoted fields)"),
    ({"cleaning.min_songs": 50}, "found no play to keep (left out: {'short playlist': 3200})"),
    ({"split.test": 1e-9}, "found no playlist in 'test'"),
    ({"split.by": "column"}, "split.by: found 'column', but the input has no split"),
    ({"modeling.large.word2vec.min_count": 999}, "modeling.large.word2vec.min_count: found 999"),
    ({"duckdb.memory_limit": "lots"}, "parameter duckdb.memory_limit: found 'lots'; "),
    ({"sorce": "plays"}, "parameter 'sorce': found, but there is none of that name"),
    ({"cleaning.min_song": 3}, "cleaning.min_song: found 3"),
    ({"modeling.far.word2vec.sg": 1}, "candidate 'far': found, but there is none of that name"),
    ({"split.test": 1.5}, "split.test: found 1.5; input should be less than 1"),
    ({"split.test": 0.6, "split.validation": 0.4}, "expected validation 0.4 + test 0.6 below 1"),
    ({"modeling.near.word2vec.window": "wide"}, "word2vec.window: found 'wide'"),
    ({"protocol.k": []}, "protocol.k: found []"),
    ({"selection.k": 7}, "selection.k: found 7; expected one of protocol.k"),
    ({"selection.k": 10.0}, "selection.k: found 10.0; input should be a valid integer"),
    ({"selection.k": "10"}, "selection.k: found '10'; input should be a valid integer"),
    ({"protocol.k": [10, True]}, "protocol.k.1: found True; input should be a valid integer"),
    ({"protocol.seed": "1"}, "protocol.seed: found '1'; input should be a valid integer"),
    ({"cleaning.keep_repeats_in_a_row": "no"}, "a_row: found 'no'; input should be a valid bool"),
    ({"split.test": "0.1"}, "split.test: found '0.1'; input should be a valid number"),
    ({"export.k": 5}, "export.k: found 5; expected at least 100"),
    ({"protocol.k": [20, 20, 100]}, "protocol.k: found [20, 20, 100]; expected different numbers"),
    ({"protocol.k": [10**20]}, "protocol.k.0: found 100000000000000000000; input should be less"),
    ({"cleaning.max_songs": 2}, "; expected min_songs 3 <= max_songs 2"),
    ({"modeling.near.word2vec.window": []}, "window: found []; expected a value, or a list"),
    ({"modeling.near.word2vec.alpha": 1e308}, "alpha: found 1e+308; input should be less"),
    ({"modeling.near.word2vec.alpha": [0.1, 1e308]}, "alpha: found 1e+308; input should be less"),
    ({"modeling.near.word2vec.vector_size": 99999999999}, "vector_size: found 99999999999; input"),
    ({"modeling.near.word2vec.ns_exponent": 1e308}, "ns_exponent: found 1e+308; input should be"),
    ({"modeling.near.word2vec.negative": 99999999}, "negative: found 99999999; input should be"),
    ({"modeling.near.word2vec.seed": 2**32}, "seed: found 4294967296; input should be less than"),
    ({"modeling.near.word2vec": None}, "parameter modeling.near.word2vec: found None; expected a"),
    ({"modeling.near": [1]}, "parameter modeling.near: found [1]; expected a group with word2vec"),
    ({"modeling": None}, "parameter modeling: found None; expected a group with "),
    ({"cleaning": None}, "parameter cleaning: found None; expected a group with min_plays"),
    ({"duckdb": None}, "parameter duckdb: found None; expected a group with memory_limit"),
    ({"export": [1]}, "parameter export: found [1]; expected a group with k, precision"),
    ({"duckdb.memory_limit": "1KB"}, "memory_limit: found '1KB'; expected at least 128MB"),
    ({"song_pairs.window": 10**15}, "song_pairs.window: found 1000000000000000; input should be"),
    ({"retrieval.fit.queries": 10**20}, "fit.queries: found 100000000000000000000; input should"),
    ({"retrieval.parts.recent.weight": 5000}, "expected a weight of recent from -300 to 300, not"),
    ({"retrieval.parts.recent.weight": float("inf")}, "weight: found inf"),
    ({"source": "${nowhere}"}, "configuration: found "),
    ({"data_root": ""}, "data_root: found ''; expected a folder, or a URL"),
    ({"data_root": "  "}, "data_root: found '  '; expected a folder"),
    ({"data_root": None}, "data_root: found None; expected a folder"),
    ({"data_root": "~/runs"}, "data_root: found '~/runs', whose ~ only a shell expands"),
    ({"data_root": "memory://x"}, "data_root: found 'memory://x'; expected a folder"),
    ({"data_root": "zip://x"}, "zip:// cannot keep files"),
    ({"data_root": __file__}, "test_run.py is a file; expected a folder"),
    ({"data_root": f"{__file__}/below"}, "test_run.py is a file; expected a folder"),
    ({"data_root": 7}, "data_root: found 7; expected a folder"),
    ({"protocol.looks": 101}, "protocol.looks: found 101; input should be less than or equal to"),
    ({"output": "answers.json"}, "output: found 'answers.json'; expected a name that ends in .par"),
    ({"output": "answers.CSV"}, "output: found 'answers.CSV'; expected a name that ends in .parq"),
    (
        {"duckdb.temp_directory": __file__},
        "duckdb.temp_directory: found [Errno 20] Not a directory",
    ),
    (
        {"duckdb.temp_directory": "/proc/nope"},
        "duckdb.temp_directory: found [Errno 2] No such file",
    ),
    ({"data_root": "a" * 300}, "data_root: found [Errno 36] File name too long"),
]


def nested(params: dict[str, Any]) -> dict[str, Any]:
    """Runtime parameters as `--params split.test=1` gives them."""
    result: dict[str, Any] = {}
    for name, value in params.items():
        *groups, last = name.split(".")
        place = result
        for group in groups:
            place = place.setdefault(group, {})
        place[last] = value
    return result


@pytest.fixture(scope="module")
def bad_files(finished: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bad")
    whole = (finished / "02_intermediate/plays.parquet").read_bytes()
    (folder / "empty.csv").touch()
    (folder / "other.csv").write_text("a,b\n1,2\n")
    (folder / "unquoted.csv").write_text(
        '"user_id", "artistname", "trackname", "playlistname"\nu,a,b,c\nu,d,e,f\n'
    )
    (folder / "other.json").write_text('{"info": {}}')
    (folder / "cut.parquet").write_bytes(whole[: len(whole) // 2])
    (folder / "garbage.csv").write_bytes(bytes(range(256)) * 100)
    return folder


@pytest.mark.fault
@pytest.mark.parametrize(("params", "expected"), BAD, ids=[str(params) for params, _ in BAD])
def test_bad_input_is_one_clear_line_and_earlier_outputs_stay(
    kedro_run: Run,
    circle: Path,
    finished: Path,
    bad_files: Path,
    hashes: Hashes,
    params: dict[str, Any],
    expected: str,
    says: Callable[[object], None],
) -> None:
    params = nested({"data_root": str(finished), "input": str(circle)} | params)
    params["input"] = str(bad_files / params["input"])
    before = hashes(finished)
    with pytest.raises(InputError) as error:
        kedro_run(**params)
    says(error.value)
    assert expected in str(error.value)
    assert "\n" not in str(error.value)
    assert hashes(finished) == before


def test_a_run_that_was_refused_leaves_nothing_for_the_next(
    kedro_run: Run, circle: Path, tmp_path: Path
) -> None:
    given = {"data_root": str(tmp_path), "input": str(circle)}
    with pytest.raises(InputError, match="min_count: found 999"):
        kedro_run(**given, **nested({"modeling.large.word2vec.min_count": 999}))
    assert not (tmp_path / "06_models").exists()
    kedro_run(run_args={"pipeline_names": ["data_engineering"]}, **given)


def test_the_command_line_ends_with_that_line_and_status_1(tmp_path: Path) -> None:
    command = [
        "-m",
        "kedro",
        "run",
        "--env",
        "test",
        f"--params=input=nowhere.csv,data_root={tmp_path}",
    ]
    done = subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env=os.environ | {"DO_NOT_TRACK": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("Error: input ")
    assert "Traceback" not in done.stdout + done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_an_archive_that_answers_otherwise_stops_the_run(
    kedro_run: Run, circle: Path, tmp_path: Path
) -> None:
    where = {"input": str(circle), "data_root": str(tmp_path)}
    kedro_run(run_args={"to_outputs": ["exported_model"]}, **where)
    path = tmp_path / "08_reporting/test_scorecard.json"
    card = json.loads(path.read_text())
    card["hit_rate"]["1"] = 0.123
    path.write_text(json.dumps(card))
    with pytest.raises(DisagreementError, match=r"found hit_rate@1 .* expected 0.12300"):
        kedro_run(run_args={"node_names": ["export.verify_model"]}, **where)
    assert not (tmp_path / "06_models/model.tar.gz").exists()


def test_an_unknown_parameter_is_told_with_those_that_there_are(kedro_run: Run) -> None:
    with pytest.raises(InputError) as error:
        kedro_run(nonsense=1)
    told = str(error.value)
    assert "nonsense" in told
    assert "cleaning" in told
    assert "_tutorial" not in told  # an anchor of YAML
