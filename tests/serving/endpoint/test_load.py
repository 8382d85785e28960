"""Clients that ask while the endpoint is updated twice, and a third model is rejected between."""

import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import click
import numpy as np
import pytest
from botocore.config import Config
from rollout_support import rollout_of

from next_song.errors import EndpointError
from next_song.parameters import Deployment
from next_song.serving.archive import ModelArchive
from next_song.serving.endpoint.aws import RETRIES, client
from next_song.serving.endpoint.query import ask
from next_song.serving.endpoint.smoke import smoke_of

pytestmark = pytest.mark.slow

REQUESTS = int(os.environ.get("REQUESTS", "2000"))  # at least; `make rollout-faults` sends 20,000
PAUSE = 1000 / REQUESTS  # seconds between two requests of a client
CLIENTS = 32
POOL = RETRIES.merge(Config(max_pool_connections=CLIENTS))
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
    runtime, done = client("sagemaker-runtime", POOL), threading.Event()

    def change() -> None:
        rollouts[SECOND].run(smokes[SECOND])
        with pytest.raises(EndpointError, match="to the smoke query"):
            rollouts[REJECTED].run(smokes[REJECTED])
        rollouts[LAST].run(smokes[LAST])

    def ask_on(_: int) -> list[tuple[int, float]]:
        """Model and seconds of each answer to one client, which asks until all is changed."""
        answers = []
        while not done.is_set() or len(answers) < REQUESTS / CLIENTS:
            started = time.monotonic()
            found = ask("tested", [HISTORY], runtime)[0]["scores"]
            seconds = time.monotonic() - started
            (model,) = [n for n, row in enumerate(scores) if np.allclose(found, row, atol=1e-5)]
            answers.append((seeds[model], seconds))
            time.sleep(PAUSE)
        return answers

    with ThreadPoolExecutor(CLIENTS + 1) as pool:
        changing = pool.submit(change)
        changing.add_done_callback(lambda _: done.set())
        answers = [answer for some in pool.map(ask_on, range(CLIENTS)) for answer in some]
    changing.result()
    models = [model for model, _ in answers]
    assert set(models) - {LAST} == {FIRST, SECOND}
    assert ask("tested", [HISTORY], runtime)[0]["scores"] == pytest.approx(scores[-1], abs=1e-5)
    p99 = 1000 * np.quantile([seconds for _, seconds in answers], 0.99)
    counts = {seed: models.count(seed) for seed in seeds}
    with capsys.disabled():
        click.echo(f"\n{len(answers)} requests of {CLIENTS} clients: {counts}, p99 {p99:.0f} ms")
