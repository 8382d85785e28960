"""The configuration of a run, checked as a whole before anything is read or written."""

import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from kedro.config import MissingConfigException
from kedro.framework.context import KedroContext
from kedro.validation.exceptions import ParameterValidationError
from omegaconf.errors import OmegaConfBaseException
from yaml import YAMLError, safe_load  # type: ignore[import-untyped]

from next_song import grid
from next_song.errors import InputError
from next_song.guards.places import HISTORIES, check_places
from next_song.parameters import BASELINES, DuckDB, Export, Protocol, Selection

RUNTIME_ONLY = {"input", "data_root", HISTORIES, "model", "output"}
# what else has a folder in 06_models or 08_reporting, or a name in plots
TAKEN = {
    *BASELINES,
    *("baselines", "baselines_test", "champion", "chosen", "plots", "tutorial", "tutorial_test"),
    "unverified",
    # what nodes of `selection` take besides candidates
    *("corpus", "exclude", "how", "k", "leaderboard", "metric", "playlists", "protocol"),
    *("refit_playlists", "refit_songs", "retrieval", "song_pairs", "songs", "space", "start_from"),
}
NAME = re.compile(r"\w[\w-]*")
RENAMED = {"followers": "song_pairs"}
# of the loader, for a file that is a list or text
NO_MAPPING = (TypeError, AttributeError, OSError)
WRONG = (*NO_MAPPING, ValueError, OmegaConfBaseException, YAMLError, MissingConfigException)
FREE = ("retrieval.parts.", "export.sets.")  # groups whose members a person names or leaves out


def checked(context: KedroContext) -> dict[str, Any]:
    """Returns the parameters of a run as YAML gives them, with DuckDB's complete, if all are right.

    Raises InputError, in one line, for a file that cannot be read as configuration, a name that
    there is not, a value that is out of its range, values that do not fit each other, and a
    data_root that no run can write to.
    """
    loader: Any = context.config_loader
    environments = (loader.base_env, loader.env or loader.default_run_env)
    conf = [Path(loader.conf_source) / each for each in environments]
    base = _public(_read(grid.base_parameters, conf))
    runtime: dict[str, Any] = getattr(loader, "runtime_params", None) or {}
    _check_groups("", runtime, base)
    _read(lambda: loader["catalog"], conf)
    raw = _read(lambda: loader["parameters"], conf)
    given = _public(raw)
    _check_names("parameter", set(given), set(base) | RUNTIME_ONLY)
    _check_runtime_only(set(given) - set(runtime))
    _check_groups("", given, base)
    _check_candidates(grid.candidate_names())
    _check_names("candidate", {*map(str, raw["modeling"])}, set(grid.candidate_names()))
    _validate(context)
    duckdb = _group("duckdb", DuckDB, raw)
    _check_together(raw)
    check_places(raw, context.project_path)
    return raw | {"duckdb": duckdb.model_dump()}


def _public(parameters: Mapping[Any, Any]) -> dict[str, Any]:
    """Returns the parameters whose names do not begin with `_`; YAML may have numbers as names."""
    return {str(name): each for name, each in parameters.items() if str(name)[:1] != "_"}


def _check_runtime_only(in_files: set[str]) -> None:
    """Raises InputError for a parameter that the catalog reads from the command line alone."""
    for name in sorted(in_files & RUNTIME_ONLY):
        raise InputError(
            f"parameter {name}: found in a file of conf, where it has no effect; expected at run "
            f"time: give it with --params {name}=..., or with --overrides of a flow"
        )


def _check_candidates(names: Iterable[Any]) -> None:
    """Raises InputError for a candidate that cannot be named so.

    Its files, figures or arguments of nodes would be those of something else, or no node could have
    the name.
    """
    for name in names:
        if not isinstance(name, str) or not NAME.fullmatch(name):
            raise InputError(
                f"candidate {name!r}: found a name that nodes cannot have; expected a text of "
                "letters, digits, _ and -: rename it in conf/base/parameters_modeling.yml"
            )
        if name in TAKEN:
            raise InputError(
                f"candidate {name!r}: found a name that something else of a run has; expected "
                "another one: rename it in conf/base/parameters_modeling.yml"
            )


def _read(configuration: Callable[[], dict[str, Any]], conf: list[Path]) -> dict[str, Any]:
    try:
        return configuration()
    except WRONG as error:
        told = _without_names(conf) if isinstance(error, NO_MAPPING) else ""
        found = told or " ".join(str(error).split())[:300]
        raise InputError(
            f"configuration: found {found}; expected YAML files as "
            "those of conf/base, and --params that fit them: correct what is named, or compare "
            "with conf/base"
        ) from error


def _without_names(folders: list[Path]) -> str:
    """Says which file of the folders is YAML that is no mapping, "" if none is."""
    for path in sorted(path for folder in folders for path in folder.rglob("*.y*ml")):
        with suppress(OSError, ValueError, YAMLError):  # of these the loader says more
            if not isinstance(safe_load(path.read_text("utf-8")), dict | None):
                return f"{path} without names"
    return ""


def _check_groups(path: str, given: Mapping[str, Any], base: Mapping[str, Any]) -> None:
    """Raises InputError where conf/base has a group of parameters and there is none."""
    for name, values in base.items():
        where = f"{path}{name}"
        if not isinstance(values, dict) or where.startswith(FREE) or name not in given:
            continue
        if not isinstance(given[name], Mapping):
            some = ", ".join(list(values)[:3]) or "names"
            raise InputError(
                f"parameter {where}: found {given[name]!r}; expected a group with {some}: leave it "
                "out to keep that of conf/base"
            )
        _check_groups(f"{where}.", given[name], values)


def _validate(context: KedroContext) -> None:
    try:
        context.params  # noqa: B018 - reading them validates those that nodes take
    except ParameterValidationError as error:
        raise InputError(_of_kedro(error)) from error


def _check_together(raw: Mapping[str, Any]) -> None:
    """Raises InputError for values that do not fit each other, in whatever pipeline they are."""
    protocol, selection, export = (
        _group(name, kind, raw)
        for name, kind in (("protocol", Protocol), ("selection", Selection), ("export", Export))
    )
    if selection.k not in protocol.k:
        raise InputError(
            f"parameter selection.k: found {selection.k}; expected one of protocol.k, {protocol.k}"
        )
    if export.k < max(protocol.k):
        raise InputError(
            f"parameter export.k: found {export.k}; expected at least {max(protocol.k)}, the "
            "largest of protocol.k, so that what was tested is what is shipped"
        )


def _group(name: str, kind: Any, raw: Mapping[str, Any]) -> Any:
    try:
        return kind.model_validate(raw[name])
    except InputError as error:
        raise InputError(f"parameter {name}.{error}") from None


def _of_kedro(error: ParameterValidationError) -> str:
    """Returns the message in one line; Kedro names each group of parameters twice."""
    text = " ".join(str(error).removeprefix("Parameter validation failed:").split())
    return re.sub(
        r"(?:- )?Parameter '([\w.]+)': Failed to instantiate \w+ for parameter '\1': ",
        r"parameter \1.",
        text,
    )


def _check_names(kind: str, found: set[str], known: set[str]) -> None:
    for name in sorted(found - known):
        nearest = [RENAMED.get(name), *get_close_matches(name, known, n=1, cutoff=0), ""]
        meant = next(one for one in nearest if one is not None)
        raise InputError(
            f"{kind} {name!r}: found, but there is none of that name; expected one of "
            f"{', '.join(sorted(known))}: did you mean {meant!r}?"
        )
