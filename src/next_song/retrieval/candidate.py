"""What modeling makes of one candidate."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from next_song.retrieval.song_space import SongSpace


@dataclass(frozen=True)
class Trained:
    """A candidate after training.

    trials: the trainings of the search, one row each. word2vec: the hyper-parameters that it
    chose. space: the song space that they gave.
    """

    trials: pd.DataFrame
    word2vec: dict[str, Any]
    space: SongSpace


@dataclass(frozen=True)
class Candidate:
    """A candidate after scoring.

    word2vec: its hyper-parameters. scorecards: one for each retrieval setting, on validation.
    load_space: reads its song space, which takes by far the most memory of the three.
    """

    word2vec: dict[str, Any]
    scorecards: list[dict[str, Any]]
    load_space: Callable[[], SongSpace]
