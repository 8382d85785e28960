"""The names that an exported model holds: of its songs, of its artists, and of sets of songs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import tensorflow as tf

from next_song.retrieval.song_space import Ints

WHOLE_LINE, LINE_NUMBER = tf.lookup.TextFileIndex.WHOLE_LINE, tf.lookup.TextFileIndex.LINE_NUMBER

NOBODY = "\t"  # a line that is no name, since TensorFlow takes no empty line


@dataclass(frozen=True)
class Vocabulary:
    """The id of each song number, the name of each artist number, and song numbers by set.

    artists: the first is "", for no artist.
    """

    song_ids: Sequence[str]
    artists: Sequence[str] = ("",)
    sets: Mapping[str, Ints] = field(default_factory=dict)

    def write(self, folder: Path) -> tuple[Path, Path]:
        """Writes text files in UTF-8, of song ids and of artists; number i is on line i."""
        paths = folder / "song_ids.txt", folder / "artists.txt"
        for path, names in zip(paths, (self.song_ids, (NOBODY, *self.artists[1:])), strict=True):
            path.write_text("".join(f"{name}\n" for name in names), "utf-8")
        return paths


class _Lines(tf.lookup.TextFileInitializer):  # type: ignore[misc]
    """Fills a lookup table of the given name with the lines of a text file.

    TensorFlow Serving runs a model in a session. There, each call creates a table without a name
    again, and empty. By default TensorFlow puts the path of the file into the name, and the path
    differs from run to run, so the caller names the table by its content instead.
    """

    def __init__(self, name: str, *args: Any) -> None:
        self._table = name
        super().__init__(*args)

    @property
    def _shared_name(self) -> str:
        return self._table


def numbers_table(name: str, lines: Path, asset: Any, default: int) -> tf.lookup.StaticHashTable:
    """Returns the table that gives the number of a line, and default for other texts."""
    filled = _Lines(_named(name, lines), asset, tf.string, WHOLE_LINE, tf.int64, LINE_NUMBER)
    return tf.lookup.StaticHashTable(filled, default)


def ids_table(name: str, lines: Path, asset: Any) -> tf.lookup.StaticHashTable:
    """Returns the table that gives the line of a number, and "" for other numbers."""
    filled = _Lines(_named(name, lines), asset, tf.int64, LINE_NUMBER, tf.string, WHOLE_LINE)
    return tf.lookup.StaticHashTable(filled, "")


def _named(name: str, lines: Path) -> str:
    return f"{name}_{sha256(lines.read_bytes()).hexdigest()}"
