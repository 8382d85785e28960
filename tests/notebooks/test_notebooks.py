"""The notebooks, executed from top to bottom as a person would, and committed without outputs."""

from pathlib import Path

import nbformat
import pytest
from executed_notebooks import ROOT, executed, shown

pytestmark = pytest.mark.slow

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def test_they_are_committed_without_outputs() -> None:
    assert len(NOTEBOOKS) == 2
    for path in NOTEBOOKS:
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
        code = [cell for cell in notebook.cells if cell.cell_type == "code"]
        assert all(cell.outputs == [] and cell.execution_count is None for cell in code)
        assert set(notebook.metadata) == {"kernelspec", "language_info"}
        assert notebook.cells[0].cell_type == "markdown"
        assert "Before you start" in notebook.cells[0].source
        assert path.read_text("utf-8") == nbformat.writes(notebook) + "\n"


def test_explore(finished: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEXT_SONG_DATA", str(finished))
    monkeypatch.setenv("NEXT_SONG_ENV", "test")
    seen = executed("01_explore.ipynb")
    assert "'kept': 3200" in seen
    assert "After:  Artist" in seen
    assert "finds the next song among its first 20" in seen
    assert seen.count("[plot]") == 6


def test_pipelines_run_in_a_notebook(circle: Path, tmp_path: Path) -> None:
    """As Kedro's documents have it; DuckDB's own progress would ask for ipywidgets there."""
    cells = [
        f"%load_ext kedro.ipython\n%reload_kedro {ROOT} --env test"
        f" --params input={circle},data_root={tmp_path}",
        "session.run()",
        "print('asked', catalog.load('test_scorecard')['split'])",
    ]
    code = [nbformat.v4.new_code_cell(cell) for cell in cells]
    assert "asked test" in shown(nbformat.v4.new_notebook(cells=code))
