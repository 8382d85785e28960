"""How the page shows a score: as a share of the best one. Nothing else on the page knows how.

A score is a cosine plus bonuses, or for the most played songs the logarithm of the plays: it orders
songs, but it is not a probability, and its size says little by itself.
"""

from typing import NamedTuple

MEANING = (
    "100% is the score of the best song. A score is similarity plus bonuses, not a probability."
)


class Shown(NamedTuple):
    """A score as the page shows it: whole percent of the best one, 0 to 100, and the score."""

    percent: int
    tooltip: str

    @property
    def text(self) -> str:
        """The share as people read it."""
        return f"{self.percent}%"


def shown(score: float, best: float) -> Shown:
    """Compare a score with the best score of the same answer.

    A score below 0 counts 0. Where even the best one is not above 0, a ratio means nothing: 0%.
    """
    share = max(0.0, score) / best if best > 0 else 0.0
    return Shown(round(100 * min(1.0, share)), f"Score {score:.3f}")
