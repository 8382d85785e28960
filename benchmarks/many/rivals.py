"""Answers of another library: `python rivals.py NAME FOLDER HELD_OUT K`.

It needs implicit and rectools, and nothing of next-song, whose versions of NumPy and pandas may
differ. FOLDER/histories.npz has the histories, the first HELD_OUT of them held out. The answers go
to FOLDER/NAME.npy, (q, k) song numbers, and what they cost to standard output.
"""

import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

BLOCK = 4096  # users at once


def item_knn() -> Any:
    from implicit.nearest_neighbours import CosineRecommender

    return CosineRecommender(K=100)


def als() -> Any:
    from implicit.als import AlternatingLeastSquares

    return AlternatingLeastSquares(factors=64, iterations=10, random_state=1)


def implicit(make: Callable[[], Any], histories: Any, held_out: int, k: int) -> Iterator[Any]:
    """Learns from the playlists that are not held out; answers all as users that it never saw."""
    model = make()
    model.fit(histories[held_out:], show_progress=False)
    yield
    again = {"recalculate_user": True} if make is als else {}
    for start in range(0, histories.shape[0], BLOCK):
        rows = histories[start : start + BLOCK]
        yield model.recommend(np.arange(rows.shape[0]), rows, N=k, **again)[0]


def rectools(make: Callable[[], Any], histories: Any, held_out: int, k: int) -> Iterator[Any]:
    """Learns from all histories, since it answers only users that it has learned from."""
    import pandas as pd
    from rectools.dataset import Dataset
    from rectools.models import ImplicitALSWrapperModel, ImplicitItemKNNWrapperModel

    users, items = histories.nonzero()
    columns = {"user_id": users, "item_id": items, "weight": 1.0, "datetime": "2020-01-01"}
    dataset = Dataset.construct(pd.DataFrame(columns))
    wrapper = ImplicitALSWrapperModel if make is als else ImplicitItemKNNWrapperModel
    model = wrapper(make()).fit(dataset)
    yield
    every = np.arange(histories.shape[0])
    found = model.recommend(users=every, dataset=dataset, k=k, filter_viewed=True)
    answers = np.full((len(every), k), -1)
    answers[found["user_id"], found["rank"] - 1] = found["item_id"]
    yield answers


WAYS = {
    "implicit, item-kNN": (implicit, item_knn),
    "implicit, ALS": (implicit, als),
    "RecTools, item-kNN of implicit": (rectools, item_knn),
    "RecTools, ALS of implicit": (rectools, als),
}


def main(name: str, folder: Path, held_out: int, k: int) -> None:
    """Learn, answer and write."""
    from scipy.sparse import csr_matrix, load_npz

    way, make = WAYS[name]
    steps = way(make, csr_matrix(load_npz(folder / "histories.npz")), held_out, k)
    started = time.perf_counter()
    next(steps)
    learned, cpu = time.perf_counter(), time.process_time()
    answers = np.concatenate([*steps])
    cost = {"learning": learned - started, "seconds": time.perf_counter() - learned}
    cost["cpu"] = time.process_time() - cpu
    lines = Path("/proc/self/status").read_text().splitlines()
    held = next(line for line in lines if line.startswith("VmHWM"))
    cost["peak_gib"] = int(held.split()[1]) / 2**20
    np.save(folder / f"{name}.npy", answers)
    print(json.dumps(cost))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
