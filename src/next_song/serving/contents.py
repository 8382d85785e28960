"""What stands beside the SavedModel of an archive, and whether it fits together.

A manifest says that files are as they were written, but not who wrote them. So each is compared
with what the project writes before anything uses it.
"""

import json
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import duckdb
from duckdb import DuckDBPyRelation
from pydantic import BaseModel, Field, TypeAdapter

from next_song import sql
from next_song.serving.arrays import check_arrays
from next_song.serving.locations import LOCATIONS, VARIABLES, Locations
from next_song.serving.manifest import COPY, ManifestError, shown

EXTRA = Path("1") / "assets.extra"
SONGS, SCORECARD = "songs.parquet", "scorecard.json"
EXAMPLES = "examples.json"  # not needed: archives of earlier versions have none
TEXT = 2**30  # bytes of all ids and names, unpacked


class Example(NamedTuple):
    """A held-out history of song ids, oldest first, and the id of the song that came next."""

    history: list[str]
    target: str


class _Scorecard(BaseModel):
    """What an archive's scorecard has at least."""

    model: str
    hit_rate: Annotated[
        dict[Annotated[str, Field(pattern=r"^\d{1,9}$")], Annotated[float, Field(ge=0, le=1)]],
        Field(min_length=1),
    ]


def songs_of(folder: Path) -> DuckDBPyRelation:
    """Returns the songs that the model in a folder knows: song, song_id, artist, track, plays."""
    return sql.connection().read_parquet(str(folder / EXTRA / SONGS))


def scorecard_of(folder: Path) -> dict[str, Any]:
    """Returns the test scorecard of the model in a folder."""
    card: dict[str, Any] = json.loads((folder / EXTRA / SCORECARD).read_bytes())
    return card


def examples_of(folder: Path) -> list[Example]:
    """Returns held-out histories to try the model on; none if it was exported without."""
    path = folder / EXTRA / EXAMPLES
    return TypeAdapter(list[Example]).validate_json(path.read_bytes()) if path.is_file() else []


def check_contents(folder: Path) -> None:
    """Raises ManifestError, which names the file, unless all files of an archive fit together.

    The graph is not read: TensorFlow checks it when it loads it.
    """
    located = Locations.read(folder)
    stored = {name: located.array(folder, name) for name in located.arrays}
    try:
        songs = check_arrays(stored, located.score, len(located.sets))
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise _odd(f"{LOCATIONS.name} or {VARIABLES.name}", str(error)) from error
    _check_songs(folder, songs)
    try:
        _Scorecard.model_validate(scorecard_of(folder))
    except (ValueError, RecursionError) as error:
        raise _odd(SCORECARD, "no hit rates of a model") from error
    try:
        examples_of(folder)
    except (ValueError, RecursionError) as error:
        raise _odd(EXAMPLES, "no list of histories and targets") from error


def _check_songs(folder: Path, songs: int) -> None:
    path = str(folder / EXTRA / SONGS)
    try:
        table = sql.connection().read_parquet(path, file_row_number=True)
        found = sql.query(__package__, "checked_songs", songs_to_check=table).fetchall()[0]
    except duckdb.Error as error:
        raise _odd(SONGS, str(error).partition("\n")[0].replace(path, SONGS)) from error
    count, size, is_right = found
    if count != songs:
        raise _odd(SONGS, f"{count} rows, where the model has {songs} songs")
    if not is_right or size > TEXT:
        raise _odd(SONGS, "columns or values that are not those of a table of songs")


def _odd(name: str, what: str) -> ManifestError:
    return ManifestError(f"found a damaged {name} ({shown(what)}); {COPY}")
