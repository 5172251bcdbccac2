from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

import archlab as al
from archlab.bridge.widget import MAX_ANSWER, STATIC, EditorWidget, edit
from archlab.document.spec import Spec
from archlab.document.writing import dumps

pytestmark = pytest.mark.skipif(
    not (STATIC / "widget.js").exists(), reason="the notebook bundle is not built: cd widgets && jlpm build"
)


@pytest.fixture
def file(tmp_path: Path, small: Spec) -> Path:
    path = tmp_path / "my.arch.json"
    path.write_text(dumps(small) + "\n\n", encoding="utf-8")
    return path


def ask(editor: EditorWidget, sent: Any, **request: Any) -> None:
    """What the page sends, and where the answers go."""
    editor.send = lambda content, buffers=None: sent(msgspec.convert(content, Any), buffers or [])
    editor._handle_custom_msg(request, [])


def test_a_file_is_shown_as_it_is_and_saved_as_it_was(file: Path, small: Spec) -> None:
    before = file.read_bytes()
    editor = al.edit(file)
    assert editor.text.encode() == before
    assert editor.title == "my.arch.json"
    assert editor.spec == small
    assert editor.save() == file
    assert file.read_bytes() == before


def test_the_document_goes_both_ways(small: Spec) -> None:
    editor = edit(small)
    heard: list[str] = []
    editor.observe(lambda change: heard.append(change["new"]), "text")
    editor.set_state({"text": dumps(small.with_block("B11", "T1"))})  # as the page does
    assert editor.spec == small.with_block("B11", "T1")
    editor.spec = small.with_cells("L1")
    assert editor.text == dumps(small.with_cells("L1"))
    editor.spec = small.to_dict()
    assert editor.spec == small
    assert len(heard) == 3


def test_what_is_no_document_is_refused_or_kept_for_repair(small: Spec, tmp_path: Path) -> None:
    editor = edit(small)
    with pytest.raises(al.ArchlabError, match="colour"):
        editor.spec = {"format": "archlab/1", "colour": 1}
    assert editor.spec == small
    broken = tmp_path / "broken.arch.json"
    broken.write_text('{"format": "archlab/1", ')
    editor = edit(broken)
    assert editor.text == '{"format": "archlab/1", '
    assert [d.code for d in editor.diagnostics] == ["AL005"]
    with pytest.raises(al.ArchlabError, match="not JSON"):
        _ = editor.spec
    editor.save()
    assert broken.read_text() == '{"format": "archlab/1", '


def test_files_that_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        edit(tmp_path / "nothing.arch.json")
    (tmp_path / "latin").write_bytes(b'{"name": "\xe4"}')
    with pytest.raises(al.ArchlabError, match="not UTF-8"):
        edit(tmp_path / "latin")
    (tmp_path / "huge").write_bytes(b" " * (5 << 20))
    with pytest.raises(al.ArchlabError, match="the limit is"):
        edit(tmp_path / "huge")


def test_nothing_changed_outside_is_overwritten_unasked(file: Path, small: Spec, tmp_path: Path) -> None:
    editor = edit(file)
    editor.spec = small.with_cells("L1")
    file.write_text(dumps(small.with_cells("T1")))
    with pytest.raises(al.ArchlabError, match="changed outside"):
        editor.save()
    assert al.load(file) == small.with_cells("T1")
    editor.save(overwrite=True)
    assert al.load(file) == small.with_cells("L1")
    (tmp_path / "other.arch.json").write_text("mine")
    with pytest.raises(al.ArchlabError, match="exists already"):
        editor.save(tmp_path / "other.arch.json")
    assert editor.save(tmp_path / "new.arch.json") == tmp_path / "new.arch.json"
    assert editor.title == "new.arch.json"


def test_a_document_without_a_file_says_how_to_save_it(small: Spec) -> None:
    with pytest.raises(al.ArchlabError, match="has no file yet"):
        edit(small).save()


def test_the_page_is_answered_and_a_training_can_be_waited_for(small: Spec, sent: Any) -> None:
    editor = edit(small)
    assert editor.run is None
    ask(editor, sent, op="check", id="v:1", rev=1, spec=small.to_dict())
    assert sent.messages[0]["type"] == "reply"
    ask(editor, sent, op="train", id="v:2", spec=small.to_dict(), steps=6, batch_size=4)
    assert editor.run is not None
    assert editor.run.wait(60)["type"] == "finished"


def test_a_saved_notebook_holds_a_picture(small: Spec) -> None:
    bundle = edit(small)._repr_mimebundle_()
    assert bundle is not None
    assert bundle[0]["image/svg+xml"].startswith("<svg")
    assert "application/vnd.jupyter.widget-view+json" in bundle[0]
    nothing = edit()._repr_mimebundle_()
    assert nothing is not None
    assert "image/svg+xml" not in nothing[0]


def test_only_a_small_answer_is_kept_in_the_notebook(small: Spec) -> None:
    editor = edit(small)
    told: list[dict[str, Any]] = []
    editor.send_state = lambda key=None: told.append(editor.get_state(key))
    editor.set_state({"answer": {"reply": {"rev": 1}}})  # as the page does
    assert editor.answer == {"reply": {"rev": 1}}
    assert not told
    editor.set_state({"answer": {"reply": "x" * MAX_ANSWER}})
    assert editor.answer == {}
    assert {"answer": {}} in told  # the page drops it too
