"""Scoring against what the processor can multiply, against the tutorial's way, and its memory."""

from pathlib import Path

import numpy as np
from gensim.models import KeyedVectors

from next_song.evaluation.cross_fitting import compared, fitted
from next_song.evaluation.rivals import as_published
from next_song.retrieval.queries import Histories, Queries
from next_song.retrieval.ranking import SCORES_MIB, Model, ranks, top_k
from next_song.retrieval.setting import Score
from speed.measure import Row, apart, peak_gib, side_by_side
from speed.spaces import Made, blended, retrieval, vectors

SONGS, DIMENSIONS, HISTORY = 60_000, 100, 10
MANY = 2_200_000
K = 20
GIB = 2**30


def questions(count: int, songs: int) -> Queries:
    """Random histories and targets."""
    random = np.random.default_rng(3)
    histories = Histories.of(random.integers(0, songs, (count, HISTORY)).tolist())
    return Queries(histories, random.integers(0, songs, count).astype(np.int32))


def with_hits(model: Model, asked: Queries) -> Queries:
    """The same, but every second target is an answer of the model: random ones are hardly ever."""
    answers, _ = top_k(model, asked.histories, K)
    asked.targets[::2] = answers[::2, K // 2]
    return asked


def product_rows(count: int) -> list[Row]:
    """The rate at which scores are made, beside that of bare products of the same blocks."""
    asked, made = questions(count, SONGS), Made.of(SONGS, DIMENSIONS)
    random = np.random.default_rng(4)
    left = random.standard_normal((count, DIMENSIONS), np.float32)
    right = random.standard_normal((DIMENSIONS, SONGS), np.float32)
    block = int(SCORES_MIB * 2**18 / SONGS)

    def products() -> None:
        for start in range(0, count, block):
            left[start : start + block] @ right

    def row(name: str, score: Score) -> Row:
        index = made.index(score)
        seconds = side_by_side(lambda: ranks(index, asked), products, 5)
        done = 2 * count * SONGS * DIMENSIONS / 1e9
        one, other = (done / spent for spent in seconds)
        part = f"scoring, {SONGS:,} songs, {DIMENSIONS} dimensions, {name}"
        return Row(part, "sgemm", "Gflop/s", one, other, 0.6, at_most=False)

    return [row("vectors", vectors()), row("vectors and pairs", blended())]


def tutorial_row(count: int) -> Row:
    """Ranks of many against gensim's most_similar, a call a query; the same hits."""
    made = Made.of(SONGS, DIMENSIONS)
    index = as_published(made.space, repeats=False)
    asked = with_hits(index, questions(count, SONGS))
    keyed = KeyedVectors(DIMENSIONS)
    keyed.add_vectors([str(song) for song in range(SONGS)], made.space.query_vectors)
    last = [str(asked.histories.songs[end - 1]) for end in asked.histories.ends]
    targets, found = [str(song) for song in asked.targets], []

    def calls() -> None:
        answers = (keyed.most_similar(song, topn=K) for song in last)
        found[:] = [target in dict(answer) for target, answer in zip(targets, answers, strict=True)]

    keyed.fill_norms()
    one, other = side_by_side(lambda: ranks(index, asked), calls, 3)
    assert found == (ranks(index, asked) < K).tolist()
    assert sum(found) >= count // 2
    part = f"scoring, {SONGS:,} songs, {DIMENSIONS} dimensions, as the tutorial"
    against = "most_similar, one by one"
    return Row(part, against, "queries/s", count / one, count / other, 15, at_most=False)


def fit_row(count: int) -> Row:
    """The fit of the weights, with its choice of songs to compare, against scoring once."""
    given, index = retrieval(), Made.of(SONGS, DIMENSIONS).index(blended())
    asked = with_hits(index, questions(count, SONGS))
    found = {}

    def fit() -> None:
        compared_songs = compared(index, asked, given.fit, seed=1)
        found["score"] = fitted(index, compared_songs, given)

    one, other = side_by_side(fit, lambda: ranks(index, asked), 3)
    assert found["score"].weights != index.setting.weights
    part = f"fit of {len(index.setting.parts)} weights, {count:,} queries, {SONGS:,} songs"
    return Row(part, "scoring these queries once", "s", one, other, None)


def held(count: int) -> tuple[float, float]:
    """GiB of the vectors and pairs, and the most that scoring held beside them."""
    made = Made.of(MANY)
    space, pairs = made.space, made.pairs
    parts = [space.query_vectors, space.target_vectors, *pairs.rates, pairs.others]
    given = sum(part.nbytes for part in parts) / GIB
    Path("/proc/self/clear_refs").write_text("5")
    ranks(made.index(blended()), questions(count, MANY))
    return given, peak_gib()


def memory_row(count: int) -> Row:
    """What scoring holds of 2.2 million songs, 64 dimensions."""
    given, most = apart(held, count).result
    part = f"scoring, {MANY:,} songs, 64 dimensions: memory beyond vectors and pairs"
    return Row(part, "nothing", "GiB", most - given, None, 2, note=f"{given:.2f} GiB of those")


def rows(folder: Path, quick: bool) -> list[Row]:
    """All of it; the row of memory takes millions of songs, and is left out when quick."""
    count = 2_000 if quick else 20_000
    made = [*product_rows(count), tutorial_row(count // 10), fit_row(count // 5)]
    return made if quick else [*made, memory_row(count // 20)]
