"""The export pipeline: nothing is packed that would not answer where it is served."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from next_song.errors import InputError


def test_a_model_that_fails_in_a_session_is_never_packed(
    finished: Path,
    circle: Path,
    kedro_run: Callable[..., Any],
    anonymous_tables: None,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    root = shutil.copytree(finished, tmp_path / "run")
    packed = [root / "06_models/model.tar.gz", root / "06_models/unverified/model.tar.gz"]
    for archive in packed:
        archive.unlink()
    export = {
        "input": str(circle),
        "data_root": str(root),
        "run_args": {"pipeline_names": ["export"]},
    }
    with pytest.raises(InputError, match=r"found 'Table not initialized\.' when it was run in a"):
        kedro_run(**export)
    assert not any(archive.exists() for archive in packed)
    monkeypatch.undo()
    kedro_run(**export)
    assert packed[0].read_bytes() == (finished / "06_models/model.tar.gz").read_bytes()
