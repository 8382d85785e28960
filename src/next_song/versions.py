"""The version of this project, and those of what is installed, by the packages' metadata."""

import re
from importlib.metadata import PackageNotFoundError, version

VERSION = "0.1.0"  # of next-song: jobs have the source and no installed package


def tensorflow_version() -> str:
    """The installed version of TensorFlow, which is the lock's."""
    try:
        return version("tensorflow-cpu")
    except PackageNotFoundError:  # where there is no build for the processor alone
        return version("tensorflow")


def minor(text: str) -> str:
    """The minor version in a text that begins with a version: `2.20` of `2.20.0-cpu-py312`."""
    return ".".join(re.findall(r"\d+", text)[:2])
