"""Songs that a file lists: never answered, or chosen from by name; tested as they are shipped."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from next_song import load_model
from next_song.errors import InputError

Run = Callable[..., dict[str, Any]]


def ids(*numbers: int) -> str:
    return "".join(f"Artist {number % 5}\tSong {number}\n" for number in numbers)


@pytest.fixture(scope="module")
def root(
    finished: Path, kedro_run: Run, circle: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A run over the circle that excludes songs 0 to 9 and holds the set of songs 10 to 19."""
    folder = tmp_path_factory.mktemp("listed")
    (folder / "never.txt").write_text(ids(*range(10)) + "unknown\n")
    (folder / "market.txt").write_text(ids(*range(10, 20)))
    listed = {"exclude": str(folder / "never.txt"), "sets": {"market": str(folder / "market.txt")}}
    kedro_run(input=str(circle), data_root=str(folder / "run"), export=listed)
    return folder / "run"


@pytest.mark.slow
def test_excluded_songs_are_context_and_no_answers(root: Path) -> None:
    model = load_model(root / "06_models/model.tar.gz")
    excluded = set(ids(*range(10)).splitlines())
    asked = [[one] for one in ids(*range(40)).splitlines()] + [[]]
    answers = model.recommend(asked, 40)
    assert not excluded & set(answers["song_id"])
    after = answers[(answers["query"] == 9) & (answers["rank"] <= 2)]["song_id"]
    assert "Artist 0\tSong 10" in set(after)  # the excluded song 9 leads to it


def test_what_is_tested_leaves_them_out_everywhere(root: Path, finished: Path) -> None:
    cards = [
        json.loads((folder / "08_reporting/test_scorecard.json").read_text())
        for folder in (root, finished)
    ]
    # a target is one of the excluded songs in about a quarter of the playlists
    without, whole = (card["hit_rate"]["100"] for card in cards)
    assert whole == 1
    assert 0.5 < without < 0.9
    for name in ("popularity", "item_knn", "stan", "tutorial"):
        assert cards[0]["baselines"][name]["hit_rate"]["100"] <= without
    report = json.loads((root / "08_reporting/export_report.json").read_text())
    assert report["hit_rate"] == cards[0]["hit_rate"]


def test_a_set_by_its_name(root: Path) -> None:
    model = load_model(root / "06_models/model.tar.gz")
    assert model.sets == ["market"]
    chosen = model.recommend([["Artist 0\tSong 5"]], 40, only="market")
    assert set(chosen["song_id"]) == set(ids(*range(10, 20)).splitlines())
    others = model.recommend([["Artist 0\tSong 5"]], 40, exclude="market")
    assert set(others["song_id"]) == set(ids(*range(20, 40)).splitlines())


def test_the_list_of_a_set_is_told_by_its_name(
    finished: Path, kedro_run: Run, tmp_path: Path
) -> None:
    path = tmp_path / "list.txt"
    path.write_text("nobody")
    with pytest.raises(InputError, match=r"^export\.sets\.mine: found no id of a known song"):
        kedro_run(
            run_args={"node_names": ["export.export_model"]},
            data_root=str(finished),
            export={"sets": {"mine": str(path)}},
        )


@pytest.mark.parametrize(
    ("text", "message"),
    [("", "no id of a known song"), ("nobody\n", "no id of a known song"), (None, "No such file")],
)
def test_a_list_that_names_nothing_is_told_in_a_line(
    finished: Path, kedro_run: Run, tmp_path: Path, text: str | None, message: str
) -> None:
    path = tmp_path / "list.txt"
    if text is not None:
        path.write_text(text)
    with pytest.raises(InputError, match=rf"^export\.exclude: found .*{message}"):
        kedro_run(
            run_args={"node_names": ["selection.test_baselines"]},
            data_root=str(finished),
            export={"exclude": str(path)},
        )
