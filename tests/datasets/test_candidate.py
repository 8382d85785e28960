"""A candidate is there if all of its files are."""

from pathlib import Path

import pytest

from next_song.datasets.candidate import CandidateDataset, RivalsDataset, TrainedDataset

FILES = {
    TrainedDataset: ("trials", "word2vec", "vectors"),
    CandidateDataset: ("scorecard", "ranks", "word2vec", "vectors"),
    RivalsDataset: ("scorecards", "ranks"),
}


@pytest.mark.parametrize("kind", FILES)
def test_it_exists_if_all_files_do(kind: type, tmp_path: Path) -> None:
    paths = {name: tmp_path / name for name in FILES[kind]}
    dataset = kind(**{name: str(path) for name, path in paths.items()})
    for path in paths.values():
        path.touch()
    assert dataset.exists()
    for path in paths.values():
        path.unlink()
        assert not dataset.exists()
        path.touch()
