"""Runs as a person starts them, one after another, each on a folder of its own."""

import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

PROJECT = Path(__file__).parents[2]
PARALLEL = "--runner=next_song.runner.LongestFirstRunner"


@dataclass
class Runs:
    """source: the playlists. folder: for results and temporary files. log: what runs say.

    options: of `kedro run`. longest: seconds of an undisturbed run, one node after the other.
    """

    source: Path
    folder: Path
    log: Path
    options: list[str] = field(default_factory=list)
    longest: float = 0

    def start(self, root: Path, parallel: bool, *options: str) -> subprocess.Popen[bytes]:
        """Starts a run that spills to the disk of its results."""
        command = [sys.executable, "-m", "kedro", "run", "--env", "test", *self.options, *options]
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [
                    *command,
                    *([PARALLEL] if parallel else []),
                    f"--params=input={self.source},data_root={root}",
                ],
                cwd=PROJECT,
                env=os.environ | {"DO_NOT_TRACK": "1", "TMPDIR": str(self.folder)},
                stdout=log,
                stderr=log,
            )

    def undisturbed(self, root: Path) -> None:
        """Runs once without an accident, and keeps how long it takes."""
        started = time.monotonic()
        if self.start(root, parallel=False).wait():
            sys.exit(f"the run without an accident failed: see {self.log}")
        self.longest = time.monotonic() - started

    def removed(self, root: Path) -> list[str]:
        """Removes what runs left in the temporary folder, and returns its names."""
        known = {root.name, self.source.name}
        left = sorted(path for path in self.folder.iterdir() if path.name not in known)
        for path in left:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        return [path.name for path in left]
