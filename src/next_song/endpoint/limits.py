"""Limits of SageMaker's hosting, checked before anything is created.

Memory and time are estimates; docs/aws.md says how they were measured.
"""

import re

from next_song.endpoint.query import MOST_HISTORIES
from next_song.errors import InputError
from next_song.model_archive import ModelArchive
from next_song.parameters import Deployment

GIB = 2**30
START_SECONDS = 180  # a serverless container that takes longer to start is given up

# GiB of memory a virtual CPU has, by the first letter of an instance's family
PER_CPU = {"c": 2, "m": 4, "r": 8, "t": 4}
SIZES = {"medium": 1, "large": 2, "xlarge": 4}

SERVER_GIB = 0.75  # the container without a model
LOADED = 1.5  # memory of a loaded model, by the size of its files
SCORES = 3  # arrays of a score for each history and song, float32, that are held at a time

DOWNLOAD, UNPACK = 50e6, 100e6  # bytes a second
SLOWER = 3  # the share of a processor that a serverless container has, against this machine's


def check_limits(archive: ModelArchive, settings: Deployment, load_seconds: float) -> None:
    """Refuse an archive that its host could not hold or not start in time. Raises InputError.

    load_seconds: how long it took on this machine from a model in files to its first answer.
    """
    needed, there, where = memory_needed(archive), _memory(settings), _host(settings)
    if there is not None and needed > there:
        raise InputError(
            f"{where}, {there:.1f} GiB; expected at least {needed:.1f} GiB for this model and "
            f"requests of {MOST_HISTORIES} histories: choose a larger one"
        )
    seconds = seconds_to_start(archive, load_seconds)
    if settings.serverless and seconds > START_SECONDS:
        raise InputError(
            f"{where} for a model that would take about {seconds:.0f} s to start; expected at "
            f"most {START_SECONDS} s, after which SageMaker gives up: use an instance, "
            "deployment.serverless=null"
        )


def memory_needed(archive: ModelArchive) -> float:
    """GiB that a container needs for the model and a request of MOST_HISTORIES histories."""
    ((songs,),) = archive.songs.count("*").fetchall()
    scores = SCORES * 4 * MOST_HISTORIES * int(songs)
    return SERVER_GIB + (LOADED * _model_bytes(archive) + scores) / GIB


def seconds_to_start(archive: ModelArchive, load_seconds: float) -> float:
    """How long a serverless container is likely to take from its start to its first answer."""
    size = _model_bytes(archive)
    return size / DOWNLOAD + size / UNPACK + SLOWER * load_seconds


def instance_memory(instance_type: str) -> float | None:
    """GiB of memory of an instance, None where its family is not known here."""
    found = re.fullmatch(r"ml\.([cmrt])\d\w*\.(\d*)(medium|large|xlarge)", instance_type)
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
