from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from model_support import IMAGE, NAME, Models
from stand_in_support import (
    OUTSIDE,
    PROGRAMS,
    Cloud,
    Footprint,
    exported,
    start,
    until,
)

from localaws.scratch import direct
from localaws.seaweed import free_ports


@pytest.fixture(scope="session")
def up() -> Iterator[tuple[subprocess.Popen[str], dict[str, str]]]:
    """``localaws up`` with two slots, and what it exports; SIGTERM must end it cleanly."""
    process = start("up", "--slots", "2")
    environment = exported(process)
    footprint = Footprint.of(environment)
    yield process, environment
    process.send_signal(signal.SIGTERM)
    process.communicate()
    assert process.returncode == 128 + signal.SIGTERM
    footprint.assert_gone()


@pytest.fixture(scope="session")
def stand_in(up) -> Cloud:
    return Cloud(up[1])


@pytest.fixture(scope="session")
def stock() -> Iterator[Cloud]:
    """Moto as it comes, but able to read state machines, and told to execute them."""
    port = free_ports(1)[0]
    serve = "from localaws import antlr; antlr.install(); from moto.server import main; "
    command = [sys.executable, "-c", f"{serve}main(['-H', '127.0.0.1', '-p', '{port}'])"]
    quiet = subprocess.DEVNULL
    env = OUTSIDE | {"MOTO_PORT": str(port)}
    process = subprocess.Popen(command, env=env, stdout=quiet, stderr=quiet)
    url = f"http://127.0.0.1:{port}"
    until(lambda: answers(url))
    config = b'{"stepfunctions": {"execute_state_machine": true}}'
    direct.open(f"{url}/moto-api/config", data=config).close()
    names = {"AWS_ENDPOINT_URL": url, "AWS_ENDPOINT_URL_S3": url}
    yield Cloud(names | {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"})
    process.kill()
    process.wait()


def answers(url: str) -> bool:
    try:
        direct.open(f"{url}/moto-api/", timeout=2).close()
    except OSError:
        return False
    return True


@pytest.fixture(scope="session")
def archives(tmp_path_factory) -> Path:
    """A folder with the archives of programs/export_models.py."""
    folder = tmp_path_factory.mktemp("archives")
    command = [sys.executable, str(PROGRAMS / "export_models.py"), str(folder)]
    subprocess.run(command, env=OUTSIDE, check=True, capture_output=True)
    return folder


@pytest.fixture(scope="session")
def models(stand_in, archives, tmp_path_factory) -> Models:
    """An endpoint deployed with the SageMaker SDK; it has the model of weight 1."""
    models = Models(stand_in)
    data = {p.stem[:-4]: models.upload(p.name, p.read_bytes()) for p in archives.iterdir()}
    here = tmp_path_factory.mktemp("deploy")
    stand_in.run(str(PROGRAMS / "deploy_model.py"), data["one"], IMAGE, "one", NAME, cwd=here)
    assert models.settled()["EndpointStatus"] == "InService"
    models.create("tenth", data["tenth"])
    models.create("lost", data["lost"])
    return models
