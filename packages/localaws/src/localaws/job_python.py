"""The Python of Batch jobs: one that has the packages but lacks the project."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

FIND_PACKAGES = "import json, site; print(json.dumps(site.getsitepackages()))"


def without_project(python: str, folder: Path) -> str:
    """Make a virtual environment in ``folder`` that sees what is installed for ``python``.

    Editable installs are not seen, for they are ``.pth`` files, and Python does not read
    the ``.pth`` files of a folder that was itself added by one. So a job that imports the
    project has it from its code package, as in a container, or fails. Returns its Python.
    """
    found = subprocess.run([python, "-c", FIND_PACKAGES], check=True, capture_output=True)
    make = [python, "-m", "venv", "--without-pip", "--symlinks", str(folder)]
    subprocess.run(make, check=True, capture_output=True)
    packages = next(folder.glob("lib/python*/site-packages"))
    (packages / "installed.pth").write_text("\n".join(json.loads(found.stdout)) + "\n")
    return str(folder / "bin" / "python")
