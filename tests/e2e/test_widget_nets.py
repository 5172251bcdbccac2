"""Nets of a plugin in the editor: fixed cells, cells by column and level, a head and a neck of many nodes."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.editor import LONG, Editor
from tests.e2e.notebook import Notebook
from tests.e2e.servers import JupyterServer
from tests.plugin.test_nets import HRVIT, NECK, NETS

pytestmark = pytest.mark.e2e

REGISTER = f"""
import importlib, sys, tomllib
from pathlib import Path
import archlab as al
from archlab.parts import catalog
nets = Path({str(NETS)!r})
sys.path.insert(0, str(nets))
project = tomllib.loads((nets / "pyproject.toml").read_text())["project"]
for module in project["entry-points"]["archlab.parts"].values():
    for part in catalog.parts_in(importlib.import_module(module)):
        al.register(part)
"""
ASK = 'print("cells", editor.spec.to_dict()["cells"], "blocks", editor.spec.to_dict().get("blocks"))'


def opened(page: Page, lab: JupyterServer, document: dict[str, object]) -> tuple[Notebook, Editor]:
    show = f"{REGISTER}editor = al.edit(al.parse({json.dumps(document)!r}))\neditor"
    notebook = Notebook(page, lab, "lab/tree/work.ipynb", [show, ASK])
    editor = Editor(page, notebook.run(0))
    expect(editor.root).to_be_visible(timeout=LONG)
    return notebook, editor.ready()


def fill(chip: Locator) -> str:
    return str(chip.locator("rect").evaluate("rect => getComputedStyle(rect).fill"))


def test_fixed_cells_are_shown_and_locked(page: Page, lab: JupyterServer, pictures: Path) -> None:
    notebook, editor = opened(page, lab, HRVIT)
    editor.select("B0_2")
    for _ in range(8):
        page.keyboard.press("+")
    chips = editor.block("B0_2").locator(".al-chip")
    codes = chips.locator("text")
    expect(codes).to_have_text(["Ne", "Nh", "Nn"])
    assert [chip.get_attribute("data-fixed") for chip in chips.all()] == ["true", None, "true"]
    expect(chips.locator("title")).to_have_text([re.compile("^Fixed by the layout: ")] * 2)  # what the pointer says
    assert fill(chips.nth(0)) != fill(chips.nth(1))

    before = editor.root.get_by_role("list", name="Before the block's own")
    expect(before.get_by_text("Ne", exact=True)).to_be_visible()
    assert before.locator("input, button, select").count() == 0
    expect(editor.cells("B0_2")).to_have_value("Nh")  # the fixed cells are no text that one types

    parameters = editor.number("Parameters")
    editor.cells("B0_2").fill("NhNh")
    editor.changed("Parameters", parameters)
    expect(codes.first).to_have_text("Ne")
    expect(chips.nth(1)).to_contain_text("×2")
    expect(notebook.run(1)).to_contain_text("'B0_2': 'NhNh'")
    editor.root.screenshot(path=pictures / "widget-hrvit.png")
    assert editor.violations() == []


def test_a_neck_and_a_head_stand_on_the_lattice(page: Page, lab: JupyterServer, pictures: Path) -> None:
    _, editor = opened(page, lab, HRVIT)
    for node in ("wide0", "total0", "scores"):
        expect(editor.block(node)).to_be_attached()
    _, editor = opened(page, lab, NECK)
    for node in ("pile", "mixed"):
        expect(editor.block(node)).to_be_attached()
    editor.root.screenshot(path=pictures / "widget-neck.png")
