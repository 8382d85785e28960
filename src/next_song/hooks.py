"""What the project adds to a Kedro run: checks before it, and a summary or one line after it."""

import logging
import re
import time
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import click
from kedro.framework.context import KedroContext
from kedro.framework.hooks import hook_impl
from kedro.io import DatasetError
from kedro.pipeline.node import Node
from kedro.validation.exceptions import ParameterValidationError

from next_song import grid, progress, sql
from next_song.errors import InputError
from next_song.parameters import DuckDB
from next_song.terminal import log

if TYPE_CHECKING:
    from next_song.progress.bars import Bars

logger = logging.getLogger(__name__)

TRAINS = re.compile(r"(modeling|selection)\.")
RUNTIME_ONLY = {"input", "data_root", "model", "output"}
RENAMED = {"followers": "song_pairs"}


class ProjectHooks:
    """The hooks that settings.py registers."""

    _bars: "Bars | None" = None
    _started = 0.0
    _threaded: list[str]

    @hook_impl
    def after_context_created(self, context: KedroContext) -> None:
        """Check all parameters before anything runs, and set DuckDB's. Raises InputError."""
        log.set_up()
        grid.use_conf_source(str(context.config_loader.conf_source))
        raw = context.config_loader["parameters"]
        known = {name for name in grid.base_parameters() if not name.startswith("_")} | RUNTIME_ONLY
        _check_names("parameter", {name for name in raw if not name.startswith("_")}, known)
        _check_names("candidate", set(raw["modeling"]), set(grid.candidate_names()))
        try:
            sql.configure(DuckDB.model_validate(raw["duckdb"]).model_dump())
        except InputError as error:
            raise InputError(f"parameter duckdb.{error}") from None
        try:
            context.params  # noqa: B018 - reading them validates them
        except ParameterValidationError as error:
            raise InputError(_one_line(error)) from error
        self._threaded = [n for n, one in raw["modeling"].items() if _threads(one["word2vec"]) > 1]

    @hook_impl
    def before_pipeline_run(self, pipeline: Any) -> None:
        """Let long work show its progress; say so if training will not be reproducible."""
        if self._threaded and any(TRAINS.match(node.name) for node in pipeline.nodes):
            logger.warning(
                "word2vec.workers is above 1 for %s: the results of this run are not reproducible "
                "to the byte",
                ", ".join(self._threaded),
            )
        from next_song.progress.bars import on_terminal

        self._bars, self._started = on_terminal(), time.monotonic()

    @hook_impl
    def before_node_run(self, node: Node) -> None:
        """Tell this process which node its progress belongs to."""
        progress.begin(node.name)

    @hook_impl
    def on_pipeline_error(self, error: Exception) -> None:
        """Report an error of input or configuration in one line; a bug keeps its traceback."""
        self._close_bars()
        cause: BaseException | None = error
        while isinstance(cause, DatasetError):  # Kedro wraps what a data set raises
            cause = cause.__cause__
        if isinstance(cause, click.ClickException):
            raise cause
        if isinstance(error, DatasetError):
            raise InputError(" ".join(f"{error}".split())) from error

    @hook_impl(trylast=True)  # Kedro-Viz writes its file first
    def after_pipeline_run(self, pipeline: Any, catalog: Any) -> None:
        """Print the summary of the run."""
        from next_song.datasets.stats import write_stats
        from next_song.terminal.summary import show

        self._close_bars()
        seconds = time.monotonic() - self._started
        write_stats(catalog, pipeline.datasets())
        show(pipeline.outputs() | pipeline.all_outputs(), catalog, seconds)

    def _close_bars(self) -> None:
        if self._bars:
            self._bars.close()
            self._bars = None


def _one_line(error: ParameterValidationError) -> str:
    """Return the message in one line; Kedro names each group of parameters twice."""
    text = " ".join(str(error).removeprefix("Parameter validation failed:").split())
    return re.sub(
        r"(?:- )?Parameter '([\w.]+)': Failed to instantiate \w+ for parameter '\1': ",
        r"parameter \1.",
        text,
    )


def _threads(word2vec: dict[str, Any]) -> int:
    """Return the threads of a candidate's training; the most, if there is a list to try."""
    given = word2vec.get("workers", 1)
    return max(given) if isinstance(given, list) else int(given)


def _check_names(kind: str, found: set[str], known: set[str]) -> None:
    for name in sorted(found - known):
        nearest = [RENAMED.get(name), *get_close_matches(name, known, n=1, cutoff=0), ""]
        meant = next(one for one in nearest if one is not None)
        raise InputError(
            f"{kind} {name!r}: found, but there is none of that name; expected one of "
            f"{', '.join(sorted(known))}: did you mean {meant!r}?"
        )
