"""A candidate is there if all of its files are."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from next_song.datasets.candidate import CandidateDataset, RivalsDataset, TrainedDataset
from next_song.retrieval.candidate import Trained
from next_song.retrieval.song_space import SongSpace

FILES = {
    TrainedDataset: ("trials", "word2vec", "vectors"),
    CandidateDataset: ("scorecard", "ranks", "word2vec", "vectors"),
    RivalsDataset: ("scorecards", "ranks"),
}


@pytest.mark.parametrize("kind", FILES)
def test_it_exists_if_all_files_do(kind: type, tmp_path: Path) -> None:
    paths = {name: tmp_path / name for name in FILES[kind]}
    dataset = kind(**{name: {"filepath": str(path)} for name, path in paths.items()})
    for path in paths.values():
        path.touch()
    assert dataset.exists()
    for path in paths.values():
        path.unlink()
        assert not dataset.exists()
        path.touch()


def test_what_was_trained_is_read_back_and_a_person_can_read_the_trials(tmp_path: Path) -> None:
    paths = {name: {"filepath": str(tmp_path / name)} for name in FILES[TrainedDataset]}
    trials = pd.DataFrame({"epochs": [1, 2], "figure": [0.25, 0.5]})
    space = SongSpace(np.eye(2, dtype=np.float32), np.eye(2, dtype=np.float32), np.array([2, 1]))
    TrainedDataset(**paths).save(Trained(trials, {"sg": 1}, space))
    assert (tmp_path / "trials").read_text().splitlines() == ["epochs,figure", "1,0.25", "2,0.5"]
    found = TrainedDataset(**paths).load()
    assert found.trials.equals(trials)
    assert found.word2vec == {"sg": 1}
    assert found.space
    assert (found.space.plays == space.plays).all()
