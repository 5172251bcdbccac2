#!/usr/bin/env python3
"""Takes the pictures of docs/img from a real JupyterLab: `python tools/pictures.py` (needs Chromium and built bundles).

lattice.png: a document with the inspector; training.png: curves, feature maps and shares while it trains;
notebook.png: the same editor in a notebook's output.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from playwright.sync_api import Page, expect, sync_playwright  # noqa: E402

import archlab as al  # noqa: E402
from tests.conftest import chromium  # noqa: E402
from tests.e2e.conftest import FLAGS  # noqa: E402
from tests.e2e.editor import LONG, Editor, in_lab  # noqa: E402
from tests.e2e.servers import JupyterServer  # noqa: E402
from tests.e2e.test_widget import Notebook  # noqa: E402

IMAGES = ROOT / "docs" / "img"
SIZE = {"width": 1500, "height": 860}
STEPS = 40


def lattice(page: Page, server: JupyterServer) -> None:
    """A document in JupyterLab: numbers, one block selected, its form."""
    al.save(al.template("hrnet-3").with_block("B12", "L1G1C2"), server.files / "my.arch.json")
    editor = in_lab(page, server.address("lab/tree/my.arch.json")).ready()
    page.keyboard.press("Control+b")  # the file browser takes a quarter of the picture
    editor.root.locator("select").first.select_option(label="MACs")
    editor.select("B12")
    page.wait_for_timeout(500)
    page.screenshot(path=IMAGES / "lattice.png")


def training(page: Page, server: JupyterServer) -> None:
    """The same document while it trains on digits."""
    editor = Editor(page)
    editor.train(steps=300, batch=32)
    expect(editor.root.locator(".al-fusions li").first).to_be_visible(timeout=LONG)
    page.wait_for_function(
        "n => [...document.querySelectorAll('.archlab progress, .archlab [role=progressbar]')]"
        ".some(bar => Number(bar.value ?? bar.getAttribute('aria-valuenow')) >= n)",
        arg=STEPS,
        timeout=LONG,
    )
    page.screenshot(path=IMAGES / "training.png")
    editor.button("Stop").click()
    expect(editor.button("Train again")).to_be_visible(timeout=LONG)


def notebook(page: Page, server: JupyterServer) -> None:
    """The editor in the output of a cell."""
    shown = Notebook(page, server, "lab/tree/work.ipynb")
    page.keyboard.press("Control+b")
    editor = Editor(page, shown.run(0))
    expect(editor.root).to_be_visible(timeout=LONG)
    editor.ready()
    editor.select("B12")
    shown.run(1)
    shown.cell(0).scroll_into_view_if_needed()
    page.wait_for_timeout(500)
    page.screenshot(path=IMAGES / "notebook.png")


def main() -> int:
    """Take all pictures."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home, sync_playwright() as playwright:
        server = JupyterServer("jupyterlab", Path(home))
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        try:
            page = browser.new_page(viewport=SIZE, reduced_motion="reduce")
            for take in (lattice, training, notebook):
                take(page, server)
        finally:
            browser.close()
            server.close_sessions()
            server.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
