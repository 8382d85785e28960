"""The exported model: size, loading, one query at 100,000 songs, batches of 32 at 2.2 million."""

import gc
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from next_song.parameters import Precision
from next_song.retrieval.definition import Index
from next_song.retrieval.queries import Histories
from next_song.retrieval.ranking import top_k
from next_song.retrieval.setting import Score
from next_song.serving.archive import ModelArchive
from next_song.serving.arrays import used_rates
from next_song.serving.endpoint.limits import LOADED, SCORES
from speed.answers import Answer, bare, compared, in_turns
from speed.measure import Row, apart, peak_gib
from speed.spaces import DIMENSIONS, Made, blended, check, model_bytes, vectors

MODELS: dict[str, tuple[Callable[[], Score], Precision]] = {
    "vectors": (vectors, "float32"),
    "vectors and pairs": (blended, "float32"),
    "vectors and pairs, float16": (blended, "float16"),
}
NUMPY = "product and argpartition in NumPy"
TENSORFLOW = "product and top_k in TensorFlow"


def rows(_: Path, quick: bool) -> list[Row]:
    """Measure the model as it is shipped; raises ValueError if it answers otherwise than NumPy."""
    one = apart(served, 100_000, 1, 20, 10 if quick else 50).result
    most = 200_000 if quick else 2_200_000
    many = apart(served, most, 32, 3, 2 if quick else 5).result
    loads = [row for songs in (100_000, most) for row in apart(loading, songs).result]
    made = apart(sizes, 20_000 if quick else 100_000).result
    return [*made, *loads, *of_one(one), *of_many(many)]


def sizes(songs: int) -> list[Row]:
    """Rows of the exported folder's size."""
    made, mb = Made.of(songs), 1e6
    matrix = songs * DIMENSIONS * 4 / mb
    result = []
    for name, (score, precision) in MODELS.items():
        index = made.index(score())
        size = model_bytes(made.export(index, precision)) / mb
        part = f"archive, {songs:,} songs, {name}"
        result.append(Row(part, "raw float32 target matrix", "MB", size, matrix, None))
        if precision == "float32":
            raw = sum(one.nbytes for one in needed(index)) / mb
            result.append(Row(part, "all raw arrays it needs", "MB", size, raw, 1.15))
    return result


def loading(songs: int) -> list[Row]:
    """Rows of seconds and memory until the first answer, of the model with song pairs."""
    made = Made.of(songs)
    archive, asked = made.export(made.index(blended())), made.ids[made.histories(32)]
    del made
    size = sum(file.stat().st_size for file in archive.model.rglob("*") if file.is_file()) / 2**30
    ours, memory, batch = apart(load, archive.model, asked, "session").result
    theirs, _, _ = apart(load, archive.model, asked, "eager").result
    scores = 32 * songs * 4 / 2**30  # float32
    part = f"loading {songs:,} songs in a session"
    goal = LOADED["float32"] if songs > 10**6 else None  # a fixed part outweighs few songs
    return [
        Row(f"{part}, first answer", "tf.saved_model.load", "s", ours, theirs, None),
        Row(f"{part}, memory", "its files", "GiB", memory, size, goal),
        Row(f"{part}, memory of 32 queries", "their scores", "GiB", batch, scores, SCORES),
    ]


def load(model: Path, asked: Any, way: str) -> tuple[float, float, float]:
    """Seconds until the first answer, GiB that the model takes, and GiB more for all questions."""
    import tensorflow as tf

    from next_song.serving.saved_model import ServedModel

    before, started = peak_gib(), time.perf_counter()
    if way == "session":
        ask: Answer = ServedModel(model)
    else:
        loaded = tf.saved_model.load(str(model))
        ask = loaded.signatures["serving_default"]
        asked = tf.constant(asked)
    ask(asked[:1])
    taken, held = time.perf_counter() - started, peak_gib()
    ask(asked)
    return taken, held - before, peak_gib() - held


def needed(index: Index) -> list[Any]:
    """What no model can do without: both matrices, and the pairs with the rates that count."""
    arrays = [index.query_units, index.target_units]
    if rates := used_rates(index.setting):
        arrays += [index.pairs.others, *index.pairs.rates[: len(rates)]]
    return arrays


def served(songs: int, batch: int, batches: int, rounds: int) -> dict[str, Any]:
    """What `timed` gives for each model, and the peak of memory."""
    made = Made.of(songs)
    result: dict[str, Any] = {"songs": songs}
    for name, (score, precision) in MODELS.items():
        parts = np.split(made.histories(batch * batches), batches)
        result[name], result[f"hits, {name}"] = timed(made, score(), precision, parts, rounds)
        gc.collect()  # TensorFlow's functions refer to themselves: two models would be held
    return result | {"peak": peak_gib()}


def timed(
    made: Made, score: Score, precision: Precision, parts: list[Any], rounds: int
) -> tuple[Any, float]:
    """Seconds of the model and of the bare ways, in turns; and its hit rate."""
    index = made.index(score)
    ask = asking(made.export(index, precision))
    asked = np.vstack(parts)[:32]
    check(index, asked, made.ids, ask(made.ids[asked]), precision)
    numpy, tensorflow = bare(index, len(parts[0]))
    ways = [(ask, None), (tensorflow, None), (numpy, None), (numpy, 1)]
    times = in_turns(ways, [made.ids[part] for part in parts], rounds)
    return times, hit_rate(index, made, ask)


def asking(archive: ModelArchive) -> Answer:
    """The signature that is served, in a session as TensorFlow Serving runs it."""
    from next_song.serving.saved_model import ServedModel

    return ServedModel(archive.model)


def hit_rate(index: Index, made: Made, ask: Answer, queries: int = 320) -> float:
    """Share of targets among the first 20, where targets are songs that belong at 1 to 40."""
    asked = made.histories(queries)
    places = np.random.default_rng(4).integers(0, 40, queries)
    targets = top_k(index, Histories.of(asked.tolist()), 40)[0][np.arange(queries), places]
    answers = [ask(made.ids[part])["song_ids"] for part in np.split(asked, queries // 32)]
    wanted = np.array([name.encode() for name in made.ids[targets]], object)
    return float((np.vstack(answers)[:, :20] == wanted[:, None]).any(axis=1).mean())


def of_one(found: dict[str, Any]) -> list[Row]:
    """Rows of one query."""
    result = []
    for name, goals in zip(MODELS, [(1.5, 3), (1.5, 3), (None, None)], strict=True):
        part = f"one query, {found['songs']:,} songs, {name}"
        for share, goal in zip((50, 99), goals, strict=True):
            ours, tensorflow, numpy = compared(found[name], share)
            unit = f"ms, p{share}"
            result.append(Row(part, NUMPY, unit, ours, numpy, goal))
            result.append(Row(part, TENSORFLOW, unit, ours, tensorflow, goal))
    return result


def of_many(found: dict[str, Any]) -> list[Row]:
    """Rows of batches."""
    result = []
    for name in MODELS:
        part = f"32 queries, {found['songs']:,} songs, {name}"
        ours, tensorflow, numpy = compared(found[name], 50)
        note = f"peak of all, {found['peak']:.1f} GiB" if name == "vectors" else ""
        result.append(Row(part, NUMPY, "ms", ours, numpy, 1.5, note=note))
        result.append(Row(part, TENSORFLOW, "ms", ours, tensorflow, 1.5))
    hits = [found[f"hits, {name}"] for name in ("vectors and pairs, float16", "vectors and pairs")]
    part = f"{found['songs']:,} songs, float16: targets in the first 20"
    return [*result, Row(part, "float32", "hit rate", *hits, 0.99, at_most=False)]
