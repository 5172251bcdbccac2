"""A browser and the servers that it talks to."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.conftest import chromium
from tests.e2e.servers import JupyterServer

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--force-color-profile=srgb",
]
VIEWPORT = {"width": 1440, "height": 900}
TIMEOUT = 60_000  # milliseconds; a loaded machine is slow, and only a failure waits as long
expect.set_options(timeout=TIMEOUT)


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where screenshots go: $ARCHLAB_PICTURES, else a temporary folder."""
    named = os.environ.get("ARCHLAB_PICTURES")
    folder = Path(named) if named else tmp_path_factory.mktemp("pictures")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JupyterServer]:
    server = JupyterServer("jupyterlab", tmp_path_factory.mktemp("lab"))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def notebook7(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JupyterServer]:
    server = JupyterServer("notebook", tmp_path_factory.mktemp("notebook"))
    yield server
    server.stop()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport=VIEWPORT, reduced_motion="reduce")
    context.set_default_timeout(TIMEOUT)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext, request: pytest.FixtureRequest, pictures: Path) -> Iterator[Page]:
    """A page whose picture is kept after the test, and which asked nobody but its own server."""
    page = context.new_page()
    foreign: list[str] = []
    page.on("request", lambda sent: foreign.append(sent.url) if not local(sent.url) else None)
    yield page
    name = re.sub(r"\W+", "-", request.node.name).strip("-")
    page.screenshot(path=pictures / f"{name}.png")
    assert foreign == []


def local(url: str) -> bool:
    """Whether an address stays on this machine."""
    return url.startswith(("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:"))


@pytest.fixture(autouse=True)
def _fresh(request: pytest.FixtureRequest) -> Iterator[None]:
    """Each test starts with no kernels and an empty folder."""
    yield
    for name in ("lab", "notebook7"):
        if name in request.fixturenames:
            server = request.getfixturevalue(name)
            server.close_sessions()
            for entry in server.files.iterdir():
                shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
