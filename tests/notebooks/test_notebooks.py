"""The notebooks, executed from top to bottom as a person would, and committed without outputs."""

import os
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from metaflow import Runner
from nbclient import NotebookClient

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


@pytest.fixture(scope="module")
def runs(circle: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """Two finished runs of the flow: one, and its last step once more, which takes seconds."""
    folder = tmp_path_factory.mktemp("metaflow")
    env = {"METAFLOW_DATASTORE_SYSROOT_LOCAL": str(folder), "USERNAME": "notebook-test"}
    given = {"env": "test", "overrides": {"input": str(circle)}, "runs": str(folder / "runs")}
    flow = str(ROOT / "flows/next_song_flow.py")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in env.items():
            patch.setenv(name, value)
        with Runner(flow, show_output=False, pylint=False, env=env, cwd=str(folder)) as runner:
            first = runner.run(**given).run
            second = runner.resume(origin_run_id=first.id, step_to_rerun="end").run
        assert first.successful
        assert second.successful
        yield first.id, second.id


def executed(name: str) -> str:
    """Execute one of the project's notebooks; what it shows as text. Raises if a cell does."""
    return shown(nbformat.read(ROOT / "notebooks" / name, as_version=4))


def shown(notebook: nbformat.NotebookNode) -> str:
    """Execute a notebook; what it shows as text. Raises if a cell does."""
    where = {"metadata": {"path": str(ROOT / "notebooks")}}
    done = NotebookClient(notebook, timeout=600, resources=where).execute(env=dict(os.environ))
    outputs = [output for cell in done.cells for output in cell.get("outputs", [])]
    data = [output.get("data", {}) for output in outputs]
    plots = "[plot]\n" * sum("application/vnd.plotly.v1+json" in each for each in data)
    texts = [output.get("text", "") for output in outputs]
    return plots + "\n".join([*texts, *(each.get("text/plain", "") for each in data)])


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


def test_results(runs: tuple[str, str]) -> None:
    seen = executed("02_results.ipynb")
    assert f"before: {runs[0]} after: {runs[1]}" in seen
    assert "finds the next song among its first 20" in seen
    assert "session_knn" in seen
    assert "Nothing differs in what these runs were given and chose." in seen
    assert seen.count("[plot]") == 2


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
