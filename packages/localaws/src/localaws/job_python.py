"""The Python of Batch jobs, which has the installed packages but not the project."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

FIND_PACKAGES = "import json, site; print(json.dumps(site.getsitepackages()))"


def without_project(python: str, folder: Path) -> str:
    """Creates a virtual environment with the packages of ``python``, and returns its Python.

    It does not see editable installs: these are ``.pth`` files, and Python does not read the
    ``.pth`` files of a folder that was itself added by one. So a job can import the project only
    from its code package, as in a container.
    """
    found = subprocess.run([python, "-c", FIND_PACKAGES], check=True, capture_output=True)
    make = [python, "-m", "venv", "--without-pip", "--symlinks", str(folder)]
    subprocess.run(make, check=True, capture_output=True)
    packages = next(folder.glob("lib/python*/site-packages"))
    (packages / "installed.pth").write_text("\n".join(json.loads(found.stdout)) + "\n")
    return str(folder / "bin" / "python")
