"""Scoring against what the processor can multiply, against the tutorial's way, and its memory."""

from pathlib import Path

import numpy as np
from gensim.models import KeyedVectors
from scipy.sparse import csr_array

from next_song.grid import base_parameters
from next_song.parameters import Retrieval, RetrievalGrid
from next_song.retrieval.definition import build_index
from next_song.retrieval.queries import Histories, Queries
from next_song.retrieval.ranking import SCORES_MIB, ranks, ranks_each, top_k
from next_song.retrieval.song_space import Ints
from speed.measure import Row, apart, peak_gib, side_by_side
from speed.spaces import Made

SONGS, DIMENSIONS, HISTORY = 60_000, 100, 10
MANY = 2_200_000
K = 20
TUTORIAL = Retrieval(decay=0, target="input", popularity=0, followers=0, repeats=False)
VECTORS = Retrieval(decay=0.8, target="output", popularity=0.02, followers=0, repeats=False)
BLENDED = VECTORS.model_copy(update={"followers": 0.5})
GIB = 2**30


def questions(count: int, songs: int) -> Queries:
    """Random histories and targets."""
    random = np.random.default_rng(3)
    histories = Histories.of(random.integers(0, songs, (count, HISTORY)).tolist())
    return Queries(histories, random.integers(0, songs, count).astype(np.int32))


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

    def row(name: str, retrieval: Retrieval) -> Row:
        index = build_index(made.space, made.followers, retrieval)
        seconds = side_by_side(lambda: ranks(index, asked), products, 5)
        done = 2 * count * SONGS * DIMENSIONS / 1e9
        one, other = (done / spent for spent in seconds)
        part = f"scoring, {SONGS:,} songs, {DIMENSIONS} dimensions, {name}"
        return Row(part, "sgemm", "Gflop/s", one, other, 0.6, at_most=False)

    return [row("vectors", VECTORS), row("vectors and followers", BLENDED)]


def grid() -> list[Retrieval]:
    """The retrieval settings of conf/base."""
    return RetrievalGrid.model_validate(base_parameters()["retrieval"]).settings(repeats=False)


def tutorial_rows(count: int) -> list[Row]:
    """Ranks of many against gensim's most_similar, a call a query; the same hits."""
    made, asked, settings = Made.of(SONGS, DIMENSIONS), questions(count, SONGS), grid()
    index = build_index(made.space, csr_array((1, 1)), TUTORIAL)
    vectors = KeyedVectors(DIMENSIONS)
    vectors.add_vectors([str(song) for song in range(SONGS)], made.space.query_vectors)
    last = [str(asked.histories.songs[end - 1]) for end in asked.histories.ends]
    # random targets are hardly ever found: every second is one of the answer
    answers, _ = top_k(index, asked.histories, K)
    asked.targets[::2] = answers[::2, K // 2]
    targets, found = [str(song) for song in asked.targets], []
    places: list[Ints] = []

    def calls() -> None:
        answers = (vectors.most_similar(song, topn=K) for song in last)
        found[:] = [target in dict(answer) for target, answer in zip(targets, answers, strict=True)]

    def candidate() -> None:
        places[:] = ranks_each(made.space, made.followers, settings, asked)

    vectors.fill_norms()
    one, other = side_by_side(lambda: ranks(index, asked), calls, 3)
    every, once = side_by_side(candidate, calls, 3)
    assert found == (ranks(index, asked) < K).tolist()
    assert found == (places[settings.index(TUTORIAL)] < K).tolist()
    assert sum(found) >= count // 2
    part = f"scoring, {SONGS:,} songs, {DIMENSIONS} dimensions"
    against, unit = "most_similar, one by one", "queries/s"
    all_settings = f"{part}: a query with each of the {len(settings)} settings"
    return [
        Row(part, against, unit, count / one, count / other, 15, at_most=False),
        Row(all_settings, against, unit, count * len(settings) / every, count / once, 15, False),
    ]


def held(count: int) -> tuple[float, float]:
    """GiB of the vectors and followers, and the most that scoring held beside them."""
    made = Made.of(MANY)
    space, table = made.space, made.followers
    parts = [space.query_vectors, space.target_vectors, table.data, table.indices]
    given = sum(part.nbytes for part in parts) / GIB
    Path("/proc/self/clear_refs").write_text("5")
    ranks(build_index(space, table, BLENDED), questions(count, MANY))
    return given, peak_gib()


def memory_row(count: int) -> Row:
    """What scoring holds of 2.2 million songs, 64 dimensions."""
    given, most = apart(held, count).result
    part = f"scoring, {MANY:,} songs, 64 dimensions: memory beyond vectors and followers"
    return Row(part, "nothing", "GiB", most - given, None, 2, note=f"{given:.2f} GiB of those")


def rows(folder: Path, quick: bool) -> list[Row]:
    """All of it."""
    count = 2_000 if quick else 20_000
    return [*product_rows(count), *tutorial_rows(count // 10), memory_row(count // 20)]
