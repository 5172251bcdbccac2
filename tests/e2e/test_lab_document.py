"""Documents in JupyterLab: files as they are, files that are none, files that others change."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Page, expect

import archlab as al
from archlab.document.writing import dumps
from tests.e2e.editor import Editor, in_lab, saved, wait_until_saved
from tests.e2e.servers import JupyterServer

pytestmark = pytest.mark.e2e

BROKEN = {
    "malformed JSON": ('{"format": "archlab/1",\n "name" 3}', "AL005"),
    "a key twice": ('{"format": "archlab/1", "name": "a", "name": "b"}', "AL006"),
    "deep nesting": ('{"format": "archlab/1", "a": ' + "[" * 500 + "]" * 500 + "}", "AL004"),
    "another format": ('{"format": "archlab/7"}', "AL007"),
    "a list": ("[1, 2, 3]", "AL010"),
    "five megabytes": ('{"format": "archlab/1", "name": "' + "x" * (5 << 20) + '"}', "AL001"),
}


def save(page: Page) -> None:
    """Press Ctrl+S and wait until the server has written the file."""
    with page.expect_response(lambda answer: "/api/contents/" in answer.url and answer.request.method == "PUT"):
        page.keyboard.press("Control+s")
    page.wait_for_timeout(500)  # JupyterLab drops a save that is asked for while one is under way


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_no_document_is_shown_for_repair_and_kept(page: Page, lab: JupyterServer, name: str) -> None:
    text, code = BROKEN[name]
    file = lab.files / "broken.arch.json"
    file.write_text(text)
    editor = in_lab(page, lab.address("lab/tree/broken.arch.json"))
    expect(editor.root.locator(".al-repair .al-problem", has_text=code)).to_be_visible()
    expect(editor.field("Text of the file")).to_have_value(text)
    save(page)
    assert file.read_text() == text


def test_a_broken_file_is_mended_in_place(page: Page, lab: JupyterServer) -> None:
    good = dumps(al.template("hrnet-3"))
    file = lab.files / "broken.arch.json"
    file.write_text(good.replace('"name":', '"name"'))
    editor = in_lab(page, lab.address("lab/tree/broken.arch.json"))
    expect(editor.button("Open as a document")).to_be_disabled()
    editor.field("Text of the file").fill(good)
    editor.button("Open as a document").click()
    editor.ready()
    page.keyboard.press("Control+s")
    wait_until_saved(page)
    assert file.read_text() == good


def test_a_file_that_nobody_edited_is_saved_as_it_was(page: Page, lab: JupyterServer) -> None:
    file = lab.files / "compact.arch.json"
    text = json.dumps(al.template("hrnet-3").to_dict(), separators=(",", ":")) + "\r\n\r\n"
    file.write_bytes(text.encode())
    editor = in_lab(page, lab.address("lab/tree/compact.arch.json")).ready()
    editor.select("B00")
    save(page)
    assert file.read_bytes() == text.encode()
    editor.cells("B00").fill("C2")
    page.keyboard.press("Control+s")
    wait_until_saved(page)
    assert saved(file)["blocks"] == {"B00": "C2"}
    editor.tool("Undo").click()
    page.keyboard.press("Control+s")
    wait_until_saved(page)
    assert file.read_bytes() == text.encode()


def test_an_unsound_document_keeps_every_field(page: Page, lab: JupyterServer) -> None:
    document = {**al.template("hrnet-3").to_dict(), "blocks": {"B00": "Q9Z"}, "colour": {"deep": [1, 2]}}
    file = lab.files / "odd.arch.json"
    file.write_text(json.dumps(document))
    editor = in_lab(page, lab.address("lab/tree/odd.arch.json"))
    expect(editor.root.get_by_text("colour").first).to_be_visible()
    page.keyboard.press("Control+s")
    page.wait_for_timeout(1000)
    assert saved(file) == document


def test_markup_in_names_stays_text(page: Page, lab: JupyterServer) -> None:
    evil = '<img src=x onerror="window.hacked=1"><script>window.hacked=2</script>'
    document = al.template("hrnet-3").with_name(evil).with_block("B00", '<img onerror="window.hacked=3">').to_dict()
    (lab.files / "evil.arch.json").write_text(json.dumps(document))
    editor = in_lab(page, lab.address("lab/tree/evil.arch.json"))
    expect(editor.block("B00")).to_have_attribute("data-severity", "error")
    expect(editor.root.locator(".al-name")).to_have_text(evil)
    editor.tab("problems")
    expect(editor.root.locator(".al-problem").first).to_be_visible()
    editor.tab("outline")
    assert editor.root.locator("img, script").count() == 0
    assert page.evaluate("window.hacked") is None


def test_absurd_sizes_are_errors_at_their_place(page: Page, lab: JupyterServer) -> None:
    document = al.template("hrnet-3").to_dict()
    document["layout"] = {"type": "hrnet", "levels": 10**9, "channels": -1}
    (lab.files / "absurd.arch.json").write_text(json.dumps(document))
    editor = in_lab(page, lab.address("lab/tree/absurd.arch.json"))
    expect(editor.root.get_by_text("levels").first).to_be_visible()
    expect(editor.root.locator("[data-severity='error'], .al-problem, [data-tone='error']").first).to_be_visible()


def test_a_change_outside_is_loaded_when_nothing_was_edited_here(page: Page, lab: JupyterServer) -> None:
    file = lab.files / "my.arch.json"
    al.save(al.template("hrnet-3"), file)
    editor = in_lab(page, lab.address("lab/tree/my.arch.json")).ready()
    al.save(al.template("hrnet-3").with_block("B11", "T1"), file)
    expect(editor.block("B11").locator(".al-chip")).to_have_text("T1")
    expect(page.get_by_text("was changed outside and has been loaded again")).to_be_visible()


def test_a_change_outside_asks_when_it_was_edited_here_too(page: Page, lab: JupyterServer) -> None:
    file = lab.files / "my.arch.json"
    al.save(al.template("hrnet-3"), file)
    editor = in_lab(page, lab.address("lab/tree/my.arch.json")).ready()
    editor.select("B00").cells("B00").fill("L1")
    theirs = al.template("hrnet-3").with_block("B11", "T1")
    al.save(theirs, file)
    expect(page.get_by_text("was changed outside, and here too")).to_be_visible()
    expect(editor.cells("B00")).to_have_value("L1")
    assert al.load(file) == theirs
    page.get_by_role("button", name="Load the file").click()
    expect(editor.block("B11").locator(".al-chip")).to_have_text("T1")
    editor.tool("Undo").click()  # what was typed here is not lost either
    expect(editor.cells("B00")).to_have_value("L1")


def test_a_file_that_is_deleted_outside_can_be_saved_again(page: Page, lab: JupyterServer) -> None:
    file = lab.files / "my.arch.json"
    al.save(al.template("hrnet-3"), file)
    editor = in_lab(page, lab.address("lab/tree/my.arch.json")).ready()
    page.wait_for_timeout(2000)  # JupyterLab itself asks for the file in its first second
    file.unlink()
    expect(page.get_by_text("is gone")).to_be_visible()
    editor.select("B00")
    page.keyboard.press("Control+s")
    wait_until_saved(page)
    assert al.load(file) == al.template("hrnet-3")


def test_a_file_that_is_renamed_in_jupyterlab_goes_on_under_its_name(page: Page, lab: JupyterServer) -> None:
    file = lab.files / "my.arch.json"
    al.save(al.template("hrnet-3"), file)
    editor = in_lab(page, lab.address("lab/tree/my.arch.json")).ready()
    page.locator(".jp-DirListing-item", has_text="my.arch.json").click()
    page.keyboard.press("F2")
    page.locator("input.jp-DirListing-editor").fill("other.arch.json")
    page.keyboard.press("Enter")
    expect(page.locator(".lm-TabBar-tab.lm-mod-current", has_text="other.arch.json").first).to_be_visible()
    editor.select("B00").cells("B00").fill("L1")
    page.keyboard.press("Control+s")
    wait_until_saved(page)
    assert saved(lab.files / "other.arch.json")["blocks"] == {"B00": "L1"}
    assert not file.exists()


def test_the_text_editor_beside_it_shows_the_same_document(page: Page, lab: JupyterServer) -> None:
    al.save(al.template("hrnet-3"), lab.files / "my.arch.json")
    editor = in_lab(page, lab.address("lab/tree/my.arch.json")).ready()
    item = page.locator(".jp-DirListing-item", has_text="my.arch.json")
    item.click(button="right")
    page.get_by_text("Open With").hover()
    page.locator(".lm-Menu-item", has_text="Editor").filter(has_not_text="archlab").first.click()
    text = page.locator(".jp-FileEditor .cm-content")
    expect(text).to_contain_text("hrnet-3")
    text.get_by_text("hrnet-3").first.dblclick()
    page.locator(".lm-TabBar-tab", has_text="my.arch.json").first.click()
    editor.select("B00").cells("B00").fill("L1")
    page.locator(".lm-TabBar-tab", has_text="my.arch.json").last.click()
    expect(text).to_contain_text('"B00": "L1"')


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_no_accessibility_violations(page: Page, lab: JupyterServer, theme: str) -> None:
    al.save(al.template("hrnet-3").with_block("B12", "T1Q9"), lab.files / "my.arch.json")
    page.goto(lab.address("lab/tree/my.arch.json"))
    editor = Editor(page).drawn()
    if "Dark" in theme:
        page.get_by_role("menuitem", name="Settings").click()
        page.locator(".lm-Menu-item", has_text="Theme").first.hover()
        page.get_by_role("menuitem", name=theme, exact=True).click()
        expect(editor.root).to_have_attribute("data-theme", "dark")
    editor.select("B12")
    found = {}
    for tab in ("inspect", "problems", "outline", "profile", "train"):
        editor.tab(tab)
        found[tab] = editor.violations()
    assert found == {tab: [] for tab in found}


def test_the_template_picker_and_the_repair_view_are_accessible(page: Page, lab: JupyterServer) -> None:
    (lab.files / "new.arch.json").write_text("")
    (lab.files / "broken.arch.json").write_text("{")
    editor = in_lab(page, lab.address("lab/tree/new.arch.json"))
    expect(editor.root.locator(".al-card").first).to_be_visible()
    assert editor.violations() == []
    editor = in_lab(page, lab.address("lab/tree/broken.arch.json"))
    expect(editor.root.locator(".al-repair .al-problem").first).to_be_visible()
    assert editor.violations() == []
