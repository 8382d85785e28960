"""Archives with a manifest that fits what is damaged: each is refused in one line when opened."""

import io
import json
import os
import tarfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from crafted import (
    ARRAYS,
    EXAMPLES,
    GRAPH,
    SCORECARD,
    SONGS,
    VARIABLES,
    Members,
    arrays,
    overwritten,
    packed,
    refused,
    table,
    whole_members,
    without_array,
)
from odd_archive import COUNT, IDS

from next_song import sql
from next_song.cli import cli
from next_song.errors import InputError
from next_song.serving import contents
from next_song.serving.archive import ModelArchive
from next_song.serving.former import start_of
from next_song.serving.predictor import archive_predictor

NO_SONGS = "a damaged songs.parquet ("
OTHER_SONGS = NO_SONGS + "columns or values that are not those of a table of songs); expected"
NO_CARD, NO_EXAMPLES = "a damaged scorecard.json (no hit", "a damaged examples.json (no list of"
NO_PLACES = "arrays.json that does not fit variables.data-00000-of-00001; expected"
NO_ARRAYS = "a damaged arrays.json or variables.data-00000-of-00001 ("
DEEP = b"[" * 10**6

FAULTS: dict[str, tuple[str, bytes | Callable[[Members], bytes], str]] = {
    "no table": (SONGS, b"PAR1 and no more", NO_SONGS),
    "an empty table file": (SONGS, b"", NO_SONGS),
    "a table as text": (SONGS, b"a,b\n1,2\n", NO_SONGS),
    "half a table": (SONGS, lambda whole: whole[SONGS][: len(whole[SONGS]) // 2], NO_SONGS),
    "fewer songs": (SONGS, table(3), NO_SONGS + f"3 rows, where the model has {COUNT} songs)"),
    "no ids": (SONGS, table(without="song_id"), NO_SONGS + "Binder Error"),
    "no plays": (SONGS, table(without="plays"), NO_SONGS + "Binder Error"),
    "an id twice": (SONGS, table(song_id=["a"] * COUNT), OTHER_SONGS),
    "an id that is null": (SONGS, table(song_id=[None, *IDS[1:]]), OTHER_SONGS),
    "ids that are numbers": (SONGS, table(song_id=range(COUNT)), OTHER_SONGS),
    "artists that are lists": (SONGS, table(artist=[["a"]] * COUNT), OTHER_SONGS),
    "tracks that are numbers": (SONGS, table(track=[0.5] * COUNT), OTHER_SONGS),
    "plays below 0": (SONGS, table(plays=[-1] * COUNT), OTHER_SONGS),
    "plays that are null": (SONGS, table(plays=[None] * COUNT), OTHER_SONGS),
    "plays that are text": (SONGS, table(plays=["many"] * COUNT), NO_SONGS + "Conversion Error"),
    "songs in another order": (SONGS, table(song=range(COUNT - 1, -1, -1)), OTHER_SONGS),
    "a scorecard that is no text": (SCORECARD, b"\xff{", NO_CARD),
    "a scorecard that is a list": (SCORECARD, b"[]", NO_CARD),
    "a deep scorecard": (SCORECARD, DEEP, NO_CARD),
    "no model": (SCORECARD, b'{"hit_rate": {"10": 0.5}}', NO_CARD),
    "no hit rate": (SCORECARD, b'{"model": "a", "hit_rate": {}}', NO_CARD),
    "a hit rate as text": (SCORECARD, b'{"model": "a", "hit_rate": {"10": "good"}}', NO_CARD),
    "a hit rate below 0": (SCORECARD, b'{"model": "a", "hit_rate": {"10": -0.01}}', NO_CARD),
    "a hit rate above 1": (SCORECARD, b'{"model": "a", "hit_rate": {"10": 1.01}}', NO_CARD),
    "a hit rate at no number": (SCORECARD, b'{"model": "a", "hit_rate": {"ten": 0.5}}', NO_CARD),
    "examples as text": (EXAMPLES, b'"a"', NO_EXAMPLES),
    "an example without a target": (EXAMPLES, b'[{"history": []}]', NO_EXAMPLES),
    "an example of numbers": (EXAMPLES, b'[{"history": [1], "target": "a"}]', NO_EXAMPLES),
    "an example with more": (EXAMPLES, b'[{"history": [], "target": "a", "x": 1}]', NO_EXAMPLES),
    "deep examples": (EXAMPLES, DEEP, NO_EXAMPLES),
    "arrays that are no JSON": (ARRAYS, b"{", NO_PLACES),
    "an array beyond the file": (
        ARRAYS,
        lambda whole: arrays(whole, "searched", offset=10**15),
        NO_PLACES,
    ),
    "a shape of texts": (
        ARRAYS,
        lambda whole: arrays(whole, "artists", shape=["128"]),
        NO_PLACES,
    ),
    "an array of terabytes": (
        ARRAYS,
        lambda whole: arrays(whole, "searched", shape=[4, 10**12]),
        NO_PLACES,
    ),
    "rows of nothing": (
        ARRAYS,
        lambda whole: arrays(whole, "query_units", shape=[10**12, 0]),
        NO_ARRAYS + "found 128 columns; expected more than the 999999999999 songs)",
    ),
    "an array that is a number": (
        ARRAYS,
        lambda whole: arrays(whole, "query_units", shape=[]),
        NO_ARRAYS,
    ),
    "another shape": (
        ARRAYS,
        lambda whole: arrays(whole, "artists", shape=[64]),
        NO_ARRAYS + "found artists of shape (64,); expected (128,))",
    ),
    "another type": (
        ARRAYS,
        lambda whole: arrays(whole, "artists", type="float32"),
        NO_ARRAYS + "found artists",
    ),
    "no artists": (ARRAYS, lambda whole: without_array(whole, "artists"), NO_ARRAYS),
    "no pairs": (ARRAYS, lambda whole: without_array(whole, "pair_songs"), NO_ARRAYS),
    "a pair beyond the songs": (
        VARIABLES,
        lambda whole: overwritten(whole, "pair_songs", "<i", 10**9),
        NO_ARRAYS + "found pair_songs that are not from 0 to",
    ),
    "a pair before the songs": (
        VARIABLES,
        lambda whole: overwritten(whole, "pair_songs", "<i", -1),
        NO_ARRAYS + "found pair_songs that are not from 0 to",
    ),
    "pairs that go back": (
        VARIABLES,
        lambda whole: overwritten(whole, "pair_starts", "<i", 10**6),
        NO_ARRAYS + "found pair_starts that do not lead through",
    ),
    "an artist before the first": (
        VARIABLES,
        lambda whole: overwritten(whole, "artists", "<i", -5),
        NO_ARRAYS + "found artists that are not from 0 to",
    ),
    "what is no number": (
        VARIABLES,
        lambda whole: overwritten(whole, "searched", "<f", float("nan")),
        NO_ARRAYS + "found searched with what is no number",
    ),
}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Members:
    return whole_members(tmp_path_factory.mktemp("odd"))


@pytest.mark.fault
@pytest.mark.parametrize("fault", FAULTS)
def test_what_is_damaged_behind_a_manifest_is_refused(
    fault: str, whole: Members, tmp_path: Path, says: Callable[[object], None]
) -> None:
    name, data, expected = FAULTS[fault]
    crafted = data(whole) if callable(data) else data
    told = refused(packed(whole | {name: crafted}, tmp_path / "model.tar.gz"))
    says(told)
    assert told.startswith(expected)


@pytest.mark.fault
@pytest.mark.parametrize(
    "spoil",
    [
        lambda _: b"",
        lambda _: b"no graph",
        lambda graph: graph[: len(graph) // 2],
        lambda graph: graph.replace(b"serving_default", b"serving_defaulT"),
    ],
    ids=["empty", "no graph", "half", "no signature"],
)
def test_a_damaged_graph_is_refused_when_it_is_loaded(
    spoil: Callable[[bytes], bytes],
    whole: Members,
    tmp_path: Path,
    says: Callable[[object], None],
) -> None:
    path = packed(whole | {GRAPH: spoil(whole[GRAPH])}, tmp_path / "model.tar.gz")
    with pytest.raises(
        InputError, match=r"^exported model: found .*: export it again with [^\n]*$"
    ) as error:
        ModelArchive.unpack(path).answer([["plain"]])
    says(error.value)


def test_standard_error_is_the_same_after_the_first_session() -> None:
    def opened() -> tuple[int, int, int]:
        there = os.fstat(2)
        return there.st_dev, there.st_ino, len(os.listdir("/proc/self/fd"))

    from next_song.serving import saved_model  # imports TensorFlow

    saved_model._first_session.__wrapped__()  # a session takes files of its own the first time
    before = opened()
    saved_model._first_session.__wrapped__()
    assert opened() == before


def test_one_that_others_packed_is_read(whole: Members, tmp_path: Path) -> None:
    """tar writes folders, and ./ before names; Python adds headers for fractions of seconds."""
    archive = ModelArchive.unpack(packed(whole, tmp_path / "model.tar.gz"))
    with tarfile.open(tmp_path / "again.tar.gz", "w:gz", format=tarfile.PAX_FORMAT) as tar:
        tar.add(archive.folder, ".")
    again = ModelArchive.unpack(tmp_path / "again.tar.gz")
    assert again.manifest == archive.manifest
    assert archive_predictor(again)(["plain"]).known


@pytest.mark.parametrize("hit_rate", [0, 1])
def test_a_hit_rate_may_be_none_or_all(hit_rate: int, whole: Members, tmp_path: Path) -> None:
    card = b'{"model": "a", "hit_rate": {"999999999": %d}}' % hit_rate
    archive = ModelArchive.unpack(packed(whole | {SCORECARD: card}, tmp_path / "model.tar.gz"))
    assert archive.scorecard["hit_rate"] == {"999999999": hit_rate}


def test_a_training_starts_from_the_vectors_of_the_songs(whole: Members, tmp_path: Path) -> None:
    archive = ModelArchive.unpack(packed(whole, tmp_path / "model.tar.gz"))
    present = sql.connection().sql(
        "from (values (1, 'plain', 3), (0, 'new', 5), (2, 'two words', 1)) t(song, song_id, plays)"
    )
    start = start_of(archive, present)
    assert start.former.tolist() == [-1, 0, 1]
    queries, targets = start.space.query_vectors, start.space.target_vectors
    assert queries.shape == targets.shape == (COUNT, 2)
    # song i stands where song i + 1 is looked for
    assert np.roll(queries, 1, axis=0) == pytest.approx(targets, abs=1e-6)
    assert np.linalg.norm(queries, axis=1) == pytest.approx(np.full(COUNT, 3), abs=1e-5)


def test_a_long_name_and_a_size_in_a_header_are_read(whole: Members, tmp_path: Path) -> None:
    path = tmp_path / "model.tar.gz"
    with tarfile.open(path, "w:gz", format=tarfile.PAX_FORMAT) as tar:
        info = tarfile.TarInfo("1/" + "n" * 150)
        info.size, info.pax_headers = 3, {"size": "3"}
        tar.addfile(info, io.BytesIO(b"abc"))
    assert refused(path).startswith("no manifest.json; expected")


@pytest.mark.fault
@pytest.mark.parametrize("command", ["recommend", "songs", "batch", "serve", "playground"])
def test_every_command_refuses_it_in_one_line(
    command: str, whole: Members, tmp_path: Path, says: Callable[[object], None]
) -> None:
    path = packed(whole | {EXAMPLES: b'"a"'}, tmp_path / "model.tar.gz")
    playlists = tmp_path / "playlists.csv"
    playlists.write_text("playlist,position,song\n" + "1,1,plain\n1,2,-k\n")
    given = {
        "batch": [str(playlists), str(tmp_path / "answers.csv")],
        "serve": ["--port", "0"],
        "playground": ["--port", "0"],
    }
    words = [command, "--model", str(path), *given.get(command, ["plain"])]
    result = CliRunner().invoke(cli, words)
    says(result.stderr)
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1].startswith(f"Error: model {path}: found {NO_EXAMPLES}")
    assert "Traceback" not in result.stderr


def test_names_that_would_fill_the_memory_are_refused(
    whole: Members, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = packed(whole, tmp_path / "model.tar.gz")
    ModelArchive.unpack(path)
    monkeypatch.setattr(contents, "TEXT", 100)
    with pytest.raises(InputError, match=r"found a damaged songs\.parquet"):
        ModelArchive.unpack(path)


def test_an_archive_knows_its_precision(whole: Members, tmp_path: Path) -> None:
    for precision in ("float32", "float16"):
        manifest = json.loads(whole["manifest.json"]) | {"precision": precision}
        content = whole | {"manifest.json": json.dumps(manifest).encode()}
        path = packed(content, tmp_path / "model.tar.gz")
        assert ModelArchive.unpack(path).precision == precision
