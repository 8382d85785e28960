"""How a score is shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from next_song.playground import scores
from next_song.playground.answers import Next, Scored
from next_song.serving.song_search import Song


def shown(score: float, best: float) -> scores.Shown:
    answer = Next([Scored(Song("a", "a"), best)], known=True)
    one = scores.shown(Scored(Song("b", "b"), score), answer)
    assert one
    return one


@pytest.mark.parametrize(
    ("score", "best", "text"),
    [(0.5, 0.5, "100%"), (0.25, 0.5, "50%"), (-0.1, 0.5, "0%"), (12.5, 25, "50%")],
)
def test_a_score_is_shown_as_a_share_of_the_best(score: float, best: float, text: str) -> None:
    assert shown(score, best).text == text


def test_where_no_score_is_above_zero_a_ratio_means_nothing() -> None:
    assert shown(-0.2, -0.1).text == shown(0, 0).text == "0%"


def test_the_score_itself_is_in_the_tooltip() -> None:
    assert shown(0.5129, 0.6).tooltip == "Score 0.513"


def test_the_most_played_songs_have_no_shown_scores() -> None:
    scored = Scored(Song("a", "a"), 5.0)
    assert scores.shown(scored, Next([scored], known=False)) is None


def test_why_a_song_is_recommended_is_in_the_tooltip() -> None:
    scored = Scored(Song("a", "a"), 0.5, 0.0123, "near in the space to b 0.50")
    one = scores.shown(scored, Next([scored], known=True))
    assert one
    assert one.tooltip == "Score 0.500, 1.2%: near in the space to b 0.50"


@given(st.lists(st.floats(-2, 40), min_size=1))
def test_a_better_song_is_never_shown_as_a_worse_one(values: list[float]) -> None:
    ordered = sorted(values, reverse=True)
    percents = [shown(score, ordered[0]).percent for score in ordered]
    assert percents == sorted(percents, reverse=True)
    assert all(0 <= percent <= 100 for percent in percents)
