"""Limits of SageMaker's hosting, checked before anything is created.

Memory and time are estimates; docs/aws.md lists them with measured values.
"""

import re
from math import ceil

from next_song.errors import InputError
from next_song.parameters import Deployment
from next_song.serving.archive import ModelArchive
from next_song.serving.endpoint.query import MOST_HISTORIES

GIB = 2**30
START_SECONDS = 180  # SageMaker gives up a serverless container that takes longer to start

# GiB of memory per virtual CPU, by the first letter of the instance family; c4 and c5n have other
# sizes
FAMILY = re.compile(r"ml\.(?!c4|c5n)([cmrt])\d\w*\.(\d*)(medium|large|xlarge)")
PER_CPU = {"c": 2, "m": 4, "r": 8, "t": 4}
SIZES = {"medium": 1, "large": 2, "xlarge": 4}
LARGEST_SERVERLESS = 6.0  # GiB

SERVER_GIB = 0.75  # the container without a model
# memory of a loaded model relative to the size of its files; answers convert float16 to float32
LOADED = {"float32": 1.5, "float16": 3.5}
SCORES = 3  # float32 arrays of histories x songs that the model holds at the same time

DOWNLOAD, UNPACK = 50e6, 100e6  # bytes a second
SLOWER = 3  # loading takes this many times as long in a serverless container as on this machine


def check_limits(archive: ModelArchive, settings: Deployment, load_seconds: float) -> None:
    """Raises InputError if an archive does not fit into its host or would start too slowly.

    load_seconds: the time on this machine from opening the model to its first answer.
    """
    needed, there, where = memory_needed(archive), _memory(settings), _host(settings)
    if there is not None and needed > there:
        serverless = settings.serverless and needed <= LARGEST_SERVERLESS
        advice = "more memory_mib" if serverless else "a larger instance"
        raise InputError(
            f"{where}, {there:.1f} GiB; expected at least {ceil(10 * needed) / 10} GiB for this "
            f"model and a request of {MOST_HISTORIES} histories: choose {advice}"
        )
    seconds = seconds_to_start(archive, load_seconds)
    if settings.serverless and seconds > START_SECONDS:
        raise InputError(
            f"{where} for a model that would take about {ceil(seconds)} s to start; expected at "
            f"most {START_SECONDS} s, after which SageMaker gives up: use an instance, "
            "deployment.serverless=null"
        )


def memory_needed(archive: ModelArchive) -> float:
    """Returns the GiB that a container needs for the model and MOST_HISTORIES histories."""
    ((songs,),) = archive.songs.count("*").fetchall()
    scores = SCORES * 4 * MOST_HISTORIES * int(songs)
    loaded = LOADED[archive.precision] * _model_bytes(archive)
    return SERVER_GIB + (loaded + scores) / GIB


def seconds_to_start(archive: ModelArchive, load_seconds: float) -> float:
    """Returns the estimated seconds from the start of a serverless container to an answer."""
    size = _model_bytes(archive)
    return size / DOWNLOAD + size / UNPACK + SLOWER * load_seconds


def instance_memory(instance_type: str) -> float | None:
    """Returns the memory of an instance in GiB, None if its family is not known here."""
    found = FAMILY.fullmatch(instance_type)
    if not found:
        return None
    family, times, size = found.groups()
    return PER_CPU[family] * SIZES[size] * int(times or 1)


def _memory(settings: Deployment) -> float | None:
    if settings.serverless:
        return settings.serverless.memory_mib / 1024
    return instance_memory(settings.instance_type)


def _host(settings: Deployment) -> str:
    if settings.serverless:
        return f"deployment.serverless: found memory_mib {settings.serverless.memory_mib}"
    return f"deployment.instance_type: found {settings.instance_type}"


def _model_bytes(archive: ModelArchive) -> int:
    return sum(member.size for member in archive.manifest.members)
