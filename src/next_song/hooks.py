"""What the project adds to a Kedro run: checks before it, and a summary or one line after it."""

import logging
import os
import re
import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from kedro.framework.context import KedroContext
from kedro.framework.hooks import hook_impl
from kedro.pipeline.node import Node

from next_song import grid, progress, sql
from next_song.datasets.files import (
    from_folder,
    local_path,
    own_temporary_files,
    share_temporary_files,
)
from next_song.errors import InputError
from next_song.guards.claims import Claims
from next_song.guards.configuration import checked
from next_song.guards.endings import Signals, end_with_parent
from next_song.guards.failures import one_line
from next_song.guards.places import HISTORIES, check_histories, check_spill, check_start
from next_song.guards.provenance import INPUT, START, Provenance
from next_song.guards.records import Record, files_version
from next_song.terminal import log

if TYPE_CHECKING:
    from next_song.progress.bars import Bars

logger = logging.getLogger(__name__)

TRAINS = re.compile(r"(modeling|selection)\.")
ONE_CONNECTION = (
    "run: found {}; expected nodes that run one after the other in a process, since its DuckDB "
    "connection serves one thread: leave it out, or use "
    "--runner=next_song.runner.LongestFirstRunner for several processes"
)
ANSWERS = "recommendations"  # the data set whose place `output` names
ROOT = "NEXT_SONG_DATA_ROOT"  # what the processes of a run know the folder by


class ProjectHooks:
    """The hooks that settings.py registers."""

    _bars: "Bars | None" = None
    _started = 0.0
    _threaded: list[str]
    _spill: str | None = None
    _project: Path

    def __init__(self) -> None:
        self._claims, self._answers = Claims(), Claims("output")
        self._signals = Signals(self._end, self._give_up)
        self._made: dict[str, Record] = {}  # by node, of those that this process runs

    @hook_impl
    def after_context_created(self, context: KedroContext) -> None:
        """Check all parameters before anything runs, and set DuckDB's. Raises InputError."""
        log.set_up()
        grid.use_conf_source(str(context.config_loader.conf_source))
        raw = checked(context)
        sql.configure(raw["duckdb"])
        self._spill = raw["duckdb"]["temp_directory"]
        self._project = context.project_path
        os.environ[ROOT] = from_folder(self._project, str(raw.get("data_root", "data")))
        self._threaded = [n for n, one in raw["modeling"].items() if _threads(one["word2vec"]) > 1]

    @hook_impl
    def before_pipeline_run(self, run_params: dict[str, Any], pipeline: Any, catalog: Any) -> None:
        """Claim what the run writes, check what it reads, and let long work show its progress.

        Raises InputError.
        """
        from next_song.progress.bars import on_terminal

        if "ThreadRunner" in run_params["runner"]:
            raise InputError(ONE_CONNECTION.format("--runner=ThreadRunner"))
        check_spill(self._spill)
        root, read = os.environ[ROOT], _data_sets(pipeline.inputs())
        if HISTORIES in (run_params["runtime_params"] or {}):
            check_histories(pipeline.all_outputs())
            read -= {HISTORIES}  # a file of another folder, whose record is there
        used = read | {*pipeline.all_outputs()}
        self._claims.take(root, pipeline.all_outputs(), read | _shared_files(used))
        try:
            if ANSWERS in pipeline.all_outputs():
                self._claim_output((run_params["runtime_params"] or {}).get("output"))
            if run_params["only_missing_outputs"]:  # what is there is read, or kept as it is
                read |= {name for name in pipeline.all_outputs() if catalog.exists(name)}
            Provenance(root).check(read, catalog.load, lambda: _input_version(run_params, catalog))
            if START in pipeline.inputs():
                check_start(catalog.load(START))
            self._signals.watch()
            self._say_if_threaded(pipeline)
            self._close_bars()  # of a run that was interrupted
            self._bars, self._started = on_terminal(), time.monotonic()
        except BaseException as error:
            self._end()
            if told := one_line(error):
                raise told from None
            raise

    @hook_impl
    def before_dataset_loaded(self) -> None:
        """Settle in this process; DuckDB opens its connection when the first input is loaded."""
        # first: when the run is killed, only folders that exist by then are removed
        own_temporary_files()
        end_with_parent()

    @hook_impl
    def before_node_run(
        self, node: Node, catalog: Any, inputs: dict[str, Any], is_async: bool
    ) -> None:
        """Tell this process which node its progress belongs to, and keep what the node read."""
        if is_async:
            raise InputError(ONE_CONNECTION.format("--async"))
        progress.begin(node.name)
        trains = "songs" in inputs and any(name.endswith(".word2vec") for name in inputs)
        if trains and not inputs.get(START):  # else the plays of the archive count, too
            from next_song.pipelines.modeling.search import check_min_counts

            check_min_counts(catalog, inputs["songs"])
        if root := os.environ.get(ROOT):  # a runner may be used without a session
            made = Provenance(root).made(node, inputs)
            if self._threaded and TRAINS.match(node.name):  # the same parameters make others
                made = replace(made, params=made.params | {"made": uuid4().hex})
            self._made[node.name] = made

    @hook_impl
    def before_dataset_saved(self, dataset_name: str, node: Node) -> None:
        """Record that there may be the earlier version of a data set or the new one."""
        if node.name in self._made:
            Provenance(os.environ[ROOT]).begin(dataset_name, self._made[node.name])

    @hook_impl
    def after_dataset_saved(self, dataset_name: str, node: Node) -> None:
        """Record what the new version was made from."""
        if node.name in self._made:
            Provenance(os.environ[ROOT]).end(dataset_name, self._made[node.name])

    @hook_impl
    def on_pipeline_error(self, error: Exception) -> None:
        """Report an error of input or configuration in one line; a bug keeps its traceback."""
        self._end()
        if told := one_line(error):
            raise told

    @hook_impl(trylast=True)  # Kedro-Viz writes its file first
    def after_pipeline_run(self, pipeline: Any, catalog: Any) -> None:
        """Print the summary of the run."""
        from next_song.datasets.stats import write_stats
        from next_song.terminal.summary import show

        self._end()
        seconds = time.monotonic() - self._started
        write_stats(catalog, pipeline.datasets())
        show(pipeline.outputs() | pipeline.all_outputs(), catalog, seconds)

    def _say_if_threaded(self, pipeline: Any) -> None:
        if self._threaded and any(TRAINS.match(node.name) for node in pipeline.nodes):
            logger.warning(
                "word2vec.workers is above 1 for %s: the results of this run are not reproducible "
                "to the byte",
                ", ".join(self._threaded),
            )

    def _claim_output(self, output: str | None) -> None:
        """Claim the file of answers, which runs with other data_roots may write as well."""
        if output and (local := local_path(from_folder(self._project, str(output)))):
            self._answers.take(str(local.parent), [local.name], [])

    def _give_up(self) -> None:
        share_temporary_files()
        for claims in (self._claims, self._answers):
            claims.give_up()

    def _end(self) -> None:
        share_temporary_files()
        self._signals.leave()
        for claims in (self._claims, self._answers):
            claims.release()
        self._close_bars()

    def _close_bars(self) -> None:
        if self._bars:
            self._bars.close()
            self._bars = None


def _shared_files(names: Iterable[str]) -> set[str]:
    """Returns the data sets that have files of candidates of these names, too."""
    candidates = (name.removesuffix("_candidate") for name in names if name.endswith("_candidate"))
    return {f"modeling.{name}.trained" for name in candidates}


def _data_sets(names: Iterable[str]) -> set[str]:
    return {name for name in names if not name.startswith(("params:", "parameters"))}


def _input_version(run_params: dict[str, Any], catalog: Any) -> str | None:
    """Return the version of the input that a run names; None if it names none, or a URL."""
    given = (run_params["runtime_params"] or {}).get("input", "s3://")
    return files_version(catalog.load(INPUT)) if local_path(str(given)) else None


def _threads(word2vec: dict[str, Any]) -> int:
    """Return the threads of a candidate's training; the most, if there is a list to try."""
    given = word2vec.get("workers", 1)
    return max(given) if isinstance(given, list) else int(given)
