"""The places that a run reads and writes: see also test_run."""

from pathlib import Path

import pytest

from next_song.errors import InputError
from next_song.guards.places import check_histories, check_places, check_suffix

HERE = Path()


def test_histories_that_a_run_would_write_are_not_read() -> None:
    check_histories(["recommendations"])
    with pytest.raises(InputError, match=r"^histories: found a file to read, and a node that"):
        check_histories(["histories", "recommendations"])


@pytest.mark.parametrize("name", ["a.parquet", "s3://b/a.csv", "folder.csv/a.jsonl"])
def test_a_name_that_answers_can_have(name: str) -> None:
    check_suffix("output", name)


@pytest.mark.parametrize(
    "name", ["a.json", "a.CSV", "s3://b/a.parquet/", "a.csv.gz", "a.csv/b", ".csv"]
)
def test_a_name_that_answers_cannot_have(name: str) -> None:
    with pytest.raises(InputError) as error:
        check_suffix("OUTPUT", name)
    assert str(error.value) == (
        f"OUTPUT: found {name!r}; expected a name that ends in .parquet, .csv, .jsonl"
    )


@pytest.mark.parametrize("name", ["08_reporting/a.csv", "07_model_output/../06_models/a.csv"])
def test_answers_are_not_written_over_files_of_the_run(name: str, tmp_path: Path) -> None:
    given = {"data_root": str(tmp_path), "output": f"{tmp_path}/{name}"}
    with pytest.raises(InputError, match=r"^output: found .*, in a folder of the run's own files"):
        check_places(given, HERE)


@pytest.mark.parametrize("name", ["07_model_output/a.csv", "a.csv", "../08_reporting/a.csv"])
def test_answers_are_written_elsewhere(name: str, tmp_path: Path) -> None:
    check_places({"data_root": str(tmp_path), "output": f"{tmp_path}/{name}"}, HERE)


def test_answers_are_not_written_over_what_is_read(tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).touch()
    (tmp_path / "0.csv").symlink_to("nowhere")  # which cannot be compared
    for given in ({"input": f"{tmp_path}/*.csv"}, {"histories": f"file://{tmp_path}/b.csv"}):
        with pytest.raises(InputError, match=r"^output: found .*b\.csv, which is"):
            check_places(given | {"output": f"{tmp_path}/b.csv"}, HERE)
        check_places(given | {"output": f"{tmp_path}/c.csv"}, HERE)


@pytest.mark.parametrize("name", ["input", "histories", "model", "output", "data_root"])
@pytest.mark.parametrize("address", ["~/a.csv", "~", "~me/a.csv", "~me"])
def test_what_only_a_shell_expands_is_refused(name: str, address: str) -> None:
    with pytest.raises(InputError, match=f"^{name}: found '{address}', whose ~ only a shell"):
        check_places({name: address}, HERE)
    check_places({"input": "./~a.csv", "histories": "a~/b.csv"}, HERE)


def test_relative_paths_go_from_the_project_s_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "x.csv").touch()
    monkeypatch.chdir(tmp_path / "sub")
    for given in (
        {"input": "x.csv", "output": "x.csv"},
        {"output": f"{tmp_path}/data/06_models/a.csv"},
    ):
        with pytest.raises(InputError, match=r"^output: found"):
            check_places(given, tmp_path)
    with pytest.raises(InputError, match=r"^data_root: found 'x\.csv', where .*/x\.csv is"):
        check_places({"data_root": "x.csv"}, tmp_path)
