"""Archives that are not what they were when they were written: each refused in one line."""

import json
import tarfile
from collections.abc import Callable
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import pytest

from next_song.errors import InputError
from next_song.serving.archive import ModelArchive
from next_song.serving.manifest import FORMAT
from next_song.versions import tensorflow_version

Members = dict[str, bytes]


def members(archive: Path) -> Members:
    with tarfile.open(archive) as tar:
        return {name: tar.extractfile(name).read() for name in tar.getnames()}  # type: ignore[union-attr]


def written(content: Members, path: Path) -> Path:
    with tarfile.open(path, "w:gz") as tar:
        for name, data in content.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, BytesIO(data))
    return path


def edited(content: Members, **values: object) -> None:
    manifest = json.loads(content["manifest.json"]) | values
    content["manifest.json"] = json.dumps(manifest).encode()


def without_manifest(content: Members) -> None:
    del content["manifest.json"]


def without_anything(content: Members) -> None:
    content.clear()
    content["readme"] = b""


def of_a_later_format(content: Members) -> None:
    edited(content, format=FORMAT + 1, next_song="9.9.9")


def damaged_manifest(content: Members) -> None:
    content["manifest.json"] = content["manifest.json"][:50]


def no_object(content: Members) -> None:
    content["manifest.json"] = b"[]"


def no_members(content: Members) -> None:
    edited(content, members=None)


def no_version(content: Members) -> None:
    edited(content, tensorflow="")


def a_name_outside(content: Members) -> None:
    outside = {"name": "../../../etc/hostname", "size": 1, "sha256": "0"}
    edited(content, members=[*json.loads(content["manifest.json"])["members"], outside])


def a_huge_format(content: Members) -> None:
    content["manifest.json"] = b'{"format": 1e999}'


def a_format_that_is_true(content: Members) -> None:
    edited(content, format=True)


def deep_nesting(content: Members) -> None:
    content["manifest.json"] = b"[" * 100_000


def a_member_twice(content: Members) -> None:
    listed = json.loads(content["manifest.json"])["members"]
    edited(content, members=[*listed, listed[0]])


def the_manifest_itself(content: Members) -> None:
    listed = json.loads(content["manifest.json"])["members"]
    edited(content, members=[*listed, listed[0] | {"name": "manifest.json"}])


def a_size_as_text(content: Members) -> None:
    listed = json.loads(content["manifest.json"])["members"]
    edited(content, members=[one | {"size": str(one["size"])} for one in listed])


def lines_in_names(content: Members) -> None:
    edited(content, format=FORMAT + 1, next_song="9\n\x1b[31mERROR")


def another_byte(content: Members) -> None:
    graph = bytearray(content["1/saved_model.pb"])
    graph[100] ^= 1
    content["1/saved_model.pb"] = bytes(graph)


def a_byte_less(content: Members) -> None:
    content["1/assets/song_ids.txt"] = content["1/assets/song_ids.txt"][:-1]


def a_member_less(content: Members) -> None:
    del content["1/variables/variables.index"]


def a_member_more(content: Members) -> None:
    content["1/code/inference.py"] = b"import os"


def no_songs(content: Members) -> None:
    del content["1/assets.extra/songs.parquet"]
    listed = json.loads(content["manifest.json"])["members"]
    edited(content, members=[one for one in listed if not one["name"].endswith("songs.parquet")])


FAULTS: list[tuple[Callable[[Members], None], str]] = [
    (without_manifest, "found an archive of format 1; expected format 3, since TensorFlow Serving"),
    (without_anything, "found no manifest.json; expected a model.tar.gz that `kedro run` exported"),
    (of_a_later_format, "found format 4, written by next-song 9.9.9; expected format 3: open it"),
    (damaged_manifest, "found a damaged manifest.json; expected one that `kedro run` wrote"),
    (no_object, "found a damaged manifest.json"),
    (no_members, "found a damaged manifest.json"),
    (no_version, "found a damaged manifest.json"),
    (a_huge_format, "found a damaged manifest.json"),
    (a_format_that_is_true, "found a damaged manifest.json"),
    (deep_nesting, "found a damaged manifest.json"),
    (a_member_twice, "found a damaged manifest.json"),
    (the_manifest_itself, "found a damaged manifest.json"),
    (a_size_as_text, "found a damaged manifest.json"),
    (lines_in_names, r"found format 4, written by next-song '9\n\x1b[31mERROR'; expected"),
    (a_name_outside, "found no ../../../etc/hostname; expected the archive as it was written"),
    (another_byte, "found 1/saved_model.pb with "),
    (a_byte_less, "found 1/assets/song_ids.txt with "),
    (a_member_less, "found no 1/variables/variables.index; expected the archive as it was written"),
    (a_member_more, "found 1/code/inference.py, which its manifest lacks; expected the archive"),
    (no_songs, "found no 1/assets.extra/songs.parquet; expected the archive as it was written"),
]


@pytest.fixture
def content(finished: Path) -> Members:
    return members(finished / "06_models/model.tar.gz")


@pytest.mark.parametrize(("spoil", "expected"), FAULTS)
def test_a_spoilt_archive_is_refused_in_one_line(
    spoil: Callable[[Members], None], expected: str, content: Members, tmp_path: Path
) -> None:
    spoil(content)
    path = written(content, tmp_path / "model.tar.gz")
    with pytest.raises(InputError) as error:
        ModelArchive.unpack(path)
    assert str(error.value).startswith(f"model {path}: {expected}")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (lambda data: data[:-1], "found Compressed file ended before the end-of-stream"),
        (lambda data: data[:-8] + bytes(8), "found CRC check failed"),
        (lambda data: data + b"more", "found Not a gzipped file"),
        (lambda data: data[:100], "found "),
        (lambda data: data[:10] + b"\xff" + data[11:], "found Error -3 while decompressing"),
    ],
    ids=["a byte less", "another checksum", "more", "a head", "a changed byte"],
)
def test_a_spoilt_gzip_is_refused_in_one_line(
    spoil: Callable[[bytes], bytes], expected: str, finished: Path, tmp_path: Path
) -> None:
    path = tmp_path / "model.tar.gz"
    path.write_bytes(spoil((finished / "06_models/model.tar.gz").read_bytes()))
    with pytest.raises(InputError) as error:
        ModelArchive.unpack(path)
    assert str(error.value).startswith(f"model {path}: {expected}")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE])
def test_a_member_that_is_no_file_is_refused(kind: bytes, content: Members, tmp_path: Path) -> None:
    path = written(content, tmp_path / "whole.tar.gz")
    with tarfile.open(tmp_path / "model.tar.gz", "w:gz") as tar, tarfile.open(path) as whole:
        for member in whole:
            tar.addfile(member, whole.extractfile(member))
        link = tarfile.TarInfo("1/link")
        link.type, link.linkname = kind, "1/saved_model.pb"
        tar.addfile(link)
    with pytest.raises(
        InputError, match="found 1/link, which is neither file nor folder; expected"
    ):
        ModelArchive.unpack(tmp_path / "model.tar.gz")


def test_the_manifest_comes_first_and_says_what_wrote_the_archive(content: Members) -> None:
    assert next(iter(content)) == "manifest.json"
    manifest = json.loads(content["manifest.json"])
    assert (manifest["format"], manifest["tensorflow"]) == (FORMAT, tensorflow_version())
    sizes = {one["name"]: one["size"] for one in manifest["members"]}
    assert sizes == {name: len(data) for name, data in list(content.items())[1:]}


def test_another_byte_is_told_with_both_sizes_and_digests(content: Members, tmp_path: Path) -> None:
    name = "1/saved_model.pb"
    whole = content[name]
    another_byte(content)
    (found, was), size = (
        (sha256(data).hexdigest()[:12] for data in (content[name], whole)),
        len(whole),
    )
    with pytest.raises(InputError) as error:
        ModelArchive.unpack(written(content, tmp_path / "model.tar.gz"))
    assert str(error.value).partition(": ")[2] == (
        f"found {name} with {size} bytes and SHA-256 {found}, where its manifest has {size} and "
        f"{was}; expected the archive as it was written: copy it again"
    )


def test_members_say_nothing_of_who_wrote_them_and_when(finished: Path) -> None:
    with tarfile.open(finished / "06_models/model.tar.gz") as tar:
        found = {(one.mode, one.uid, one.gid, one.mtime, one.uname, one.gname) for one in tar}
    assert found == {(0o644, 0, 0, 0, "", "")}


def test_what_people_read_is_indented(content: Members) -> None:
    indents = {"manifest": 2, "assets.extra/scorecard": 2, "assets.extra/examples": 1}
    for name, data in content.items():
        kind = name.removeprefix("1/").removesuffix(".json")
        if kind in indents:
            found = json.loads(data)
            text = json.dumps(
                found, ensure_ascii=kind.endswith("scorecard"), indent=indents.pop(kind)
            )
            assert data.decode().rstrip("\n") == text
    assert indents == {}


def test_keys_of_a_later_version_are_passed_over(content: Members, tmp_path: Path) -> None:
    edited(content, retrieval={"parts": []})
    archive = ModelArchive.unpack(written(content, tmp_path / "model.tar.gz"))
    assert archive.manifest.format == FORMAT
    assert archive.answer([[]])["known"].tolist() == [False]


def test_packing_again_gives_the_same_bytes(finished: Path, tmp_path: Path) -> None:
    path = finished / "06_models/model.tar.gz"
    ModelArchive.unpack(path).pack(tmp_path / "again.tar.gz")
    assert (tmp_path / "again.tar.gz").read_bytes() == path.read_bytes()
