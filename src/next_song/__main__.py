"""Run the packaged project, as `kedro run` runs it from its source: `python -m next_song`."""

from pathlib import Path
from typing import Any

from kedro.framework.cli.project import run
from kedro.framework.project import configure_project


def main(*args: Any, **kwargs: Any) -> Any:
    """Run with the options of `kedro run`, of which `--conf-source` names the configuration."""
    configure_project(Path(__file__).parent.name)
    return run(*args, **kwargs)


if __name__ == "__main__":
    main()
