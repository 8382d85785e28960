"""`next-song serve` in a process of its own, and the stand-in's container of the same archive."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from http_support import address, asking, started
from odd_archive import odd_archive

from next_song.serving.archive import ModelArchive


@pytest.fixture(scope="package")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return odd_archive(tmp_path_factory.mktemp("odd") / "model.tar.gz")


@pytest.fixture(scope="package")
def served(model: Path) -> Iterator[httpx.Client]:
    """A client of `next-song serve`."""
    with started("--model", str(model)) as process, asking(address(process)) as client:
        yield client


@pytest.fixture(scope="package")
def container(model: Path) -> Iterator[httpx.Client]:
    """A client of the stand-in's container."""
    archive = ModelArchive.unpack(model)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        options = ["--model-dir", str(archive.folder), "--fd", str(listener.fileno())]
        with subprocess.Popen(
            [sys.executable, "-m", "localaws.model_server", *options],
            pass_fds=[listener.fileno()],
            env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as process:
            port = listener.getsockname()[1]
            try:
                with asking(f"http://127.0.0.1:{port}") as client:
                    client.get("/ping")  # waits until the model is loaded
                    yield client
            finally:
                process.kill()
