"""A real Chromium on a playground, and all that it asks for."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from next_song.playground.server import free_port

HERE = Path(__file__).parent
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PHONE = {"width": 375, "height": 667}
DESKTOP = {"width": 1280, "height": 800}


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def dead(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """While this file is there, the endpoint is dead."""
    return tmp_path_factory.mktemp("endpoint") / "dead"


@contextmanager
def served(port: int, dead: Path) -> Iterator[subprocess.Popen[str]]:
    """A server in a process of its own, once its page can be opened."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTEST_CURRENT_TEST"}
    environment["PYTHONPATH"] = str(HERE.parent / "playground")
    with subprocess.Popen(
        [sys.executable, HERE / "served.py", str(port), dead],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        assert process.stdout.readline().startswith("Playground: ")
        try:
            yield process
        finally:
            process.kill()


@pytest.fixture(scope="session")
def url(dead: Path) -> Iterator[str]:
    port = free_port("127.0.0.1", 0)
    with served(port, dead):
        yield f"http://127.0.0.1:{port}/"


@pytest.fixture
def start(dead: Path) -> Callable[[int], AbstractContextManager[subprocess.Popen[str]]]:
    """Starts a server of a test's own at a port."""
    return lambda port: served(port, dead)


@pytest.fixture(params=[DESKTOP, PHONE], ids=["desktop", "phone"])
def page(request: pytest.FixtureRequest, browser: Browser, url: str) -> Iterator[Page]:
    """The page at two widths. No request but to its server, no error in the console, no scroll."""
    context = browser.new_context(viewport=request.param, has_touch=request.param == PHONE)
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=url)
    page = context.new_page()
    asked: list[str] = []
    wrong: list[str] = []
    page.on("request", lambda one: asked.append(one.url))
    page.on("websocket", lambda one: asked.append(one.url.replace("ws://", "http://")))
    page.on("console", lambda one: wrong.append(one.text) if one.type != "log" else None)
    page.on("pageerror", lambda one: wrong.append(str(one)))
    page.goto(url)
    page.get_by_label("Next songs").get_by_role("button").first.wait_for()
    yield page
    width = page.evaluate("document.documentElement.scrollWidth")
    context.close()
    assert [one for one in asked if not one.startswith((url, "data:"))] == []
    assert wrong == []
    assert width <= request.param["width"]
