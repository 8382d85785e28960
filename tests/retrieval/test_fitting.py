"""The fit of weights: against likelihoods computed from their words, and on choices made up."""

import math

import few_songs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize
from strategies import histories, settings, song_counts, song_pairs, spaces

from next_song.retrieval import fitting
from next_song.retrieval.definition import build_index
from next_song.retrieval.fitting import NO_TARGET, Choices, choices, fit
from next_song.retrieval.queries import Histories, Queries
from next_song.retrieval.ranking import NO_SONG, NOT_RANKED, ranks
from next_song.retrieval.setting import Fit, Score, VectorsPart


def score(*weights: float) -> Score:
    parts = {
        f"part{number}": VectorsPart(kind="vectors", decay=0, weight=weight)
        for number, weight in enumerate(weights)
    }
    return Score(repeats=False, parts=parts)


def held(spread: float, least: int = 1) -> Fit:
    """What a fit of these choices reads."""
    return Fit(queries=9999, least=least, candidates=20, spread=spread)


def made_up(queries: int, weights: list[float], seed: int = 1) -> Choices:
    """Targets drawn by the softmax of the weighted parts; parts of different spread."""
    random = np.random.default_rng(seed)
    spread = 1 + np.arange(len(weights))
    values = (random.standard_normal((queries, 20, len(weights))) * spread).astype(np.float32)
    gumbel = random.gumbel(size=(queries, 20))  # the largest sum is a draw of the softmax
    targets = (values @ np.array(weights) + gumbel).argmax(axis=1)
    return Choices(values, np.tile(np.arange(20), (queries, 1)), targets, np.arange(queries))


def slow_loss(found: Choices, weights: np.ndarray, given: np.ndarray, spread: float) -> float:
    """Minus the log-likelihood, plus the penalty, one query and one song at a time."""
    total = 0.0
    for row, target in enumerate(found.targets):
        places = [place for place, song in enumerate(found.songs[row]) if song != NO_SONG]
        if target == NO_TARGET or len(places) < 2:
            continue
        sums = [math.fsum(weights * found.values[row, place]) for place in places]
        chosen = math.fsum(weights * found.values[row, target])
        total -= chosen - math.log(math.fsum(math.exp(one) for one in sums))
    for weight, start in zip(weights, given, strict=True):
        total += ((weight - start) / (spread * max(abs(start), 0.3))) ** 2 / 2
    return total


def test_it_finds_the_weights_that_made_the_choices() -> None:
    weights = fit(made_up(5000, [1.0, -0.5, 0.0]), score(0, 0, 0), held(9))
    found = list(weights.values())
    assert found == pytest.approx([1, -0.5, 0], abs=0.05)
    assert [round(one, 4) for one in found] == found != [round(one, 3) for one in found]


def test_it_is_the_minimum_of_the_loss_as_it_is_defined() -> None:
    found = made_up(40, [1.0, -0.5])
    found.songs[::3, 15:] = NO_SONG
    found.targets[found.targets >= 15] = 2
    found.targets[:5] = NO_TARGET
    start = np.array([0.6, 0.2])
    best = minimize(lambda w: slow_loss(found, w, start, 0.7), start, method="Nelder-Mead").x
    assert list(fit(found, score(*start), held(0.7)).values()) == pytest.approx(best, abs=1e-3)


def test_its_derivatives_are_those_of_the_loss() -> None:
    found, given, weights = made_up(30, [1.0, -0.5, 0.2]), np.array([0.6, 0.0, -2.0]), np.ones(3)
    values = found.values.astype(np.float64)
    loss = fitting._Loss(values, found.left, found.targets, given, 0.7)
    assert loss.value(weights) == pytest.approx(slow_loss(found, weights, given, 0.7))
    for place, step in enumerate(np.eye(3) * 1e-5):
        slope = loss.value(weights + step) - loss.value(weights - step)
        assert loss.gradient(weights)[place] == pytest.approx(slope / 2e-5, rel=1e-6)
        bend = loss.gradient(weights + step) - loss.gradient(weights - step)
        assert loss.hessian(weights)[place] == pytest.approx(bend / 2e-5, rel=1e-6)


def test_few_queries_leave_the_weights_where_they_are() -> None:
    given, truth = score(1, 1), [0.0, -1.0]
    apart = [
        abs(np.array(list(fit(made_up(queries, truth), given, held(0.3)).values())) - truth).max()
        for queries in (1, 30, 3000)
    ]
    assert apart[0] > apart[1] > apart[2]
    assert apart[0] > 1.5
    assert apart[2] < 0.1


def test_a_query_whose_target_is_not_compared_changes_nothing() -> None:
    found = made_up(50, [1.0, 0.2])
    found.targets[25:] = NO_TARGET
    first_half = np.arange(50) < 25
    assert fit(found, score(0, 0), held(1)) == fit(found[first_half], score(0, 0), held(1))
    nothing = Choices(found.values, found.songs, np.full(50, NO_TARGET), found.playlists)
    assert fit(nothing, score(0.25, 4), held(1)) == {"part0": 0.25, "part1": 4}


def test_weights_stay_where_too_few_queries_have_their_target_among_the_songs() -> None:
    found, given = made_up(50, [1.0, 0.2]), score(0.25, 4)
    found.targets[:10] = NO_TARGET
    found.songs[10:13, 1:] = NO_SONG  # nothing to choose from
    found.targets[10:13] = 0
    assert fit(found, given, held(1, least=38)) == given.weights
    assert fit(found, given, held(1, least=37)) == fit(found, given, held(1)) != given.weights


def test_a_part_that_is_the_same_for_all_songs_keeps_its_weight() -> None:
    found = made_up(50, [1.0, 0.0])
    found.values[:, :, 1] = 3
    assert fit(found, score(0, 4), held(1))["part1"] == 4


@given(st.data())
def test_what_is_compared_are_the_first_songs_whatever_the_target(data: st.DataObject) -> None:
    space, setting = data.draw(spaces()), data.draw(settings)
    pairs, counts = data.draw(song_pairs(len(space))), data.draw(song_counts(len(space)))
    asked = data.draw(st.lists(histories(len(space)), min_size=1, max_size=4))
    targets = np.array([data.draw(st.integers(0, len(space))) for _ in asked], np.int32)
    index = build_index(space, pairs, counts, setting)
    queries = Queries(Histories.of(asked), targets)
    found = choices(index, queries, 5)
    places = ranks(index, queries)
    assert np.where(places < 5, places, NO_TARGET).tolist() == found.targets.tolist()
    other = choices(index, Queries(queries.histories, (targets + 1) % len(space)), 5)
    assert (found.songs == other.songs).all()
    assert (found.values == other.values).all()
    known = [any(song < len(space) for song in history) for history in asked]
    again = found.ranks(setting.weights)
    for row in np.flatnonzero(known):
        close = np.sort(index.score(queries.histories[slice(row, row + 1)])[0])[::-1]
        apart = np.abs(np.diff(close[np.isfinite(close)]))
        if (apart > 1e-3).all():
            assert again[row] == (places[row] if places[row] < 5 else NOT_RANKED)


def test_deviations_compare_parts_that_vary() -> None:
    # the third song is none; the second part is the same for all
    values = np.array([[[1, 5], [3, 5], [99, 99]]], np.float32)
    songs = np.array([[0, 1, NO_SONG]])
    found = Choices(values, songs, np.array([0]), np.array([0]))
    assert found.deviations.tolist() == [1, 1]  # 1 and 3 are 1 from their mean
    doubled = Choices(2 * values, songs, np.array([0]), np.array([0]))
    assert doubled.deviations.tolist() == [2, 1]
    halved = Choices(values / 2, songs, np.array([0]), np.array([0]))
    assert halved.deviations.tolist() == [0.5, 1]
    assert found[np.zeros(0, np.int64)].deviations.tolist() == [1, 1]


def test_targets_of_every_block_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Queries(Histories.of([[0], [1], [2], [3], [4]]), np.array([1, 2, 3, 4, 5], np.int32))
    whole = choices(few_songs.index(), asked, few_songs.SONGS)
    blocks = fitting.blocks
    monkeypatch.setattr(fitting, "blocks", lambda *given: blocks(*given[:2], few_songs.TWO_ROWS))
    apart = choices(few_songs.index(), asked, few_songs.SONGS)
    assert apart.songs.tolist() == whole.songs.tolist()
    assert apart.targets.tolist() == whole.targets.tolist()
    assert apart.values == pytest.approx(whole.values, abs=1e-5)
