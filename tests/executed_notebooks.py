"""Notebooks, executed from top to bottom as a person would."""

import os
from collections.abc import Mapping
from pathlib import Path

import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).parents[1]


def executed(name: str, environment: Mapping[str, str] = {}) -> str:
    """Execute one of the project's notebooks; what it shows as text. Raises if a cell does."""
    return shown(nbformat.read(ROOT / "notebooks" / name, as_version=4), environment)


def shown(notebook: nbformat.NotebookNode, environment: Mapping[str, str] = {}) -> str:
    """Execute a notebook; what it shows as text. Raises if a cell does."""
    where = {"metadata": {"path": str(ROOT / "notebooks")}}
    done = NotebookClient(notebook, timeout=600, resources=where).execute(
        env=os.environ | dict(environment)
    )
    outputs = [output for cell in done.cells for output in cell.get("outputs", [])]
    data = [output.get("data", {}) for output in outputs]
    plots = "[plot]\n" * sum("application/vnd.plotly.v1+json" in each for each in data)
    texts = [output.get("text", "") for output in outputs]
    return plots + "\n".join([*texts, *(each.get("text/plain", "") for each in data)])
