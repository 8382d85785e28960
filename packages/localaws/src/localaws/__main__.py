"""``python -m localaws run -- COMMAND...`` and ``python -m localaws up``."""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

from localaws import guard
from localaws.provision import DEFAULT_TEMPLATE, ProvisionError
from localaws.scratch import harmless
from localaws.seaweed import S3UnavailableError

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
GRACE = 10.0
"""Seconds from the signal that stops the stand-in until its command is killed."""


def parser() -> argparse.ArgumentParser:
    """Returns the parser of the command line."""
    top = argparse.ArgumentParser(prog="localaws", description="AWS on one machine")
    commands = top.add_subparsers(dest="action", required=True)
    run = commands.add_parser("run", help="start a stand-in, run a command against it, and stop it")
    up = commands.add_parser(
        "up", help="start a stand-in, print its exports, and stay up until Ctrl-C"
    )
    for command in (run, up):
        add = command.add_argument
        add("--port", type=port, default=0, help="port of the AWS endpoint (default: a free one)")
        add("--s3-port", type=port, default=0, help="port of S3 (default: a free one)")
        add("--slots", type=count, default=os.cpu_count(), help="CPUs for Batch jobs")
        add(
            "--job-python",
            type=program,
            help="Python of jobs (default: this one, without the project)",
        )
        add(
            "--serving-python",
            type=program,
            default=sys.executable,
            help="Python of endpoints, with TensorFlow",
        )
        add("--template", type=Path, default=DEFAULT_TEMPLATE, help="CloudFormation template")
        add(
            "--parameter",
            type=pair,
            action="append",
            default=[],
            metavar="KEY=VALUE",
            help="parameter of the template",
        )
    run.add_argument("command", nargs="+", help="the command to run, after --")
    return top


def port(text: str) -> int:
    """Returns a port, 0 for any free one; raises ValueError, which argparse reports."""
    return within(text, 0, 65535)


def count(text: str) -> int:
    """Returns a number from 1; raises ValueError, which argparse reports."""
    return within(text, 1, 10**6)


def within(text: str, least: int, most: int) -> int:
    """Returns a number from least to most; raises ValueError for another one."""
    if not least <= int(text) <= most:
        raise ValueError
    return int(text)


def program(text: str) -> str:
    """Returns the absolute path of a program; raises ValueError, which argparse reports."""
    if not (found := shutil.which(text)):
        raise ValueError
    return os.path.abspath(found)


def pair(text: str) -> tuple[str, str]:
    """Returns KEY and VALUE of KEY=VALUE; raises ValueError, which argparse reports."""
    key, value = text.split("=", 1)
    return key, value


def exports(environment: Mapping[str, str]) -> str:
    """Returns the environment as lines for a shell."""
    lines = ["unset $(env | grep -Eo '^(AWS|METAFLOW)_[A-Za-z0-9_]+')"]
    lines += [f"export {name}={shlex.quote(value)}" for name, value in environment.items()]
    return "\n".join([*lines, "# localaws is up; Ctrl-C stops it"]) + "\n"


def run(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """Runs a command with only this environment; returns its exit status as a shell would.

    A signal to this process is passed on; the command then has GRACE seconds to end.
    """
    process = None
    try:
        with kept() as signals:  # a signal now would leave an unknown process
            process = subprocess.Popen(command, env=dict(environment))
        if signals:
            stop(signals[0], None)
        status = process.wait()
    except OSError as error:
        sys.stderr.write(f"localaws: {error}\n")
        return 127
    except SystemExit as stopped:
        if process is None:
            raise
        number = int(str(stopped.code)) - 128
        # at a terminal, Ctrl-C has reached the command too
        if number != signal.SIGINT or not sys.stdin.isatty():
            process.send_signal(number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(GRACE)
        raise
    return status if status >= 0 else 128 - status


@contextmanager
def kept() -> Iterator[list[int]]:
    """Collects the signals that arrive during the block."""
    came: list[int] = []
    before = {number: signal.signal(number, lambda n, _: came.append(n)) for number in SIGNALS}
    try:
        yield came
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def stop(number: int, _: FrameType | None) -> None:
    """Exits on a signal, with the status that a shell gives it."""
    raise SystemExit(128 + number)


def main(arguments: Sequence[str] | None = None) -> int:
    """Starts a stand-in, uses it and stops it; returns the exit status."""
    given = parser().parse_args(arguments)
    for number in SIGNALS:
        signal.signal(number, stop)
    inherited = harmless(os.environ)
    os.environ.clear()
    os.environ.update(inherited)
    from localaws.stand_in import Options, running  # moto looks for a profile when imported

    chosen = {k: v for k, v in vars(given).items() if k not in ("action", "command", "parameter")}
    try:
        with running(Options(**chosen, parameters=dict(given.parameter))) as environment:
            if given.action == "run":
                mark = {guard.MARK: environment[guard.FOLDER]}
                return run(given.command, inherited | environment | mark)
            sys.stdout.write(exports(environment))
            sys.stdout.flush()
            signal.pause()
    except (S3UnavailableError, ProvisionError) as error:
        sys.stderr.write(f"localaws: {error}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
