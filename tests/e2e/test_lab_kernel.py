"""The kernel of a document in JupyterLab: killed, lacking archlab, found again; and a server that goes away."""

from __future__ import annotations

import os
import re
import signal

import pytest
from playwright.sync_api import Page, expect

import archlab as al
from tests.e2e.editor import LONG, Editor, in_lab, saved, wait_until_saved
from tests.e2e.servers import JupyterServer

pytestmark = pytest.mark.e2e


@pytest.fixture
def editor(page: Page, lab: JupyterServer) -> Editor:
    al.save(al.template("hrnet-3").with_cells("C2"), lab.files / "my.arch.json")
    return in_lab(page, lab.address("lab/tree/my.arch.json")).ready()


def test_a_kernel_that_is_killed_leaves_the_document_and_a_way_back(
    page: Page, lab: JupyterServer, editor: Editor
) -> None:
    editor.select("B11").cells("B11").fill("L1")
    editor.train()
    (process,) = lab.kernel_processes()
    os.kill(process, signal.SIGKILL)
    expect(editor.root.get_by_role("alert").filter(has_text="The kernel died").first).to_be_visible(timeout=LONG)
    editor.kernel("dead")
    dialog = page.locator(".jp-Dialog")
    if dialog.count():
        dialog.get_by_role("button").last.click()
    expect(editor.root.get_by_text("interrupted")).to_be_visible()
    expect(editor.curve("Loss")).to_be_visible()

    # Editing and saving go on without a kernel.
    before = editor.number("Parameters")
    editor.tab("inspect").select("B22").cells("B22").fill("G1")
    editor.changed("Parameters", before)
    page.keyboard.press("Control+s")
    wait_until_saved(page)
    assert saved(lab.files / "my.arch.json")["blocks"] == {"B11": "L1", "B22": "G1"}

    editor.button("Reconnect").click()
    editor.kernel("ready")
    editor.train()
    editor.button("Stop").click()
    expect(editor.button("Train again")).to_be_visible()


def test_pause_one_step_and_go_on(editor: Editor) -> None:
    editor.train()
    editor.button("Pause").click()
    expect(editor.button("Go on")).to_be_visible()
    line = editor.root.locator(".al-progress-line b")
    step = int(line.inner_text())
    editor.button("One step").click()
    expect(line).to_have_text(str(step + 1))
    editor.button("Go on").click()
    expect(editor.button("Pause")).to_be_visible()
    expect(line).not_to_have_text(str(step + 1))
    editor.button("Stop").click()
    expect(editor.button("Train again")).to_be_visible()


def test_a_page_that_is_reloaded_finds_its_training_again(page: Page, lab: JupyterServer, editor: Editor) -> None:
    editor.train()
    page.reload()
    editor = Editor(page).ready()
    editor.kernel("ready")
    editor.tab("train")
    expect(editor.curve("Loss")).to_be_visible(timeout=LONG)
    expect(editor.root.locator(".al-fusions li").first).to_be_visible(timeout=LONG)
    editor.button("Stop").click()
    expect(editor.button("Train again")).to_be_visible()
    expect(editor.root.get_by_text(re.compile("^stopped"))).to_be_visible()


def test_a_kernel_without_archlab_says_how_to_install_it(page: Page, lab: JupyterServer) -> None:
    file = "my.arch.json"
    al.save(al.template("hrnet-3"), lab.files / file)
    lab.request("sessions", "POST", {"path": file, "name": file, "type": "file", "kernel": {"name": "bare"}})
    editor = in_lab(page, lab.address(f"lab/tree/{file}")).ready()
    editor.kernel("lacking")
    notice = editor.root.get_by_role("alert").first
    expect(notice).to_contain_text("archlab is missing in the kernel “Bare”")
    expect(notice).to_contain_text("%pip install archlab")
    before = editor.number("Parameters")
    editor.select("B11").cells("B11").fill("L1")
    editor.changed("Parameters", before)
    editor.button("Reconnect").click()
    editor.kernel("lacking")


def test_a_server_that_goes_away_leaves_editing(page: Page, lab: JupyterServer, editor: Editor) -> None:
    page.route("**/archlab/api/**", lambda route: route.abort())
    editor.select("B11").cells("B11").fill("L1")
    expect(editor.root.locator(".al-totals[data-stale]")).to_be_visible()
    expect(editor.root.get_by_text("does not answer")).to_be_visible()
    expect(editor.root.get_by_text(re.compile("as of revision"))).to_be_visible()
    page.keyboard.press("Control+s")
    wait_until_saved(page)
    assert saved(lab.files / "my.arch.json")["blocks"] == {"B11": "L1"}
    page.unroute("**/archlab/api/**")
    editor.settled()
    expect(editor.root.get_by_text("does not answer")).to_have_count(0)


def test_a_failed_training_says_why(editor: Editor) -> None:
    editor.tab("train")
    editor.field("Learning rate").fill("1e30")
    editor.button("Train").click()
    failed = editor.root.locator(".al-failed")
    expect(failed).to_contain_text("The loss became", timeout=LONG)
    expect(failed).to_contain_text("smaller learning rate")


REGISTER = """
import archlab as al
@al.register
class Nothing(al.Cell, frozen=True, kw_only=True):
    "Lets everything through, unchanged."
    codes = {"Zz": {}}
    family = "mine"
    def cost(self, x, width):
        return al.Cost()
"""


def test_a_cell_that_only_the_kernel_knows_is_answered_for_by_the_kernel(page: Page, lab: JupyterServer) -> None:
    file = "mine.arch.json"
    al.save(al.template("hrnet-3").with_block("B11", "C2Zz"), lab.files / file)
    wanted = {"path": file, "name": file, "type": "file", "kernel": {"name": "python3"}}
    session = lab.request("sessions", "POST", wanted)
    editor = in_lab(page, lab.address(f"lab/tree/{file}")).drawn()
    expect(editor.block("B11")).to_have_attribute("data-severity", "error")
    editor.kernel("ready")
    lab.execute(session["kernel"]["id"], REGISTER)
    expect(editor.block("B11")).not_to_have_attribute("data-severity", "error")
    expect(editor.figure("Parameters")).not_to_have_text("–")
    editor.select("B11")
    expect(editor.root.get_by_role("button", name="Insert Zz")).to_be_visible()
