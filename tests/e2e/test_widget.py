"""The editor in a notebook's output, in JupyterLab and in Notebook 7."""

from __future__ import annotations

import json
import os
import re
import signal
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

import archlab as al
from tests.e2e.editor import LONG, Editor
from tests.e2e.notebook import Notebook
from tests.e2e.servers import JupyterServer

pytestmark = pytest.mark.e2e

CELLS = [
    'import archlab as al\neditor = al.edit("my.arch.json")\neditor',
    'print("blocks", editor.spec.to_dict().get("blocks"))',
    'editor.spec = editor.spec.with_block("B00", "L1")',
    'print("saved", editor.save().name)',
    'print("answer", 6 * 7)',
    (
        "@al.register\nclass Nothing(al.Cell, frozen=True, kw_only=True):\n"
        "    'Lets everything through, unchanged.'\n"
        "    codes = {'Zz': {}}\n    family = 'mine'\n    def cost(self, x, width):\n        return al.Cost()"
    ),
    'editor.run.control.stop()\nprint("ended", editor.run.wait(60)["type"])',
]


@pytest.fixture(params=["lab", "notebook7"])
def server(request: pytest.FixtureRequest) -> JupyterServer:
    found: JupyterServer = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def notebook(page: Page, server: JupyterServer, request: pytest.FixtureRequest) -> Notebook:
    al.save(al.template("hrnet-3"), server.files / "my.arch.json")
    in_lab = "[lab]" in request.node.name
    return Notebook(page, server, "lab/tree/work.ipynb" if in_lab else "notebooks/work.ipynb", CELLS)


def test_the_document_goes_both_ways_and_trains_while_cells_run(
    page: Page, server: JupyterServer, notebook: Notebook, pictures: Path, request: pytest.FixtureRequest
) -> None:
    output = notebook.run(0)
    editor = Editor(page, output)
    expect(editor.root).to_be_visible(timeout=LONG)
    editor.ready()

    # From the page to Python.
    before = editor.number("Parameters")
    editor.select("B11").cells("B11").fill("T1")
    editor.changed("Parameters", before)
    expect(notebook.run(1)).to_contain_text("blocks {'B11': 'T1'}")

    # From Python to the page; what was typed stays.
    notebook.run(2)
    expect(editor.block("B00").locator(".al-chip")).to_have_text("L1")
    expect(editor.block("B11").locator(".al-chip")).to_have_text("T1")
    expect(notebook.run(3)).to_contain_text("saved my.arch.json")
    assert al.load(server.files / "my.arch.json").to_dict()["blocks"] == {"B00": "L1", "B11": "T1"}

    # Cells run while it trains; curve and thumbnails are drawn meanwhile.
    editor.train()
    expect(notebook.run(4)).to_contain_text("answer 42")
    expect(editor.root.locator(".al-fusions li").first).to_be_visible(timeout=LONG)
    assert editor.painted_pixels() > 500
    editor.root.screenshot(path=pictures / f"widget-{request.node.callspec.id}.png")
    expect(notebook.run(6)).to_contain_text("ended stopped")
    expect(editor.button("Train again")).to_be_visible()


def test_keys_of_the_editor_do_not_reach_the_notebook_but_saving_does(
    page: Page, server: JupyterServer, notebook: Notebook
) -> None:
    output = notebook.run(0)
    editor = Editor(page, output)
    expect(editor.root).to_be_visible(timeout=LONG)
    editor.ready()
    editor.select("B11")
    cells = page.locator(".jp-Notebook .jp-CodeCell")
    for key in ("b", "a", "x", "d", "d", "ArrowRight", "m"):
        page.keyboard.press(key)
    page.wait_for_timeout(500)
    expect(cells).to_have_count(len(CELLS))
    expect(editor.block("B12")).to_be_focused()
    page.keyboard.press("Control+s")
    for _ in range(50):
        if json.loads(notebook.file.read_text())["cells"][0]["outputs"]:
            break
        page.wait_for_timeout(200)
    saved = json.loads(notebook.file.read_text())["cells"][0]["outputs"][0]["data"]
    assert "application/vnd.jupyter.widget-view+json" in saved
    assert re.match(r"\s*<svg", "".join(saved["image/svg+xml"]))


def test_a_kernel_that_is_killed_keeps_what_was_typed(page: Page, server: JupyterServer, notebook: Notebook) -> None:
    editor = Editor(page, notebook.run(0))
    expect(editor.root).to_be_visible(timeout=LONG)
    editor.ready().select("B11").cells("B11").fill("T1")
    expect(editor.block("B11").locator(".al-chip")).to_have_text("T1")
    editor.train()
    (process,) = server.kernel_processes()
    os.kill(process, signal.SIGKILL)
    editor.kernel("dead")
    expect(editor.root.get_by_role("alert").first).to_contain_text("run this cell again")
    expect(editor.root.get_by_text("interrupted")).to_be_visible()
    page.wait_for_timeout(3000)  # the new kernel
    again = Editor(page, notebook.run(0))
    expect(again.block("B11").locator(".al-chip")).to_have_text("T1", timeout=LONG)
    expect(again.root.locator(".al-kernel[data-state='dead']")).to_have_count(0)
    again.tool("Undo").click()
    expect(again.block("B11").locator(".al-chip-times")).to_have_text("×2")


def test_two_views_of_one_editor_agree(page: Page, notebook: Notebook) -> None:
    first = Editor(page, notebook.run(0))
    expect(first.root).to_be_visible(timeout=LONG)
    first.ready()
    notebook.cell(4).locator(".cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.type("editor")
    page.keyboard.press("Shift+Enter")
    second = Editor(page, notebook.cell(4).locator(".jp-OutputArea"))
    expect(second.root).to_be_visible()
    second.ready()
    second.select("B11").cells("B11").fill("T1")
    expect(first.block("B11").locator(".al-chip")).to_have_text("T1")
    first.select("B12").cells("B12").fill("G1")
    expect(second.block("B12").locator(".al-chip")).to_have_text("G1")


def test_no_accessibility_violations_in_a_notebook(page: Page, notebook: Notebook) -> None:
    editor = Editor(page, notebook.run(0))
    expect(editor.root).to_be_visible(timeout=LONG)
    editor.ready().select("B11")
    assert editor.violations() == []


def test_a_cell_defined_in_the_notebook_is_usable_at_once(page: Page, notebook: Notebook) -> None:
    editor = Editor(page, notebook.run(0))
    expect(editor.root).to_be_visible(timeout=LONG)
    editor.ready().select("B11").cells("B11").fill("C2Zz")
    expect(editor.block("B11")).to_have_attribute("data-severity", "error")
    notebook.run(5)
    expect(editor.block("B11")).not_to_have_attribute("data-severity", "error")
    expect(editor.root.get_by_role("button", name="Insert Zz")).to_be_visible()
    before = editor.number("Parameters")
    editor.cells("B11").fill("C2ZzC2")
    editor.changed("Parameters", before)
