"""What the many codes bring to the editor: how a block cuts its map, cells on a link, finding a code."""

from __future__ import annotations

from http import HTTPStatus

import pytest
from playwright.sync_api import Page, expect

import archlab as al
from tests.e2e.editor import Editor, in_lab, saved, wait_until_saved
from tests.e2e.servers import JupyterServer

pytestmark = pytest.mark.e2e

NAME = "windows.arch.json"


def opened(page: Page, lab: JupyterServer) -> tuple[Editor, al.Spec]:
    spec = al.hrnet(name="windows", levels=2, channels=16, cells="C2", input="2x4x32x32", heads=4, window=(2, 8, 8))
    spec = spec.with_block("B11", "L1G1L3")
    al.save(spec, lab.files / NAME)
    return in_lab(page, lab.address(f"lab/tree/{NAME}")).ready(), spec


def test_a_block_says_how_it_cuts_its_map(page: Page, lab: JupyterServer) -> None:
    editor, spec = opened(page, lab)
    editor.select("B11")
    rows = [row for row in al.estimate(spec).plan if row.node == "B11"]
    assert [row.code for row in rows] == ["L1", "G1", "L3"]
    expect(editor.root.locator(".al-cutting")).to_have_count(len(rows))
    for row in rows:
        picture = editor.root.get_by_role("img", name=row.text, exact=True)
        expect(picture).to_be_visible()
    attends = editor.root.locator(".al-plan tr", has_text="Attends to").locator("td")
    expect(attends).to_have_text([str(row.tokens) for row in rows])
    assert editor.violations() == []


def test_a_code_shows_its_picture_without_a_kernel(page: Page, lab: JupyterServer) -> None:
    editor, _ = opened(page, lab)
    refused: list[str] = []
    page.on(
        "response", lambda response: refused.append(response.url) if response.status >= HTTPStatus.BAD_REQUEST else None
    )
    editor.select("B11")
    editor.root.locator(".al-about summary").click()
    picture = editor.root.get_by_role("img", name="Which positions attend to which in L1")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth > 0)")
    editor.settled()
    assert refused == []
    assert lab.kernel_processes() == []
    assert editor.violations() == []


def test_a_link_takes_cells_from_the_palette(page: Page, lab: JupyterServer) -> None:
    editor, _ = opened(page, lab)
    editor.link("B00>B11").focus()
    editor.field("Kind").select_option("interp_cells")
    editor.cells("B00>B11").fill("C2")
    editor.field("Find a cell").fill("along D")
    editor.root.get_by_role("button", name="Insert T1").click()
    expect(editor.cells("B00>B11")).to_have_value("C2T1")
    editor.settled()
    assert editor.violations() == []
    page.keyboard.press("Control+s")
    wait_until_saved(page)
    assert saved(lab.files / NAME)["links"] == {"B00>B11": {"kind": "interp_cells", "cells": "C2T1"}}


def test_a_template_is_found_by_typing(page: Page, lab: JupyterServer) -> None:
    (lab.files / NAME).write_text("")
    editor = in_lab(page, lab.address(f"lab/tree/{NAME}"))
    editor.field("Find a template").fill("swin depths 2021")
    expect(editor.root.locator(".al-card")).to_have_count(1)
    assert editor.violations() == []
    page.keyboard.press("Enter")
    expect(editor.ready().block("stage3")).to_be_visible()
