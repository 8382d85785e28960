"""What the project adds to a Kedro run: checks before it, and a summary or one line after it."""

import time
from typing import TYPE_CHECKING, Any

import click
from kedro.framework.context import KedroContext
from kedro.framework.hooks import hook_impl
from kedro.io import DatasetError
from kedro.pipeline.node import Node

from next_song import grid, progress, sql
from next_song.configuration import checked
from next_song.errors import InputError
from next_song.parameters import DuckDB
from next_song.terminal import log

if TYPE_CHECKING:
    from next_song.progress.bars import Bars


class ProjectHooks:
    """The hooks that settings.py registers."""

    _bars: "Bars | None" = None
    _started = 0.0

    @hook_impl
    def after_context_created(self, context: KedroContext) -> None:
        """Check all parameters before anything runs, and set DuckDB's. Raises InputError."""
        log.set_up()
        grid.use_conf_source(str(context.config_loader.conf_source))
        raw = checked(context)
        sql.configure(DuckDB.model_validate(raw["duckdb"]).model_dump())

    @hook_impl
    def before_pipeline_run(self) -> None:
        """Let long work show its progress."""
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
