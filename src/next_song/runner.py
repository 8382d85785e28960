"""A runner for `kedro run --runner=next_song.runner.LongestFirstRunner`."""

import os
from collections import Counter
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from math import prod
from multiprocessing import get_context
from typing import Any

from kedro.pipeline import Pipeline
from kedro.pipeline.node import Node
from kedro.runner import ParallelRunner
from kedro.runner.parallel_runner import ParallelRunnerManager
from kedro.runner.runner import AbstractRunner
from kedro.runner.task import Task

from next_song.guards.endings import end_with_parent, workers_end_at_an_error

FACTORS = ("vector_size", "window", "epochs", "negative")  # that a training's time grows with


class LongestFirstRunner(ParallelRunner):
    """Kedro's ParallelRunner, which starts the longest trainings first.

    Kedro takes the nodes that are ready from a set, in an order that changes from run to run. A
    large candidate that happens to start last runs alone at the end, on one processor.
    """

    def __init__(self, max_workers: int | None = None, is_async: bool = False) -> None:
        """Start the process for data in memory as Kedro does, but so that it ends with this one."""
        AbstractRunner.__init__(self, is_async=is_async)
        self._manager = ParallelRunnerManager()
        self._manager.start(initializer=end_with_parent)
        self._max_workers = self._validate_max_workers(max_workers)

    def _get_executor(self, max_workers: int) -> ProcessPoolExecutor:
        """Returns Kedro's pool.

        Its workers end with this process, also those that have no node yet: a worker that stayed
        would hold the pipes open by which the others notice.
        """
        context = get_context(os.environ.get("KEDRO_MP_CONTEXT"))
        return ProcessPoolExecutor(max_workers, context, initializer=end_with_parent)

    def _run(
        self,
        pipeline: Pipeline,
        catalog: Any,
        hook_manager: Any = None,  # noqa: ARG002 - each process makes its own, as in Kedro
        run_id: str | None = None,
    ) -> None:
        self._validate_catalog(catalog)
        self._validate_nodes(pipeline.nodes)
        self._set_manager_datasets(catalog)
        loads = Counter(name for node in pipeline.nodes for name in node.inputs)
        waiting = sorted(pipeline.nodes, key=lambda node: -effort(node, catalog))
        done: set[Node] = set()
        total = len(waiting)
        running: set[Future[Node]] = set()
        workers = self._get_required_workers_count(pipeline)
        with self._get_executor(workers) as executor, workers_end_at_an_error():
            while waiting or running:
                ready = [n for n in waiting if pipeline.node_dependencies[n] <= done]
                waiting = [n for n in waiting if n not in ready]
                for node in ready:
                    task = Task(node, catalog, self._is_async, run_id=run_id, parallel=True)
                    running.add(executor.submit(task))
                ended, running = wait(running, return_when=FIRST_COMPLETED)
                for future in ended:
                    try:
                        done.add(node := future.result())
                    except Exception:
                        self._suggest_resume_scenario(pipeline, done, catalog)
                        raise
                    self._logger.info("Completed node: %s", node.name)
                    self._logger.info("Completed %d out of %d tasks", len(done), total)
                    self._release_datasets(node, catalog, loads, pipeline)


def effort(node: Node, catalog: Any) -> float:
    """Return how long a node trains, compared with others; 0 if it trains nothing."""
    name = next((name for name in node.inputs if name.endswith(".word2vec")), None)
    if name is None:
        return 0
    grid: dict[str, Any] = catalog.load(name).model_extra
    lists = {key: value if isinstance(value, list) else [value] for key, value in grid.items()}
    trials = prod(len(values) for values in lists.values())
    return float(trials * prod(max(lists[factor]) for factor in FACTORS))
