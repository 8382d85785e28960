"""What modeling makes of one candidate."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from next_song.retrieval.song_space import Ints, SongSpace


@dataclass(frozen=True)
class Trained:
    """A candidate after training.

    trials: the trainings of the search, one row each. word2vec: the hyper-parameters that it
    chose. space: the song space that they gave; None for a candidate that was left out, since the
    run continues a model of another candidate.
    """

    trials: pd.DataFrame
    word2vec: dict[str, Any]
    space: SongSpace | None


@dataclass(frozen=True)
class Scored:
    """A model after scoring: its scorecard, and the rank of the target of each query, (q,).

    Both are empty for a candidate that was left out.
    """

    scorecard: dict[str, Any]
    ranks: Ints


@dataclass(frozen=True)
class Candidate(Scored):
    """A candidate after scoring, on validation.

    word2vec: its hyper-parameters. load_space: reads its song space, which takes by far the most
    memory of all.
    """

    word2vec: dict[str, Any]
    load_space: Callable[[], SongSpace]
