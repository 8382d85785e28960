"""Cross-fitting: no query is answered with weights that its own target helped to choose."""

import numpy as np
import pytest

from next_song.evaluation import cross_fitting
from next_song.evaluation.cross_fitting import (
    card_of_weights,
    compared,
    cross_fitted_ranks,
    fitted,
    halves,
    worth,
)
from next_song.evaluation.metrics import Metric
from next_song.parameters import Protocol
from next_song.retrieval.definition import Index, build_index
from next_song.retrieval.fitting import NO_TARGET, Choices, fit
from next_song.retrieval.queries import Queries, queries_of
from next_song.retrieval.ranking import ranks
from next_song.retrieval.setting import Retrieval, Score
from next_song.retrieval.song_pairs import NO_PAIRS
from next_song.retrieval.song_space import SongSpace

SONGS, LISTS = 30, 120
PROTOCOL = Protocol(
    targets="every",
    repeats=False,
    k=[1, 5],
    max_validation_queries=999,
    looks=1,
    seed=5,
    scores_mib=1,
)
METRIC = Metric("hit_rate", 5)
RETRIEVAL = Retrieval.model_validate(
    {
        "weights": "fitted",
        "fit": {"queries": 999, "least": 1, "candidates": 20, "spread": 1},
        "parts": {
            "space": {"kind": "vectors", "decay": 0.5, "weight": 1},
            "plays": {"kind": "songs", "of": "plays", "weight": 1},
        },
    }
)


def index() -> Index:
    """Songs on a circle: each target vector stands where the next song is looked for."""
    angles = 2 * np.pi * np.arange(SONGS) / SONGS
    vectors = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    space = SongSpace(vectors, np.roll(vectors, 1, axis=0), np.arange(SONGS, 0, -1))
    score = RETRIEVAL.score(repeats=False)
    return build_index(space, NO_PAIRS, np.zeros((2, SONGS)), score)


def queries() -> Queries:
    """Playlists that go on along the circle, two songs at a time."""
    random = np.random.default_rng(3)
    firsts = random.integers(0, SONGS, LISTS)[:, None]
    songs = ((firsts + 2 * np.arange(5)) % SONGS).astype(np.int32)
    offsets = 5 * np.arange(LISTS + 1)
    return queries_of(songs.ravel(), offsets, np.zeros(LISTS, np.int64), "every")


def test_a_playlist_is_in_one_half_with_all_of_its_queries() -> None:
    asked = queries()
    half = halves(asked.histories.starts, seed=5)
    for start in np.unique(asked.histories.starts):
        assert len(set(half[asked.histories.starts == start])) == 1
    assert 0.3 < half.mean() < 0.7
    assert (half != halves(asked.histories.starts, seed=2)).any()


@pytest.mark.parametrize("number", [0, 1])
def test_targets_of_a_half_do_not_change_the_weights_it_is_asked_with(number: int) -> None:
    model, asked = index(), queries()
    half = halves(asked.histories.starts, PROTOCOL.seed)
    other = asked.targets.copy()
    other[half == number] = (other[half == number] + 7) % SONGS
    changed = Queries(asked.histories, other)

    def weights(given: Queries) -> list[float]:
        found = compared(model, given, RETRIEVAL.fit, PROTOCOL.seed)
        kept = found[halves(found.playlists, PROTOCOL.seed) != number]
        return list(fitted(model, kept, RETRIEVAL).weights.values())

    assert weights(asked) == weights(changed)
    found = compared(model, asked, RETRIEVAL.fit, PROTOCOL.seed)
    places = cross_fitted_ranks(model, asked, found, RETRIEVAL, PROTOCOL)
    given = dict(zip(model.setting.parts, weights(asked), strict=True))
    used = model.weighted(model.setting.weighted(given))
    rows = np.flatnonzero(half == number)
    assert places[rows].tolist() == ranks(used, asked[rows]).tolist()


def test_fixed_weights_are_used_as_they_are() -> None:
    model, asked = index(), queries()
    places = cross_fitted_ranks(model, asked, None, RETRIEVAL, PROTOCOL)
    assert places.tolist() == ranks(model, asked).tolist()
    assert fitted(model, None, RETRIEVAL) == model.setting
    assert card_of_weights(model.setting, None)["standardised"] == model.setting.weights


def with_at_least(queries: int) -> Retrieval:
    return RETRIEVAL.model_copy(update={"fit": RETRIEVAL.fit.model_copy(update={"least": queries})})


def test_weights_stay_where_fewer_queries_than_the_least_are_known() -> None:
    model, asked = index(), queries()
    found = compared(model, asked, RETRIEVAL.fit, PROTOCOL.seed)
    known = int((found.targets != NO_TARGET).sum())
    few = with_at_least(known + 1)
    assert fitted(model, found, with_at_least(known)) != model.setting
    assert fitted(model, found, few) == model.setting
    places = cross_fitted_ranks(model, asked, found, few, PROTOCOL)
    assert places.tolist() == ranks(model, asked).tolist()
    told = worth(model, found, few, PROTOCOL, METRIC)
    best = METRIC.values(found.ranks(model.setting.weights)).mean()
    without = model.setting.without("plays")
    left = METRIC.values(found.without(1).ranks(without.weights)).mean()
    assert told["plays"] == pytest.approx(best - left)


def test_each_half_of_the_cross_fitting_counts_its_own_queries() -> None:
    model, asked = index(), queries()
    found = compared(model, asked, RETRIEVAL.fit, PROTOCOL.seed)
    known = found.targets != NO_TARGET
    sizes = np.bincount(halves(found.playlists, PROTOCOL.seed)[known])
    assert sizes[0] != sizes[1]
    more = int(np.argmax(sizes))  # only the larger half is enough to fit; the other is asked
    places = cross_fitted_ranks(model, asked, found, with_at_least(int(sizes.max())), PROTOCOL)
    half = halves(asked.histories.starts, PROTOCOL.seed)
    given = ranks(model, asked)
    fitted_ones = cross_fitted_ranks(model, asked, found, RETRIEVAL, PROTOCOL)
    assert places[half == more].tolist() == given[half == more].tolist()
    assert places[half != more].tolist() == fitted_ones[half != more].tolist()
    assert fitted_ones[half != more].tolist() != given[half != more].tolist()


def test_a_part_that_tells_is_worth_more_than_one_that_misleads() -> None:
    model, asked = index(), queries()
    found = compared(model, asked, RETRIEVAL.fit, PROTOCOL.seed)
    told = worth(model, found, RETRIEVAL, PROTOCOL, METRIC)
    assert told["space"] > 0.3 > abs(told["plays"])
    card = card_of_weights(fitted(model, found, RETRIEVAL), found)
    assert card["standardised"]["space"] > abs(card["standardised"]["plays"])
    assert cross_fitting.HALVES == (0, 1)


def test_the_worth_of_a_part_is_measured_with_the_weights_of_the_other_half() -> None:
    model, asked = index(), queries()
    half = halves(asked.histories.starts, PROTOCOL.seed)
    # one half goes along the circle, the other hears what is played most
    apart = Queries(asked.histories, np.where(half == 0, asked.targets, asked.targets % 3))
    found = compared(model, apart, RETRIEVAL.fit, PROTOCOL.seed)
    half = halves(found.playlists, PROTOCOL.seed)

    def figure(score: Score, kept: Choices, *, own: bool) -> float:
        hits = 0.0
        for number in (0, 1):
            weights = fit(kept[(half == number) == own], score, RETRIEVAL.fit)
            hits += METRIC.values(kept[half == number].ranks(weights)).sum()
        return hits / len(half)

    def expected(*, own: bool) -> float:
        without = figure(model.setting.without("plays"), found.without(1), own=own)
        return figure(model.setting, found, own=own) - without

    told = worth(model, found, RETRIEVAL, PROTOCOL, METRIC)["plays"]
    assert told == pytest.approx(expected(own=False))
    assert abs(told - expected(own=True)) > 0.1


@pytest.mark.parametrize(("most", "kept"), [(7, 7), (10**6, None)])
def test_no_more_queries_are_compared_than_asked_for(most: int, kept: int | None) -> None:
    asked = queries()
    found = compared(index(), asked, RETRIEVAL.fit.model_copy(update={"queries": most}), 1)
    assert len(found.targets) == (kept or len(asked))


def test_the_queries_that_are_compared_are_drawn_by_the_seed() -> None:
    few = RETRIEVAL.fit.model_copy(update={"queries": 20})
    drawn = [compared(index(), queries(), few, seed).playlists.tolist() for seed in (1, 2, 2)]
    assert drawn[0] != drawn[1] == drawn[2]
