"""Many playlists answered at once: as the model answers each, whole or not at all."""

import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from next_song import load_model
from next_song.errors import InputError
from next_song.guards.claims import Claims

ROOT = Path(__file__).parents[3]
Run = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def model(finished: Path) -> Path:
    return finished / "06_models/model.tar.gz"


def name(number: int) -> tuple[str, str]:
    return f"Artist {number % 5}", f"Song {number}"


def table(path: Path, playlists: dict[str, list[tuple[str, str]]]) -> Path:
    rows = [
        (playlist, artist, track)
        for playlist, songs in playlists.items()
        for artist, track in songs
    ]
    pd.DataFrame(rows, columns=["playlist", "artist", "track"]).to_csv(path, index=False)
    return path


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return table(
        tmp_path_factory.mktemp("asked") / "asked.csv",
        {
            "three": [name(3), name(4), name(5)],
            "one": [name(20)],
            "some": [("Nobody", "x"), name(7), ("Nobody", "y")],
            "by artist": [("Artist 2", "never heard")],
            "strangers": [("Nobody", "x")],
        },
    )


@pytest.fixture
def answer(kedro_run: Run, asked: Path, model: Path, tmp_path: Path) -> Callable[..., Path]:
    """Run the pipeline; the parameters are those of `recommendation`."""

    def run(output: str = "answers.parquet", given: Path = asked, **params: Any) -> Path:
        where = {"input": str(given), "data_root": str(tmp_path), "model": str(model)}
        path = tmp_path / output
        kedro_run(
            run_args={"pipeline_names": ["recommendation"]},
            output=str(path),
            recommendation={"k": 8} | params,
            **where,
        )
        return path

    return run


def test_answers_are_those_of_the_model(answer: Callable[..., Path], model: Path) -> None:
    found = pd.read_parquet(answer())
    ids = {"three": [3, 4, 5], "one": [20], "some": [7]}
    songs = [["\t".join(name(number)) for number in numbers] for numbers in ids.values()]
    songs += [["Artist 2 - never heard"], ["x"]]
    expected = load_model(model).recommend(songs, 8)
    assert found["song_id"].tolist() == expected["song_id"].tolist()
    assert found["score"].tolist() == pytest.approx(expected["score"].tolist(), abs=1e-5)
    assert found["rank"].tolist() == list(range(1, 9)) * 5
    playlists = [*ids, "by artist", "strangers"]
    assert found["playlist"].unique().tolist() == playlists
    unknown = found.groupby("playlist", sort=False)["unknown"].first()
    assert unknown.to_dict() == dict(zip(playlists, [0, 0, 2, 1, 1], strict=True))
    assert (found["artist"] + "\t" + found["track"] == found["song_id"]).all()
    assert set(found[found["playlist"] == "by artist"]["artist"]) == {"Artist 2"}


def test_every_format_has_the_same_answers(answer: Callable[..., Path]) -> None:
    whole = pd.read_parquet(answer())
    csv = pd.read_csv(answer("answers.csv"))
    lines = pd.read_json(answer("answers.jsonl"), lines=True)
    for other in (csv, lines):
        pd.testing.assert_frame_equal(other, whole, check_dtype=False, atol=1e-5)


def test_a_row_per_playlist(answer: Callable[..., Path]) -> None:
    songs = pd.read_parquet(answer())
    lists = pd.read_parquet(answer("lists.parquet", rows="playlists"))
    assert lists.columns.tolist() == ["playlist", "unknown", "song_ids", "scores"]
    grouped = songs.groupby("playlist", sort=False)
    assert [list(one) for one in lists["song_ids"]] == grouped["song_id"].apply(list).tolist()
    assert [list(one) for one in lists["scores"]] == grouped["score"].apply(list).tolist()


def test_rules(answer: Callable[..., Path]) -> None:
    found = pd.read_parquet(answer(per_artist=1))
    assert found.groupby("playlist")["artist"].nunique().tolist() == [5] * 5
    assert len(found) == 25
    with pytest.raises(InputError, match="only_set: found the set 'market'; expected one of none"):
        answer(only_set="market")
    with pytest.raises(InputError, match="k: found 41; expected 1 to 40"):
        answer(k=41)


def test_shards_are_the_whole(answer: Callable[..., Path]) -> None:
    whole = pd.read_parquet(answer())
    shards = [pd.read_parquet(answer(f"{n}.parquet", shard=f"{n}/2")) for n in (1, 2)]
    assert [set(shard["playlist"]) for shard in shards] == [
        {"three", "some", "strangers"},
        {"one", "by artist"},
    ]
    joined = pd.concat(shards).set_index("playlist").loc[whole["playlist"].unique()]
    pd.testing.assert_frame_equal(joined.reset_index(), whole)
    with pytest.raises(InputError, match="shard 3/2: expected I/N with I from 1 to N"):
        answer(shard="3/2")


def test_input_without_a_play_is_told_in_a_line(
    answer: Callable[..., Path], tmp_path: Path
) -> None:
    empty = tmp_path / "empty.csv"
    empty.write_text("playlist,artist,track\n")
    with pytest.raises(InputError, match=r"empty\.csv: found"):
        answer(given=empty)
    with pytest.raises(InputError, match="nowhere"):
        answer(given=tmp_path / "nowhere.csv")


def test_the_name_of_the_output_is_no_pattern(answer: Callable[..., Path], tmp_path: Path) -> None:
    folders = [tmp_path / name for name in (".a1.parts", ".a[1].parts")]
    other = answer("a1.parquet", parts=str(folders[0]), k=1)
    assert list(folders[0].glob("*.parquet"))
    mine = pd.read_parquet(answer("mine.parquet", parts=str(folders[1]), k=2))
    assert mine.groupby("playlist").size().tolist() == [2] * 5
    assert len(pd.read_parquet(other)) == 5


def test_parts_of_another_job_are_refused(answer: Callable[..., Path], tmp_path: Path) -> None:
    parts = tmp_path / "parts"
    first = answer(parts=str(parts)).read_bytes()
    written = {path.name: path.stat().st_mtime_ns for path in parts.glob("*.parquet")}
    assert written
    assert answer(parts=str(parts), resume=True).read_bytes() == first
    assert {path.name: path.stat().st_mtime_ns for path in parts.glob("*.parquet")} == written
    with pytest.raises(InputError, match="found parts of another model, input or k"):
        answer(parts=str(parts), resume=True, k=7)
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "letter.txt").write_text("dear")
    with pytest.raises(InputError, match="is no folder of parts"):
        answer(parts=str(mine))
    assert (mine / "letter.txt").read_text() == "dear"


def test_a_folder_for_parts_that_cannot_be_is_told(
    answer: Callable[..., Path], tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "parts/more").mkdir(parents=True)
    (tmp_path / "parts/job.json").touch()
    for folder in (tmp_path / "file/parts", tmp_path / "parts", "s3://bucket/parts"):
        with pytest.raises(InputError, match=r"^recommendation.parts: found .*; expected a folder"):
            answer(parts=str(folder))


def test_a_folder_that_a_killed_job_left_empty_is_taken(
    answer: Callable[..., Path], tmp_path: Path
) -> None:
    (tmp_path / "parts").mkdir()
    assert len(pd.read_parquet(answer(parts=str(tmp_path / "parts"), k=1))) == 5


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """So many playlists that answering them takes seconds."""
    lists = {f"p{one}": [name(one % 40), name(one * 7 % 40)] for one in range(40_000)}
    return table(tmp_path_factory.mktemp("many") / "many.csv", lists)


def command(given: Path, model: Path, root: Path, **params: Any) -> list[str]:
    settings = {"k": 40, "parts": str(root / "parts"), **params}
    values = {f"recommendation.{key}": value for key, value in settings.items()}
    values |= {"input": given, "model": model, "data_root": root, "output": root / "out.parquet"}
    text = ",".join(f"{key}={value}" for key, value in values.items())
    run = ["-m", "kedro", "run", "--env", "test", "--pipelines", "recommendation", "--params", text]
    return [sys.executable, *run]


ENVIRONMENT = os.environ | {"DO_NOT_TRACK": "1"}


@pytest.mark.slow
def test_a_killed_job_leaves_no_output_and_is_continued(
    many: Path, model: Path, tmp_path: Path
) -> None:
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    for folder in (whole, killed):
        folder.mkdir()
    subprocess.run(command(many, model, whole), cwd=ROOT, env=ENVIRONMENT, check=True)
    job = subprocess.Popen(command(many, model, killed), cwd=ROOT, env=ENVIRONMENT)
    while not list((killed / "parts").glob("*.parquet")):
        assert job.poll() is None
        time.sleep(0.01)
    job.send_signal(signal.SIGKILL)
    assert job.wait() == -signal.SIGKILL
    done = len(list((killed / "parts").glob("*.parquet")))
    assert 0 < done < len(list((whole / "parts").glob("*.parquet")))
    assert not (killed / "out.parquet").exists()
    again = command(many, model, killed, resume="true")
    subprocess.run(again, cwd=ROOT, env=ENVIRONMENT, check=True)
    assert (killed / "out.parquet").read_bytes() == (whole / "out.parquet").read_bytes()


def test_a_full_disk_is_told_in_a_line(many: Path, model: Path, tmp_path: Path) -> None:
    def little() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))

    root = tmp_path / "root"
    root.mkdir()
    (root / "out.parquet").write_bytes(b"earlier")
    failed = subprocess.run(
        command(many, model, root),
        cwd=ROOT,
        env=ENVIRONMENT,
        preexec_fn=little,
        capture_output=True,
        text=True,
    )
    assert failed.returncode == 1
    assert "File too large" in failed.stderr
    assert "Traceback" not in failed.stderr
    assert (root / "out.parquet").read_bytes() == b"earlier"


@pytest.mark.parametrize(
    ("row", "shard", "told"),
    [
        ("p,a,b", "9/9", "input: found no history in shard 9/9; expected"),
        ("p,,", "1/1", r"asked\.csv: found no play that can be read; expected"),
    ],
)
def test_nothing_to_answer_is_told_in_a_line(
    answer: Callable[..., Path], tmp_path: Path, row: str, shard: str, told: str
) -> None:
    asked = tmp_path / "asked.csv"
    asked.write_text(f"playlist,artist,track\n{row}\n")
    with pytest.raises(InputError, match=told):
        answer(given=asked, shard=shard)


@pytest.mark.parametrize(("known", "warns"), [(2, False), (1, True)])
def test_ids_of_another_catalog_are_told(
    answer: Callable[..., Path],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    known: int,
    warns: bool,
) -> None:
    strangers = [("Nobody", f"x{n}") for n in range(4 - known)]
    songs = {"some": [name(number) for number in range(known)], "none": strangers}
    answer(given=table(tmp_path / "asked.csv", songs))
    told = [record.getMessage() for record in caplog.records if "knows" in record.getMessage()]
    expected = "input: the model knows 1 of 4 plays; 1 of 2 playlists have no known song, and get"
    assert [line.startswith(expected) for line in told] == [True] * warns


def test_a_file_that_another_run_writes_is_not_written(
    answer: Callable[..., Path], tmp_path: Path
) -> None:
    """Its data_root may be another one."""
    other = Claims("output")
    other.take(str(tmp_path / "out"), ["answers.csv"], [])
    with pytest.raises(InputError, match=r"^output .*: found answers\.csv in use by process \d+"):
        answer("out/answers.csv")
    assert not (tmp_path / "out/answers.csv").exists()
    other.release()
    assert answer("out/answers.csv").exists()
    assert not (tmp_path / "out/.runs").exists()
