"""The playlists of a run as histories: held-out ones without their last song, others whole."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, save_npz

SONGS, PLAYLISTS = "03_primary/refit_songs.parquet", "03_primary/refit_playlists.parquet"


@dataclass(frozen=True)
class Asked:
    """The histories of a run: the held-out ones first, then those that the model learned from.

    histories: lists of song numbers. targets: (t,) the last songs of the held-out playlists. names:
    artist and track of each song that the model knows, by its number.
    """

    histories: list[list[int]]
    targets: NDArray[Any]
    names: list[tuple[str | None, str | None]]

    @classmethod
    def of(cls, root: Path) -> "Asked":
        """Reads what a run keeps in its folder."""
        where = f"read_parquet('{root / SONGS}') where plays > 0 order by song"
        names = duckdb.sql(f"select artist, track from {where}").fetchall()
        rows = duckdb.sql(f"select split, songs from read_parquet('{root / PLAYLISTS}')").fetchall()
        held_out = [songs for split, songs in rows if split == "test"]
        learned = [songs for split, songs in rows if split == "train"]
        histories = [songs[:-1] for songs in held_out] + learned
        known = [[song for song in songs if song < len(names)] for songs in histories]
        return cls(known, np.array([songs[-1] for songs in held_out]), names)

    def write_matrix(self, path: Path) -> None:
        """Writes which songs each history has, (q, n), as implicit takes it."""
        ends = np.cumsum([0, *map(len, self.histories)])
        songs = np.concatenate(self.histories).astype(np.int32)
        shape = (len(self.histories), len(self.names))
        matrix = csr_array((np.ones(len(songs), np.float32), songs, ends), shape=shape)
        matrix.sum_duplicates()
        matrix.data[:] = 1
        save_npz(path, matrix)

    def write_lines(self, path: Path) -> None:
        """Writes the histories in the layout of the generator, by the number of the history."""
        songs = [f'"user","{artist or ""}","{track or ""}",' for artist, track in self.names]
        with path.open("w", encoding="utf-8") as file:
            file.write('"user_id", "artistname", "trackname", "playlistname"\n')
            for number, history in enumerate(self.histories):
                file.writelines(f'{songs[song]}"{number}"\n' for song in history)

    def hit_rate(self, answers: NDArray[Any]) -> float:
        """Returns the share of held-out playlists whose last song is answered; answers: (q, k)."""
        return float((answers[: len(self.targets)] == self.targets[:, None]).any(axis=1).mean())
