"""What the catalog says of every data set."""

from graphlib import TopologicalSorter
from pathlib import Path

import pytest
from kedro.framework.project import pipelines
from kedro.framework.session import KedroSession
from kedro.framework.startup import bootstrap_project
from kedro.io import DataCatalog

from next_song.hooks import _shared_files

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def catalog() -> DataCatalog:
    bootstrap_project(ROOT)  # forgets which pipelines an earlier test of this process asked for
    with KedroSession.create(project_path=ROOT, env="test") as session:
        return session.load_context().catalog


DRAWN = ("_plot", "_page")  # shown inside their pipelines, in no layer


def layer(catalog: DataCatalog, name: str) -> str:
    """The layer of Kedro-Viz that a data set is in."""
    return catalog[name].metadata["kedro-viz"]["layer"]


def test_every_data_set_that_stays_is_in_a_layer(catalog: DataCatalog) -> None:
    names = {name for pipeline in pipelines.values() for name in pipeline.datasets()}
    passed_on = {"beside_baselines", "gate", "planned", "production"}
    kept = {name for name in names if not name.startswith("param")} - passed_on
    assert all(layer(catalog, name) for name in kept if not name.endswith(DRAWN))


def test_layers_go_one_way_or_kedro_viz_would_show_none(catalog: DataCatalog) -> None:
    before: dict[str, set[str]] = {}
    for node in pipelines["__default__"].nodes:
        tables = [name for name in node.inputs if not name.startswith("param")]
        given = {layer(catalog, name) for name in tables if not name.endswith(DRAWN)}
        for name in node.outputs:
            if not name.endswith(DRAWN):
                made = layer(catalog, name)
                before.setdefault(made, set()).update(given - {made})
    order = list(TopologicalSorter(before).static_order())
    assert order == ["data", "candidates", "champion"]


def test_data_sets_that_share_a_file_are_claimed_together(catalog: DataCatalog) -> None:
    names = {name for pipeline in pipelines.values() for name in pipeline.datasets()}
    owners: dict[str, set[str]] = {}
    for name in names:
        if not name.startswith("param") and name in catalog:
            for path in catalog[name]._describe().values():
                if "/" in str(path):
                    owners.setdefault(str(path), set()).add(name)
    # else those of a run that was started in another folder would be there
    assert all(Path(path).is_absolute() for path in owners)
    shared = [found for found in owners.values() if len(found) > 1]
    # files that one run replaces as a whole and others read under another name
    replaced = [{"asked_model", "model_archive"}, {"raw_playlists", "sample_playlists"}]
    shared = [found for found in shared if found not in replaced]
    assert shared
    for found in shared:
        (candidate,) = (name for name in found if name.endswith("_candidate"))
        assert found == {candidate} | _shared_files([candidate])
