"""Where the arrays of a SavedModel stand in its file of variables, so that NumPy can read them.

TensorFlow writes each variable as its bytes, one after the other, uncompressed. So the arrays need
no second copy, and answering in this process needs no TensorFlow.
"""

import mmap
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from next_song.retrieval.setting import Score
from next_song.serving.manifest import ManifestError

VARIABLES = Path("1/variables/variables.data-00000-of-00001")
LOCATIONS = Path("1/assets.extra/arrays.json")
Count = Annotated[int, Field(ge=0)]


class Location(BaseModel):
    """The type and the shape of an array, and the offset of its first byte in the file."""

    model_config = ConfigDict(frozen=True, strict=True)

    type: Literal["float16", "float32", "int32", "bool"]
    shape: list[Count]
    offset: Count


class Locations(BaseModel):
    """The arrays by name, the sets of songs in the order of the array `sets`, and the score."""

    model_config = ConfigDict(frozen=True)

    arrays: dict[str, Location]
    sets: list[str]
    score: Score

    @classmethod
    def read(cls, folder: Path) -> "Locations":
        """Returns those of an unpacked archive. Raises ManifestError if they are damaged."""
        try:
            return cls.model_validate_json((folder / LOCATIONS).read_bytes())
        except (OSError, ValueError) as error:
            raise _damaged() from error

    def array(self, folder: Path, name: str) -> NDArray[Any]:
        """Returns an array, read-only, from the file as it is needed.

        Raises ManifestError if it is not there.
        """
        try:
            where = self.arrays[name]
            if 0 in where.shape:
                return np.zeros(where.shape, where.type)
            path, shape = folder / VARIABLES, tuple(where.shape)
            return np.asarray(np.memmap(path, where.type, "r", where.offset, shape))
        except (KeyError, OSError, ValueError, OverflowError) as error:
            raise _damaged() from error


def add_locations(
    folder: Path, arrays: Mapping[str, NDArray[Any]], sets: list[str], score: Score
) -> None:
    """Finds arrays in the variables of a SavedModel, and writes where each is.

    folder: of an archive. sets, score: the model's. Raises ValueError if an array is not there.
    """
    with (
        (folder / VARIABLES).open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as stored,
    ):
        found = {name: _found(stored, name, values) for name, values in arrays.items()}
    (folder / LOCATIONS).parent.mkdir(parents=True, exist_ok=True)
    text = Locations(arrays=found, sets=sets, score=score).model_dump_json(indent=1)
    (folder / LOCATIONS).write_text(text + "\n", "utf-8")


def _found(stored: mmap.mmap, name: str, values: NDArray[Any]) -> Location:
    offset = stored.find(values.tobytes())
    if offset < 0:
        raise ValueError(f"{name}: not in the variables of the SavedModel as it is in memory")
    kind: Any = values.dtype.name
    return Location(type=kind, shape=list(values.shape), offset=offset)


def _damaged() -> ManifestError:
    return ManifestError(
        f"found {LOCATIONS.name} that does not fit {VARIABLES.name}; expected the archive as "
        "`kedro run` exported it: copy it again"
    )
