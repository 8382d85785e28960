"""How the page shows scores: as shares of the best one. Nothing else on the page knows how.

A score is a sum of parts: it orders songs, but its size says little by itself. The tooltip has the
probability that it stands for, and what its parts are.
"""

from typing import NamedTuple

from next_song.playground.answers import Next, Scored

MEANING = "100% is the score of the best song; point at it to see why it is recommended."


class Shown(NamedTuple):
    """A score as the page shows it: whole percent of the best one, 0 to 100, and the score."""

    percent: int
    tooltip: str

    @property
    def text(self) -> str:
        """The share as people read it."""
        return f"{self.percent}%"


def shown(scored: Scored, answer: Next) -> Shown | None:
    """Compare a score of an answer with the best one.

    None for the most played songs, whose scores are logarithms of plays. A score below 0 counts 0;
    where even the best one is not above 0, a ratio means nothing: 0%.
    """
    if not answer.known:
        return None
    best = answer.songs[0].score
    share = max(0.0, scored.score) / best if best > 0 else 0.0
    why = f", {scored.probability:.1%}: {scored.why}" if scored.why else ""
    return Shown(round(100 * min(1.0, share)), f"Score {scored.score:.3f}{why}")
