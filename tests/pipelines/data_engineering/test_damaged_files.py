"""Files that are packed, encoded or ended in a way that DuckDB alone would read wrong, or not."""

import gzip
import random
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from next_song.errors import InputError
from next_song.pipelines.data_engineering import inspection
from next_song.pipelines.data_engineering.sources.delimited import detect

Prepare = Callable[..., dict[str, Any]]
LAST = {"by": "leave_last"}
PACK: dict[str, Callable[[bytes], bytes]] = {
    "gz": lambda data: gzip.compress(data, mtime=0),
    "zst": lambda data: pa.compress(data, "zstd", asbytes=True),
}


def songs(result: dict[str, Any]) -> list[str]:
    return [play["song_id"] for play in result["plays"]]


def text() -> bytes:
    """Two MiB, so that the damage is beyond the head."""
    draw = random.Random(1)
    rows = (f"p{n // 9},{draw.getrandbits(64)}\n" for n in range(90_000))
    return "".join(["playlist,song\n", *rows]).encode()


# zstd has a checksum only where who packs asks for one
@pytest.mark.parametrize(("suffix", "damage"), [("gz", "cut"), ("gz", "flipped"), ("zst", "cut")])
def test_a_packed_file_is_whole_or_refused(
    prepare: Prepare, tmp_path: Path, suffix: str, damage: str
) -> None:
    path = tmp_path / f"plays-utf-8.csv.{suffix}"  # a name that says nothing of its text
    packed = PACK[suffix](text())
    at = len(packed) * 3 // 4
    flipped = packed[:at] + bytes([packed[at] ^ 16]) + packed[at + 1 :]
    path.write_bytes(packed[:at] if damage == "cut" else flipped)
    with pytest.raises(InputError, match=r"found a damaged file .*; expected one that unpacks"):
        prepare(path, split=LAST)
    with pytest.raises(InputError, match="found a damaged file"):
        inspection.inspect((str(path),))


@pytest.mark.parametrize("at", [2_000, 40_000])
def test_a_damaged_parquet_file_is_refused(prepare: Prepare, tmp_path: Path, at: int) -> None:
    path = tmp_path / "a.parquet"
    pd.DataFrame({"playlist": "p", "song": range(50_000)}).to_parquet(path, compression=None)
    data = path.read_bytes()
    path.write_bytes(data[:at] if at == 2_000 else data[:4] + bytes([255] * at) + data[at + 4 :])
    with pytest.raises(InputError, match=r"^input \S+a.parquet: found "):
        prepare(path, split=LAST)
    with pytest.raises(InputError, match=r"^input \S+a.parquet: found a damaged file \("):
        inspection.inspect((str(path),))


def test_files_in_utf_8_stay_as_they_are_beside_others(prepare: Prepare, tmp_path: Path) -> None:
    for name, encoding in (("a", "utf-8"), ("b", "cp1252"), ("c", "utf-8-sig")):
        lines = [f"{name}1 Björk….mp3", f"{name}2 Jóga.mp3", f"{name}3.mp3"]
        (tmp_path / f"{name}.m3u").write_text("\n".join(lines), encoding)
    paths = [tmp_path / f"{name}.m3u" for name in "abc"]
    inspected = inspection.inspect(tuple(map(str, paths)))
    assert "input_encoding=cp1252" in inspected.parameters
    found = songs(prepare(*paths, source="m3u", input_encoding="cp1252", split=LAST))
    assert found[:2] + found[3:5] == [
        *("a1 Björk….mp3", "a2 Jóga.mp3", "b1 Björk….mp3", "b2 Jóga.mp3"),
    ]


@pytest.mark.parametrize("encoding", ["rot13", "zlib", "bz2", "nothing"])
def test_what_is_no_encoding_of_text_is_told(
    prepare: Prepare, tmp_path: Path, encoding: str
) -> None:
    (tmp_path / "a.csv").write_text("playlist,song\np,ä\np,b\n", "utf-8")
    with pytest.raises(InputError, match=f"not input_encoding='{encoding}'.*expected the encoding"):
        prepare(tmp_path / "a.csv", input_encoding=encoding)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("(Intro) x (Remix)", ["(Intro)", "x", "(Remix)"]),
        ("{aa-1} {bb-2}", ["{aa-1}", "{bb-2}"]),
        ("{aa-1},{bb-2}", ["{aa-1}", "{bb-2}"]),
        ("{aa-1}", ["{aa-1}"]),
        ("(x);y", ["(x)", "y"]),
    ],
)
def test_marks_around_each_song_are_of_the_song(
    prepare: Prepare, tmp_path: Path, row: str, expected: list[str]
) -> None:
    (tmp_path / "a.tsv").write_text(f"playlist\tsongs\na\t{row}\nb\tx y z w\n")
    result = prepare(
        tmp_path / "a.tsv",
        source="lists",
        split=LAST,
        columns={"song": "songs"},
        cleaning={"min_songs": 1},
    )
    assert songs(result)[: len(expected)] == expected


@pytest.mark.parametrize("text", ["摹", "ﾃｹ"])
def test_an_encoding_of_several_bytes_counts_though_the_text_could_be_utf_8(
    prepare: Prepare, tmp_path: Path, text: str
) -> None:
    encoding = "gbk" if text == "摹" else "shift_jis"
    (tmp_path / "a.csv").write_text(f"playlist,song\np,{text}\np,q\np,r\n", encoding)
    found = songs(prepare(tmp_path / "a.csv", input_encoding=encoding, split=LAST))
    assert found[0] == unicodedata.normalize("NFC", text)


def test_the_file_of_several_that_is_no_utf_8_is_named(prepare: Prepare, tmp_path: Path) -> None:
    good = "".join(f'{{"playlist": "p", "song": "s{n}"}}\n' for n in range(40_000))
    for n in range(5):
        (tmp_path / f"{n}.jsonl").write_bytes(good.encode() + (b'{"playlist": "\xff"}' * (n == 4)))
    with pytest.raises(InputError, match=r"^input \S+/4.jsonl: found text that is not UTF-8"):
        prepare(*sorted(tmp_path.iterdir()), source="plays")


@pytest.mark.parametrize("blank", ["\x85", "\x0c", "\u2028", "", " \x1c "])
def test_a_header_comes_after_lines_that_are_blank(blank: str) -> None:
    found = detect(f"{blank}\nplaylist,song\np,a\np,b\n", True)
    assert (found.names, found.skip) == (("playlist", "song"), 1)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_lone_carriage_return_ends_a_line_of_m3u(
    prepare: Prepare, tmp_path: Path, end: str
) -> None:
    (tmp_path / "a.m3u").write_bytes(f"#EXTM3U{end}x.mp3{end}z.mp3\rq.mp3{end}".encode())
    assert songs(prepare(tmp_path / "a.m3u", source="m3u", split=LAST)) == [
        "x.mp3",
        "z.mp3",
        "q.mp3",
    ]


def test_a_line_is_whole_whatever_characters_it_has(prepare: Prepare, tmp_path: Path) -> None:
    lines = ["music/a\x1fb.mp3", "music/a\x1fc.mp3", "music/a.mp3"]
    (tmp_path / "a.m3u").write_text("\n".join(lines))
    result = prepare(tmp_path / "a.m3u", source="m3u", split=LAST)
    kept = songs(result) + [text for row in result["rejected"] for text in row.values()]
    assert len(set(songs(result))) + len(result["rejected"]) == 3, kept


@pytest.mark.parametrize(
    "row",
    ["[s1, s2, s3]", "{s1,s2,s3}", "('s1', 's2', 's3')", "('s1', 's2', 's3',)", '{"s1","s2",s3}'],
)
def test_a_list_may_be_printed_as_a_set_or_a_tuple(
    prepare: Prepare, tmp_path: Path, row: str
) -> None:
    (tmp_path / "a.tsv").write_text(f"playlist\tsongs\na\t{row}\nb\t{row}\n")
    result = prepare(tmp_path / "a.tsv", source="lists", split=LAST, columns={"song": "songs"})
    assert songs(result) == ["s1", "s2", "s3"] * 2
