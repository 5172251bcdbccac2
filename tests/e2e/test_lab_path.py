"""The whole path in JupyterLab: launcher, template, edit, undo, profile, train, stop, save, reload."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

import archlab as al
from tests.e2e.editor import LONG, Editor, saved, wait_until_saved
from tests.e2e.servers import JupyterServer

pytestmark = pytest.mark.e2e


def test_from_the_launcher_to_a_trained_net(page: Page, lab: JupyterServer) -> None:
    page.goto(lab.address("lab"))
    page.locator(".jp-LauncherCard", has_text="archlab").click()
    editor = Editor(page)
    editor.root.get_by_role("button", name=re.compile("HRNet, 3 levels")).click()
    editor.ready()
    file = lab.files / "untitled.arch.json"

    # Typing is one gesture: the numbers follow, one undo takes it back.
    before = editor.number("Parameters")
    editor.select("B12").cells("B12").fill("T1L1G1C2")
    more = editor.changed("Parameters", before)
    expect(editor.block("B12").locator(".al-chip")).to_have_count(4)
    expect(editor.figure("Parameters").locator("ins")).to_contain_text("+")
    editor.tool("Undo").click()
    assert editor.changed("Parameters", more) == before
    editor.tool("Redo").click()
    assert editor.changed("Parameters", before) == more

    # An error stands at its block and goes when it is mended; nothing typed is lost meanwhile.
    editor.cells("B12").fill("T1L1G1Q9")
    expect(editor.block("B12")).to_have_attribute("data-severity", "error")
    expect(editor.cells("B12")).to_have_value("T1L1G1Q9")
    editor.tool("Undo").click()
    expect(editor.block("B12")).not_to_have_attribute("data-severity", "error")

    # No kernel so far; the profile starts one.
    assert lab.request("sessions") == []
    editor.kernel("stopped")
    editor.tab("profile").button("Profile").click()
    expect(editor.figure(r"Latency \(p50\)")).to_have_text(re.compile(r"\d.*(ms|µs|s)$"), timeout=LONG)
    editor.kernel("ready")

    editor.train()
    expect(editor.root.locator(".al-fusions li").first).to_be_visible(timeout=LONG)
    page.wait_for_function("() => document.querySelector('canvas.al-features')?.width > 0")
    assert editor.painted_pixels() > 500
    editor.button("Stop").click()
    expect(editor.button("Train again")).to_be_visible()
    editor.field("Weights file").fill("mine.safetensors")
    editor.button("Save weights").click()
    expect(editor.root.get_by_text("mine.safetensors").last).to_be_visible()
    assert (lab.files / "mine.safetensors").stat().st_size > 1000
    editor.field("Weights file").fill("mine")
    editor.button("Save weights").click()  # nothing is replaced unasked
    expect(editor.root.get_by_role("alert")).to_contain_text("is there already")
    editor.button("Dismiss").click()

    # Ctrl+S with the focus in the lattice, reload, the same document; Python reads it too.
    editor.tab("inspect").select("B12")
    page.keyboard.press("Control+s")
    wait_until_saved(page)
    document = saved(file)
    assert document["blocks"] == {"B12": "T1L1G1C2"}
    assert al.load(file).to_dict() == document
    page.reload()
    editor = Editor(page).ready()
    assert editor.number("Parameters") == more
    expect(editor.select("B12").cells("B12")).to_have_value("T1L1G1C2")
    assert saved(file) == document


def test_levels_stages_and_links_by_keyboard_alone(page: Page, lab: JupyterServer) -> None:
    al.save(al.template("hrnet-3"), lab.files / "my.arch.json")
    page.goto(lab.address("lab/tree/my.arch.json"))
    editor = Editor(page).ready()
    editor.block("B00").focus()
    page.keyboard.press("ArrowRight")
    expect(editor.block("B01")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(editor.block("B11")).to_be_focused()
    page.keyboard.press("Alt+ArrowRight")
    expect(editor.block("B03")).to_be_visible()
    page.keyboard.press("Alt+ArrowDown")
    expect(editor.block("B33")).to_be_visible()
    page.keyboard.press("Control+z")
    expect(editor.block("B33")).to_have_count(0)
    expect(editor.block("B03")).to_be_visible()
    page.keyboard.press("Control+z")
    expect(editor.block("B03")).to_have_count(0)
    page.keyboard.press("l")
    before = editor.settled().number("Parameters")
    page.keyboard.press("Space")
    editor.changed("Parameters", before)
    page.keyboard.press("Control+s")
    wait_until_saved(page)
    links = saved(lab.files / "my.arch.json")["links"]
    assert list(links.values()) == [{"off": True}]


def test_the_palette_of_jupyterlab_has_the_editor_s_commands(page: Page, lab: JupyterServer) -> None:
    al.save(al.template("hrnet-3"), lab.files / "my.arch.json")
    page.goto(lab.address("lab/tree/my.arch.json"))
    editor = Editor(page).ready()
    page.keyboard.press("Control+Shift+c")
    page.locator("#modal-command-palette input").fill("Add stage")
    page.locator("#modal-command-palette li[data-command='archlab:edit-add-stage']").click()
    expect(editor.block("B03")).to_be_visible()
