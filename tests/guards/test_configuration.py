"""What is told of a configuration before a run: see also test_run."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from kedro.config import OmegaConfigLoader

from next_song import grid
from next_song.errors import InputError
from next_song.grid import candidate_names
from next_song.guards import configuration
from next_song.pipelines.modeling.search import check_min_counts
from next_song.pipelines.selection.pipeline import create_pipeline

ROOT = Path(__file__).parents[2]
Conf = Callable[[str], Path]


@pytest.fixture
def local(tmp_path: Path) -> Conf:
    """A folder of configuration whose environment `mine` has a parameter."""

    def make(parameters: str) -> Path:
        (tmp_path / "base").symlink_to(ROOT / "conf/base")
        (tmp_path / "mine").mkdir()
        (tmp_path / "mine/parameters.yml").write_text(parameters)
        (tmp_path / "other").mkdir()
        (tmp_path / "other/notes.yml").write_text("- no environment of the run")
        return tmp_path

    return make


@pytest.mark.parametrize("name", ["input", "data_root", "histories", "model", "output"])
def test_what_the_catalog_takes_from_the_command_line_is_in_no_file(name: str, local: Conf) -> None:
    loader = OmegaConfigLoader(
        str(local(f"{name}: x.csv")), base_env="base", default_run_env="mine"
    )
    context: Any = SimpleNamespace(config_loader=loader, params={}, project_path=ROOT)
    with pytest.raises(InputError) as error:
        configuration.checked(context)
    assert str(error.value) == (
        f"parameter {name}: found in a file of conf, where it has no effect; expected at run time: "
        f"give it with --params {name}=..., or with --overrides of a flow"
    )
    loader.runtime_params = {name: "data/x.csv"}
    assert configuration.checked(context)[name] == "data/x.csv"


@pytest.mark.parametrize("name", ["stan", "tutorial", "champion", "unverified", "space", "k"])
def test_a_candidate_has_no_name_of_something_else(name: str) -> None:
    with pytest.raises(
        InputError, match=f"^candidate {name!r}: found a name that something else of"
    ):
        configuration._check_candidates(["near", name])


def test_a_candidate_has_no_name_of_what_else_nodes_take() -> None:
    grid = {*candidate_names()}
    inputs = [node._inputs for node in create_pipeline().nodes if isinstance(node._inputs, dict)]
    taken = {name for names in inputs if grid & names.keys() for name in names}
    assert {"space", "how"} < taken - grid <= configuration.TAKEN


@pytest.mark.parametrize("name", [10, "a b", "a/b", "a.b", "-a", ""])
def test_a_candidate_has_a_name_that_nodes_can_have(name: Any) -> None:
    with pytest.raises(InputError, match=f"^candidate {name!r}: found a name that nodes cannot"):
        configuration._check_candidates(["near", "near-2", "1st", "é", name])


def test_names_of_candidates_are_looked_at(local: Conf, monkeypatch: pytest.MonkeyPatch) -> None:
    loader = OmegaConfigLoader(str(local("{}")), base_env="base", default_run_env="mine")
    context: Any = SimpleNamespace(config_loader=loader, params={}, project_path=ROOT)
    configuration.checked(context)
    monkeypatch.setattr(configuration, "TAKEN", {candidate_names()[-1]})
    with pytest.raises(InputError, match="found a name that something else of a run has"):
        configuration.checked(context)


def test_a_grid_may_list_counts_of_plays(monkeypatch: pytest.MonkeyPatch) -> None:
    near = grid.base_parameters()["modeling"]["near"]
    listed = {"near": {"word2vec": near["word2vec"] | {"min_count": [4, 7]}}}
    search = "next_song.pipelines.modeling.search"
    monkeypatch.setattr(f"{search}.base_parameters", lambda: {"modeling": listed})
    monkeypatch.setattr(f"{search}.candidate_names", lambda: ["near"])
    monkeypatch.setattr(f"{search}.most_plays", lambda songs: 2)
    songs: Any = None
    catalog = SimpleNamespace(load=lambda name: listed["near"]["word2vec"])
    check_min_counts(catalog, songs)  # which are lowered
    catalog.load = lambda name: near["word2vec"] | {"min_count": 5}
    with pytest.raises(InputError, match="min_count: found 5"):
        check_min_counts(catalog, songs)


def test_what_is_shipped_answers_with_the_largest_k_wherever_it_stands() -> None:
    base = grid.base_parameters()
    raw = base | {
        "protocol": base["protocol"] | {"k": [100, 1, 20]},
        "export": base["export"] | {"k": 50},
    }
    with pytest.raises(InputError, match=r"^parameter export\.k: found 50; expected at least 100"):
        configuration._check_together(raw)


@pytest.mark.parametrize(
    ("parameters", "told"),
    [
        ("2024: x", "^parameter '2024': found, but there is none of that name"),
        ("modeling: {2024: {word2vec: {}}}", "^candidate '2024': found, but there is none"),
        ("3", r"^configuration: found /\S+/mine/\S+\.yml without names; expected YAML files"),
        ("a: ${b.c}", "^configuration: found Interpolation key 'b.c' not found"),
        ("[a, b]", r"^configuration: found /\S+/mine/\S+\.yml without names; expected YAML files"),
        ("followers: {}", "^parameter 'followers': .* did you mean 'song_pairs'"),
    ],
)
def test_what_is_no_name_is_told_in_a_line(parameters: str, told: str, local: Conf) -> None:
    loader = OmegaConfigLoader(str(local(parameters)), base_env="base", default_run_env="mine")
    context: Any = SimpleNamespace(config_loader=loader, params={}, project_path=ROOT)
    with pytest.raises(InputError, match=told):
        configuration.checked(context)
