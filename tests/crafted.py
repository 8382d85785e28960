"""Archives as somebody may craft them: with a manifest that fits, whatever is in them."""

import io
import json
import struct
import tarfile
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from odd_archive import COUNT, IDS, odd_archive

from next_song.errors import InputError
from next_song.serving.archive import ModelArchive

Members = dict[str, bytes]
SONGS, SCORECARD = "1/assets.extra/songs.parquet", "1/assets.extra/scorecard.json"
ARRAYS, EXAMPLES = "1/assets.extra/arrays.json", "1/assets.extra/examples.json"
GRAPH, VARIABLES = "1/saved_model.pb", "1/variables/variables.data-00000-of-00001"


def whole_members(folder: Path) -> Members:
    """The members of an archive as a run writes it."""
    with tarfile.open(odd_archive(folder / "model.tar.gz")) as tar:
        return {name: tar.extractfile(name).read() for name in tar.getnames()}  # type: ignore[union-attr]


def packed(content: Members, path: Path) -> Path:
    """Writes an archive with the manifest that fits its members."""
    members = [
        {"name": name, "size": len(data), "sha256": sha256(data).hexdigest()}
        for name, data in content.items()
        if name != "manifest.json"
    ]
    manifest = json.dumps(json.loads(content["manifest.json"]) | {"members": members})
    with tarfile.open(path, "w:gz") as tar:
        for name, data in (content | {"manifest.json": manifest.encode()}).items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return path


def refused(path: Path) -> str:
    """What a person is told of an archive, in one line, without its name."""
    with pytest.raises(InputError) as error:
        ModelArchive.unpack(path)
    told = str(error.value)
    assert told.startswith(f"model {path}: found ")
    assert told.isprintable()
    return told.removeprefix(f"model {path}: found ")


def table(rows: int = COUNT, without: str = "", **columns: Any) -> bytes:
    """A table of songs with other columns."""
    ids = IDS[:rows]
    made = {"song": range(rows), "song_id": ids, "artist": ids, "track": ids, "plays": range(rows)}
    file = io.BytesIO()
    pq.write_table(pa.table({k: v for k, v in (made | columns).items() if k != without}), file)
    return file.getvalue()


def arrays(content: Members, name: str, **values: Any) -> bytes:
    """The places of the arrays, with another one for an array."""
    located = json.loads(content[ARRAYS])
    located["arrays"][name] |= values
    return json.dumps(located).encode()


def without_array(content: Members, name: str) -> bytes:
    """The places of the arrays, without one of them."""
    located = json.loads(content[ARRAYS])
    del located["arrays"][name]
    return json.dumps(located).encode()


def overwritten(content: Members, name: str, kind: str, value: float) -> bytes:
    """The arrays with another fourth number in one of them."""
    data, located = bytearray(content[VARIABLES]), json.loads(content[ARRAYS])["arrays"][name]
    struct.pack_into(kind, data, located["offset"] + 4 * 3, value)
    return bytes(data)
