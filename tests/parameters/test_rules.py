"""What parameters mean together, and what is said of them."""

import string
from typing import Any

import duckdb
import pytest

from next_song.errors import InputError
from next_song.grid import base_parameters
from next_song.parameters import (
    Columns,
    Deployment,
    Reading,
    Sessions,
    Split,
    Word2Vec,
    Word2VecGrid,
)

BASE = base_parameters()
NEAR = BASE["modeling"]["near"]["word2vec"]


@pytest.mark.parametrize(
    ("by", "gap", "cut"),
    [("gap", None, False), ("gap", 30.0, True), ("day", None, True), ("day", 30.0, True)],
)
def test_when_histories_are_cut(by: str, gap: float | None, cut: bool) -> None:
    sessions = Sessions.model_validate(BASE["sessions"] | {"by": by, "gap_minutes": gap})
    assert sessions.cut == cut


@pytest.mark.parametrize("name", ["vpc", "kms_key", "autoscaling", "data_capture"])
def test_serverless_hosting_has_none_of_what_instances_have(name: str) -> None:
    values: dict[str, Any] = {
        "vpc": {"subnets": ["subnet-1"], "security_groups": ["sg-1"]},
        "kms_key": "key-1",
        "autoscaling": {"min_instances": 1, "max_instances": 4, "invocations_per_instance": 9},
        "data_capture": {"percent": 1},
    }
    given = BASE["deployment"] | {name: values[name]}
    Deployment.model_validate(given)
    hosting = {"memory_mib": 4096, "max_concurrency": 5}
    with pytest.raises(InputError, match=f"expected {name} null with serverless"):
        Deployment.model_validate(given | {"serverless": hosting})


@pytest.mark.parametrize("registry", ["", "my.registry:5000/", "123.dkr.ecr.eu.amazonaws.com/a/"])
def test_an_image_serves_the_tensorflow_that_is_installed(registry: str) -> None:
    image = f"{registry}{BASE['deployment']['image']}"
    if ":" in registry:  # a port, which no image of SageMaker has
        with pytest.raises(InputError, match="expected NAME:TAG"):
            Deployment.model_validate(BASE["deployment"] | {"image": image})
        return
    assert Deployment.model_validate(BASE["deployment"] | {"image": image}).image == image
    with pytest.raises(InputError, match=r"1\.15"):
        Deployment.model_validate(BASE["deployment"] | {"image": f"{registry}serving:1.15.0-cpu"})


@pytest.mark.parametrize(
    ("given", "fits"),
    [
        (None, True),
        ("%d/%m/%Y %H:%M", True),
        ("%-d.%-m.%Y", True),
        (["%Y", "%d.%m.%y"], True),
        ("", False),
        ("dd/mm/yyyy", False),
        ("%Q", False),
        (["%Y", "%Q"], False),
        ("%", False),
        ("%H:%M", False),  # on which day?
        (["%d/%m/%Y", "%I:%M %p"], False),
    ],
)
def test_formats_of_times(given: Any, fits: bool) -> None:
    columns = BASE["columns"] | {"time_format": given}
    if fits:
        assert Columns.model_validate(columns).time_format == given
    else:
        with pytest.raises(InputError, match=r"time_format: .*expected a format such as"):
            Columns.model_validate(columns)


def test_a_file_has_a_header_unless_it_is_said() -> None:
    assert Reading().header is True
    assert Reading().input_encoding is Reading().query is None


def test_the_points_of_a_grid_are_all_combinations_the_last_varying_fastest() -> None:
    grid = Word2VecGrid.model_validate(NEAR | {"window": [2, 3], "alpha": [0.1, 0.2]})
    found = [(point.window, point.alpha) for point in grid.points()]
    assert found == [(2, 0.1), (2, 0.2), (3, 0.1), (3, 0.2)]
    one = Word2Vec.model_validate(NEAR)
    assert Word2VecGrid.model_validate(NEAR).points() == [one]
    with pytest.raises(InputError, match=r"^window: found \[\]; expected a value, or a list"):
        Word2VecGrid.model_validate(NEAR | {"window": []})
    with pytest.raises(InputError, match=r"^alpha: found 9"):
        Word2VecGrid.model_validate(NEAR | {"alpha": [0.1, 9]})


def test_a_training_is_reproducible_unless_it_is_said() -> None:
    given = {name: value for name, value in NEAR.items() if name != "workers"}
    assert Word2Vec.model_validate(given).workers == 1


@pytest.mark.parametrize(("sg", "kind"), [(0, "CBOW"), (1, "skip-gram")])
def test_what_a_candidate_is_called(sg: int, kind: str) -> None:
    changes = {"sg": sg, "vector_size": 8, "window": 4, "min_count": 2}
    point = Word2Vec.model_validate(NEAR | changes)
    assert str(point) == f"{kind}, 8 dimensions, window 4, min 2"


def test_all_that_is_wrong_is_said_in_one_line() -> None:
    with pytest.raises(InputError) as error:
        Split.model_validate({"by": "hash", "validation": 2, "test": "x"})
    assert error.value.message == (
        "validation: found 2; input should be less than 1; test: found 'x'; input should be a "
        "valid number"
    )
    with pytest.raises(InputError, match=r"^values: found .*; .*expected validation 0\.6 \+ test"):
        Split.model_validate({"by": "hash", "validation": 0.6, "test": 0.4})


def test_formats_of_times_are_those_that_duckdb_reads() -> None:
    for letter in string.ascii_letters + "%":
        given = BASE["columns"] | {"time_format": f"%{letter} %Y"}
        try:
            duckdb.execute("select try_strptime('2024', ?)", [given["time_format"]]).fetchall()
        except duckdb.Error:
            with pytest.raises(InputError, match=r"time_format: .*expected a format such as"):
                Columns.model_validate(given)
        else:
            assert Columns.model_validate(given).time_format == given["time_format"]
