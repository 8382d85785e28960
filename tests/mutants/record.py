"""What became of each fault, in a file of build/ that is named after the code."""

import csv
import hashlib
from pathlib import Path

from mutants.faults import Fault


class Record:
    """Faults that were tried, each with the file of tests that found it, or None."""

    def __init__(self, project: Path, go_on: bool) -> None:
        """Begins a record, or goes on with the one of the same code."""
        self.killers: dict[Fault, str | None] = {}
        self._path = project / f"build/mutants-{_code(project)}.csv"
        if go_on and self._path.exists():
            self.killers = _read(self._path)
            return
        self._path.parent.mkdir(exist_ok=True)
        self._path.unlink(missing_ok=True)
        self._append("file", "kind", "place", "line", "killed_by")

    def add(self, fault: Fault, killer: str | None) -> None:
        """Writes and prints one more."""
        line = fault.line()
        self._append(fault.path, fault.kind, fault.place, line, killer)
        self.killers[fault] = killer
        outcome = f"killed by {killer}" if killer else "survived"
        print(f"{len(self.killers)}. {outcome}: {fault.path}:{line} ({fault.kind})", flush=True)

    def _append(self, *row: object) -> None:
        with self._path.open("a", newline="", encoding="utf-8") as file:
            csv.writer(file).writerow(row)


def _code(project: Path) -> str:
    """Returns a hash of the source and of the tests."""
    code = hashlib.sha256()
    for folder in ("src", "tests"):
        for path in sorted((project / folder).rglob("*.*")):
            if path.suffix in (".py", ".sql"):
                code.update(str(path.relative_to(project)).encode() + path.read_bytes())
    return code.hexdigest()[:12]


def _read(path: Path) -> dict[Fault, str | None]:
    with path.open(newline="", encoding="utf-8") as file:
        return {
            Fault(Path(row["file"]), row["kind"], int(row["place"])): row["killed_by"] or None
            for row in csv.DictReader(file)
        }
