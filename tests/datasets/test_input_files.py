"""Whether a file is one of those that the input names."""

from pathlib import Path

import pytest

from next_song.datasets.input_files import is_one_of


@pytest.mark.parametrize(
    ("given", "is_so"),
    [
        ("a.csv", True),
        ("*.csv", True),
        ("b.csv; a.csv", True),
        ("./x/../a.csv", True),
        ("link.csv", True),
        ("file://{here}/a.csv", True),
        ("a**b.csv", False),
        ("x" * 300, False),
        ("b.csv", False),
        ("b*.csv", False),
        ("missing.csv", False),
        ("s3://bucket/a.csv", False),
        ("", False),
    ],
)
def test_a_file_by_any_of_its_names(
    given: str, is_so: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x").mkdir()
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text(name)
    (tmp_path / "link.csv").symlink_to("a.csv")
    given = given.format(here=tmp_path)
    assert is_one_of(Path("a.csv"), given, Path()) == is_so
    assert not is_one_of(Path("c.csv"), given, Path())
    assert not is_one_of(Path("y" * 300), given, Path())
