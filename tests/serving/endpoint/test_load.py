"""Clients that ask while the endpoint is updated twice, and a third model is rejected between."""

import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from rollout_support import rollout_of

from next_song.errors import EndpointError
from next_song.parameters import Deployment
from next_song.serving.archive import ModelArchive
from next_song.serving.endpoint.aws import client
from next_song.serving.endpoint.query import ask
from next_song.serving.endpoint.smoke import smoke_of

REQUESTS = int(os.environ.get("REQUESTS", "2000"))  # `make rollout-faults` sends 20,000
CLIENTS = 32
HISTORY = ["song 3", "song 1"]
FIRST, SECOND, REJECTED, LAST = 1, 2, 3, 4


def test_no_answer_fails_or_is_of_the_rejected_model(
    stored: Callable[[int], ModelArchive],
    settings: Deployment,
    capsys: pytest.CaptureFixture[str],
) -> None:
    seeds = (FIRST, SECOND, REJECTED, LAST)
    rollouts = {seed: rollout_of(stored(seed), settings) for seed in seeds}
    smokes = {seed: smoke_of(stored(seed))[0] for seed in seeds}  # not in threads
    smokes[REJECTED].answers[0]["scores"][0] += 1
    rollouts[FIRST].run(smokes[FIRST])
    scores = [stored(seed).answer([HISTORY])["scores"][0] for seed in seeds]
    runtime, done = client("sagemaker-runtime"), threading.Event()

    def change() -> None:
        rollouts[SECOND].run(smokes[SECOND])
        with pytest.raises(EndpointError, match="to the smoke query"):
            rollouts[REJECTED].run(smokes[REJECTED])
        rollouts[LAST].run(smokes[LAST])

    def one(number: int) -> tuple[int, float]:
        if number > REQUESTS * 0.95:
            done.wait()
        started = time.monotonic()
        found = ask("tested", [HISTORY], runtime)[0]["scores"]
        seconds = time.monotonic() - started
        (model,) = [n for n, row in enumerate(scores) if np.allclose(found, row, atol=1e-5)]
        return seeds[model], seconds

    with ThreadPoolExecutor(CLIENTS) as pool, ThreadPoolExecutor(1) as changes:
        changing = changes.submit(change)
        changing.add_done_callback(lambda _: done.set())
        answers = list(pool.map(one, range(REQUESTS)))
    changing.result()
    models = [model for model, _ in answers]
    assert {FIRST, LAST} <= set(models) <= {FIRST, SECOND, LAST}
    assert set(models[int(REQUESTS * 0.95) + CLIENTS + 1 :]) == {LAST}
    p99 = 1000 * np.quantile([seconds for _, seconds in answers], 0.99)
    counts = {seed: models.count(seed) for seed in seeds}
    with capsys.disabled():
        print(f"\n{REQUESTS} requests of {CLIENTS} clients: {counts}, p99 {p99:.0f} ms")  # noqa: T201
