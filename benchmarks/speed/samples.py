"""Playlists to measure on, made by the project's generator once and kept."""

import gzip
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from speed.nodes import ROOT


@dataclass(frozen=True)
class Size:
    """How many playlists and songs; plays are about 66 times the playlists."""

    playlists: int
    songs: int
    dirty: float = 0.01

    @property
    def parameters(self) -> dict[str, float]:
        """The parameters of the pipeline `sample`."""
        return {
            "playlists": self.playlists,
            "songs": self.songs,
            "artists": self.songs // 11,
            "genres": max(12, self.songs * 600 // 2_200_000),
            "mean_length": 66,
            "dirty": self.dirty,
        }

    def made(self, folder: Path) -> Path:
        """The file of playlists, generated if it is not there yet."""
        root = folder / f"{self.playlists}-{self.songs}-{self.dirty}"
        path = root / "01_raw/playlists.csv.gz"
        if not path.exists():
            params = {"data_root": root} | {
                f"sample.{name}": value for name, value in self.parameters.items()
            }
            given = ",".join(f"{name}={value}" for name, value in params.items())
            command = ["kedro", "run", "--pipelines", "sample", "--params", given]
            subprocess.run(command, cwd=ROOT, check=True)
        return path


def unzipped(path: Path) -> Path:
    """The same file as text beside it."""
    plain = path.with_suffix("")
    if not plain.exists():
        with gzip.open(path) as zipped, plain.open("wb") as text:
            shutil.copyfileobj(zipped, text, 2**20)
    return plain


TUTORIAL = Size(195_000, 2_000_000, dirty=0)  # 12.9 million rows, as the tutorial's file
QUICK = Size(10_000, 22_000, dirty=0)
MILLION = Size(1_000_000, 2_200_000)
TINY = Size(2_000, 4_400)
HUNDREDTH = Size(10_000, 22_000)
TENTH = Size(100_000, 220_000)
