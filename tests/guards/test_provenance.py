"""What provenance records hold, and which runs they refuse: one rule per test."""

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from fsspec.implementations.local import LocalFileSystem
from kedro.io import DatasetError
from kedro.pipeline import Node

from next_song.errors import InputError
from next_song.guards import provenance
from next_song.guards.provenance import INPUT, START, Provenance, reads_all_but
from next_song.guards.records import Record, archive_version, files_version
from next_song.parameters import Protocol

PROTOCOL: dict[str, Any] = {
    "targets": "last", "repeats": True, "max_validation_queries": 9, "k": [1, 10],
    "seed": 1, "scores_mib": 64, "looks": 1,
}  # fmt: skip


def nothing(*_: Any) -> int:
    return 0


def made(root: Path, inputs: dict[str, Any], output: str, function: Any = nothing) -> Record:
    """The record of a node, as a run writes it."""
    provenance = Provenance(str(root))
    node = Node(function, list(inputs), output, name=f"make_{output}")
    record = provenance.made(node, inputs)
    provenance.end(output, record)
    return record


def check(root: Path, *names: str, given: str | None = None, **params: Any) -> None:
    """Checks data sets for a run with parameters, some of whose names have a dot."""

    def value(name: str) -> Any:
        try:
            return params[name.removeprefix("params:").replace(".", "_")]
        except KeyError:
            raise DatasetError from None

    Provenance(str(root)).check(names, value, lambda: given)


def test_a_record_has_parameters_and_versions_of_inputs(tmp_path: Path) -> None:
    songs = made(tmp_path, {"plays": 0, "params:cleaning": {"min_songs": 3}}, "songs")
    assert songs == Record("make_songs", {"params:cleaning": {"min_songs": 3}}, {"plays": None})
    pairs = made(tmp_path, {"songs": 0}, "pairs")
    assert pairs.inputs == {"songs": songs.version}
    assert Provenance(f"{tmp_path}/").read("pairs") == [pairs]
    assert len({songs.version, pairs.version}) == 2


@pytest.mark.parametrize(
    "params",
    [
        lambda path: {"params:export.exclude": path},
        lambda path: {"params:export": {"exclude": path, "k": 3, "sets": {}}},
        lambda path: {"params:export": {"exclude": None, "sets": {"de": path}}},
        lambda path: {"params:export": {"sets": {"de.pop": path}}},
        lambda path: {"params:query": path},
    ],
)
def test_a_file_that_a_parameter_names_is_an_input(
    params: Callable[[str], dict[str, Any]], tmp_path: Path
) -> None:
    path = tmp_path / "songs.txt"
    path.write_text("a\n")
    record = made(tmp_path, params(str(path)), "tested")
    assert record.inputs == {f"file {path}": hashlib.sha256(b"a\n").hexdigest()}
    check(tmp_path, "tested")
    path.write_text("b\n")
    with pytest.raises(InputError, match=rf"^tested: found it made from another file {path}; exp"):
        check(tmp_path, "tested")
    path.unlink()
    check(tmp_path, "tested")  # the node that reads it says so


@pytest.mark.parametrize("content", ["", "{", "[3]", '[{"x": 1}]', None])
def test_what_is_no_record_is_none(tmp_path: Path, content: str | None) -> None:
    made(tmp_path, {"plays": 0}, "songs")
    (path,) = tmp_path.rglob("songs.json")
    if content is None:
        path.unlink()
    else:
        path.write_text(content)
    assert Provenance(str(tmp_path)).read("songs") == []


def test_a_record_that_cannot_be_read_is_not_taken_for_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(tmp_path, {"plays": 0}, "songs")

    def denied(*_: Any, **__: Any) -> bytes:
        raise PermissionError(13, "Access denied")

    monkeypatch.setattr(LocalFileSystem, "cat_file", denied)
    with pytest.raises(PermissionError):
        Provenance(str(tmp_path)).read("songs")


@pytest.mark.parametrize(
    ("before", "now", "told"),
    [
        ({"a": 1, "b": 2}, {"a": 1, "b": 2}, None),
        ({"a": 1}, {"a": 1, "b": None}, None),
        ({"a": 1, "b": None}, {"a": 1}, None),
        ({"a": 1}, {"a": 2}, r"cleaning\.a=1; expected cleaning\.a=2, as this run has it: run m"),
        ({"a": 1}, {"a": 1, "b": 3}, r"cleaning\.b=null; expected cleaning\.b=3"),
        ({"c": 1, "b": 1}, {"c": 2, "b": 2}, r"cleaning\.b=1; expected cleaning\.b=2"),
        ({"a": {"b": [1]}}, {"a": {"b": [2]}}, r"cleaning\.a\.b=\[1\]; expected cleaning\.a\.b="),
        ({"a": {"b": 1}}, {"a": 1}, r'cleaning\.a=\{"b": 1\}; expected cleaning\.a=1'),
        (1, "1", 'cleaning=1; expected cleaning="1"'),
    ],
)
def test_the_first_parameter_that_differs_is_named(
    tmp_path: Path, before: Any, now: Any, told: str | None
) -> None:
    made(tmp_path, {"params:cleaning": before}, "songs")
    if told is None:
        check(tmp_path, "songs", cleaning=now)
    else:
        with pytest.raises(InputError, match=f"^songs: found it made with {told}"):
            check(tmp_path, "songs", cleaning=now)
    check(tmp_path, "songs")  # of a version of the project without the parameter


def test_a_parameter_that_is_gone_hides_no_other(tmp_path: Path) -> None:
    made(tmp_path, {"params:a": 1, "params:cleaning": 1}, "songs")
    with pytest.raises(InputError, match=r"^songs: found it made with cleaning=1; expected"):
        check(tmp_path, "songs", cleaning=2)


def test_versions_stay_so_that_earlier_runs_can_be_continued(tmp_path: Path) -> None:
    """And do not depend on the order in which a node names its parameters."""
    params = {"params:a": 1, "params:b": {"d": 2, "c": 3}}
    turned = {"params:b": {"c": 3, "d": 2}, "params:a": 1}
    versions = {Record("make", one, {"x": None, "y": "z"}).version for one in (params, turned)}
    assert versions == {"5802b6d95a7ac5a8"}
    (tmp_path / "a.csv").write_text("four")
    assert files_version([str(tmp_path / "a.csv")]) == "52dca49830beba2a"


def test_an_archive_to_start_from_is_known_by_its_content(tmp_path: Path) -> None:
    archive = tmp_path / "model.tar.gz"
    archive.write_bytes(b"one")
    first = archive_version(str(archive))
    assert first == hashlib.sha256(b"one").hexdigest()
    made(tmp_path, {START: str(archive)}, "trained")
    check(tmp_path, "trained", selection_start_from=str(archive))
    archive.write_bytes(b"another")
    assert archive_version(str(archive)) == hashlib.sha256(b"another").hexdigest()
    with pytest.raises(
        InputError, match=r"^trained: found it made from another selection\.start_f"
    ):
        check(tmp_path, "trained", selection_start_from=str(archive))
    archive.unlink()
    assert archive_version(str(archive)) is None


def test_what_data_sets_were_made_from_is_checked_as_well(tmp_path: Path) -> None:
    plays = made(tmp_path, {"params:cleaning": 1}, "plays")
    made(tmp_path, {"plays": 0}, "songs")
    made(tmp_path, {"songs": 0}, "pairs")
    Provenance(str(tmp_path)).begin("plays", Record("make_plays", {"params:cleaning": 1}, {}))
    assert Provenance(str(tmp_path)).read("plays") == [plays]
    with pytest.raises(InputError, match=r"^plays: found it made with cleaning=1; expected"):
        check(tmp_path, "pairs", cleaning=2)
    check(tmp_path, "pairs", cleaning=1)


def test_an_input_that_was_made_anew_is_told(tmp_path: Path) -> None:
    made(tmp_path, {"params:cleaning": 1}, "plays")
    made(tmp_path, {"plays": 0}, "songs")
    made(tmp_path, {"params:cleaning": 2}, "plays")
    with pytest.raises(InputError, match=r"^songs: found it made from another plays; expected the"):
        check(tmp_path, "songs", cleaning=2)
    made(tmp_path, {"plays": 0}, "songs")
    check(tmp_path, "songs", cleaning=2)


def test_of_two_versions_that_may_be_there_both_have_to_fit(tmp_path: Path) -> None:
    old = made(tmp_path, {"params:cleaning": 1}, "plays")
    provenance = Provenance(str(tmp_path))
    new = Record(old.node, {"params:cleaning": 2}, {})
    provenance.begin("plays", new)
    assert provenance.read("plays") == [old, new]
    assert made(tmp_path, {"plays": 0}, "songs").inputs == {"plays": new.version}
    for cleaning in (1, 2):
        with pytest.raises(InputError, match=r"^plays: found it made with cleaning="):
            check(tmp_path, "plays", cleaning=cleaning)
    provenance.end("plays", new)
    check(tmp_path, "plays", cleaning=2)
    provenance.begin("plays", new)
    assert provenance.read("plays") == [new]


def test_what_a_person_put_there_has_no_record_until_it_is_replaced(tmp_path: Path) -> None:
    provenance = Provenance(str(tmp_path))
    provenance.begin("plays", Record("make_plays", {}, {}))
    assert provenance.read("plays") == []
    made(tmp_path, {"plays": 0}, "songs")
    check(tmp_path, "songs", "plays")


def test_parameters_that_change_no_result_are_not_recorded(tmp_path: Path) -> None:
    protocol = Protocol.model_validate(PROTOCOL)
    record = made(tmp_path, {"params:protocol": protocol, "params:k": 3}, "card")
    assert "scores_mib" not in record.params["params:protocol"]
    assert record.params["params:k"] == 3
    check(tmp_path, "card", protocol=protocol.model_copy(update={"scores_mib": 1}), k=3)
    with pytest.raises(InputError, match=r"protocol\.seed=1; expected protocol\.seed=2"):
        check(tmp_path, "card", protocol=protocol.model_copy(update={"seed": 2}), k=3)


def test_parameters_that_a_node_did_not_read_are_not_recorded(tmp_path: Path) -> None:
    @reads_all_but(lambda plays, how, k: {"params:k"} if how == "all" else set())
    def function(plays: int, how: str, k: int) -> int:
        return plays

    for how, names in (("all", {"params:how"}), ("some", {"params:how", "params:k"})):
        record = made(tmp_path, {"plays": 0, "params:how": how, "params:k": 3}, "x", function)
        assert set(record.params) == names


def test_an_input_is_known_by_the_names_and_sizes_of_its_files(tmp_path: Path) -> None:
    files = [tmp_path / "a.csv", tmp_path / "b.csv"]
    for file in files:
        file.write_text("x")
    names = [str(file) for file in files]
    version = files_version(names)
    made(tmp_path, {INPUT: names}, "plays")
    check(tmp_path, "plays", given=version)
    check(tmp_path, "plays")  # a run that names no input
    moved = tmp_path / "moved"
    moved.mkdir()
    assert files_version([shutil.copy(name, moved) for name in names]) == version
    renamed = shutil.copy(names[1], tmp_path / "c.csv")
    assert files_version([names[0], str(renamed)]) != version
    files[1].write_text("y")  # as many bytes
    assert files_version(names) != version
    assert files_version(names[:1]) != version
    with pytest.raises(InputError, match=r"^plays: found it made from another raw_playlists; exp"):
        check(tmp_path, "plays", given=files_version(names))


def test_records_are_files_that_a_person_can_read(tmp_path: Path) -> None:
    made(tmp_path, {"params:cleaning": {"b": 1, "a": "ü"}}, "songs")
    (path,) = tmp_path.rglob("*.json")
    assert path == tmp_path / ".runs/songs.json"
    (record,) = json.loads(path.read_text("utf-8"))
    assert record == {
        "node": "make_songs",
        "params": {"params:cleaning": {"a": "ü", "b": 1}},
        "inputs": {},
    }
    assert '\n  "node": "make_songs"' in path.read_text("utf-8")


def test_what_was_made_from_one_of_two_versions_that_may_be_there_is_told(tmp_path: Path) -> None:
    old = made(tmp_path, {"raw": 0}, "plays")
    made(tmp_path, {"plays": 0}, "songs")
    check(tmp_path, "songs")
    Provenance(str(tmp_path)).begin("plays", Record(old.node, {}, {"raw": "another"}))
    with pytest.raises(InputError, match=r"^songs: found it made from another plays; expected the"):
        check(tmp_path, "songs")


@pytest.mark.parametrize("wrong", [PermissionError("Forbidden"), ValueError("no credentials")])
def test_records_that_may_not_be_read_are_told_in_a_line(
    wrong: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: str) -> bytes:
        raise wrong

    monkeypatch.setattr(provenance, "url_to_fs", lambda _: (SimpleNamespace(cat_file=refuse), ""))
    with pytest.raises(InputError, match=f"^data_root: found '{wrong}' at s3://bucket/a; expected"):
        Provenance("s3://bucket/a").read("songs")


@pytest.mark.parametrize("there", [None, b"[{", b'{"node": 1}', b"[1]"])
def test_of_what_has_no_records_nothing_is_known(
    there: bytes | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def found(path: str) -> bytes:
        if there is None:
            raise FileNotFoundError(path)
        return there

    monkeypatch.setattr(provenance, "url_to_fs", lambda _: (SimpleNamespace(cat_file=found), ""))
    assert Provenance("s3://bucket/a").read("songs") == []
