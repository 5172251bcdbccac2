from __future__ import annotations

import base64
import json
import subprocess
import sys
from typing import Annotated, Any, ClassVar

import msgspec
import pytest
from msgspec import Meta

from archlab.bridge import messages as m
from archlab.bridge.graph_view import growth
from archlab.bridge.session import EXPORTS, MAX_PNG_NODES, Session, failure
from archlab.cells.windows.cells import LocalAttention
from archlab.document.diagnostics import ArchlabError
from archlab.document.spec import COMPATS, Spec
from archlab.parts.layout import Layout
from archlab.templates import template, templates


@pytest.fixture(scope="module")
def session() -> Session:
    return Session()


def ask(session: Session, request: m.Request) -> Any:
    answer = session.handle(request)
    assert isinstance(answer, m.Reply), answer
    return json.loads(msgspec.json.encode(answer))["value"]


@pytest.mark.parametrize("one", templates(), ids=lambda t: t.name)
def test_every_template_checks_and_draws(session: Session, one: Any) -> None:
    answer = ask(session, m.CheckRequest(id=1, rev=4, spec=one.spec.to_dict()))
    assert answer["rev"] == 4
    assert answer["spec_ok"] is True
    assert [d for d in answer["diagnostics"] if d["severity"] == "error"] == []
    rows = {row["id"] for row in answer["estimate"]["nodes"]}
    assert {node["id"] for node in answer["graph"]["nodes"]} == rows
    assert answer["estimate"]["params"] == sum(
        row["params"] for row in [*answer["estimate"]["nodes"], *answer["estimate"]["links"]]
    )


def test_the_graph_says_where_values_come_from(session: Session) -> None:
    spec = template("hrnet-2-attention").with_block("B11", "T1G0").with_link("B00>B11", off=True)
    graph = ask(session, m.CheckRequest(spec=spec.to_dict()))["graph"]
    block = next(node for node in graph["nodes"] if node["id"] == "B11")
    assert (block["text"], block["overridden"], block["path"]) == ("T1G0", True, "$.blocks.B11")
    cell = block["cells"][1]
    assert cell["code"] == "G0"
    assert cell["origin"]["mixer"] == "word"
    assert cell["values"]["heads"] == 4
    assert cell["origin"]["heads"] == "options"
    off = next(link for link in graph["links"] if link["id"] == "B00>B11")
    assert (off["off"], off["derived"]) == (True, True)
    assert "B00>B11" not in block["inputs"]


@pytest.mark.parametrize(
    ("name", "level", "stage"),
    [
        ("hrnet-3", ("levels", 3, 12), ("stages", 3, 64)),
        ("unet-3", ("levels", 3, 11), None),
        ("soanet-3", None, ("stages", 3, 64)),
    ],
)
def test_growth_names_the_field_its_value_and_its_bound(session: Session, name: str, level: Any, stage: Any) -> None:
    growth = ask(session, m.CheckRequest(spec=template(name).to_dict()))["growth"]
    for axis, expected in (("level", level), ("stage", stage)):
        found = growth[axis]
        assert expected == (found and (found["field"], found["value"], found["max"]))


class Columns(Layout, frozen=True, kw_only=True):
    """A layout whose stages are listed, each with its blocks by level."""

    stage_field: ClassVar[str | None] = "columns"
    columns: Annotated[tuple[tuple[int, ...], ...], Meta(min_length=2, max_length=9)] | int = ((1,), (1, 2))

    def counts(self) -> tuple[int, int]:
        return 2, 2 if isinstance(self.columns, int) else len(self.columns)


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (((1,), (1, 2)), {"listed": True, "value": 2, "min": 2, "max": 9}),
        (((1,), (1, 2), (1, 2)), {"listed": True, "value": 3, "min": 2, "max": 9}),
        (2, {"listed": False, "value": 2, "min": 1, "max": 64}),
    ],
)
def test_growth_of_a_list_counts_its_entries(columns: Any, expected: Any) -> None:
    found = growth(Columns(columns=columns), (12, 64)).stage
    assert msgspec.to_builtins(found) == {"field": "columns", **expected}


def test_an_unsound_document_keeps_what_can_be_said(session: Session) -> None:
    spec = template("hrnet-3").with_block("B11", "T1Q9")
    answer = ask(session, m.CheckRequest(spec=spec.to_dict()))
    assert answer["spec_ok"] is False
    assert answer["estimate"]["params"] is None
    block = next(node for node in answer["graph"]["nodes"] if node["id"] == "B11")
    assert [cell["known"] for cell in block["cells"]] == [True, False]
    assert any(d["node"] == "B11" and d["span"] == [2, 4] for d in answer["diagnostics"])


@pytest.mark.parametrize("data", [None, 3, [], {}, {"format": "archlab/1"}, {"format": "archlab/9"}, "text"])
def test_what_is_no_document_is_diagnosed(session: Session, data: Any) -> None:
    answer = ask(session, m.CheckRequest(spec=data))
    assert answer["spec_ok"] is False
    assert answer["graph"] is None
    assert answer["diagnostics"]


def test_read_gives_back_what_was_exported(session: Session) -> None:
    spec = template("unet-3").to_dict()
    text = ask(session, m.ExportRequest(spec=spec, format="json"))["text"]
    assert ask(session, m.ReadRequest(text=text)) == {"spec": spec, "diagnostics": []}


def test_read_says_where_the_text_breaks(session: Session) -> None:
    answer = ask(session, m.ReadRequest(text='{"format": "archlab/1",\n "name" 3}'))
    assert answer["spec"] is None
    assert "line 2, column 9" in answer["diagnostics"][0]["message"]


def test_export_refuses_what_is_no_document(session: Session) -> None:
    answer = session.handle(m.ExportRequest(id=5, spec={"format": "archlab/1", "colour": 1}, format="json"))
    assert isinstance(answer, m.Failure)
    assert answer.id == 5
    assert "colour" in answer.message


@pytest.mark.parametrize("format", EXPORTS)
def test_exports(session: Session, format: str) -> None:
    spec = template("hrnet-3").with_name('a/b "c" <i>')
    answer = ask(session, m.ExportRequest(spec=spec.to_dict(), format=format))
    assert answer["filename"].startswith("a-b-c-i")
    content = answer["text"].encode() or base64.b64decode(answer["base64"])
    starts = {"json": b'{\n  "format"', "svg": b"<svg", "png": b"\x89PNG", "dot": b"digraph"}
    assert content.startswith(starts[format])


def test_an_unknown_export_names_the_known_ones(session: Session) -> None:
    answer = session.handle(m.ExportRequest(spec=template("hrnet-3").to_dict(), format="sgv"))
    assert isinstance(answer, m.Failure)
    assert 'Did you mean "svg"?' in answer.message


def test_a_defect_in_a_handler_is_a_failure_that_says_so(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "_templates", lambda: 1 // 0)
    answer = session.handle(m.TemplatesRequest(id=2))
    assert isinstance(answer, m.Failure)
    assert answer.message.startswith("ZeroDivisionError")
    assert "your document is not touched" in answer.hint


@pytest.mark.parametrize(
    "data", ["", None, [], {"op": "nothing"}, {"op": "check"}, {"op": "check", "spec": 1, "more": 2}]
)
def test_what_is_no_request_is_refused(data: Any) -> None:
    with pytest.raises(msgspec.ValidationError):
        m.convert(data)


def test_questions_need_no_torch(small: Spec) -> None:
    program = """
import sys
from importlib.abc import MetaPathFinder
class Block(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {"torch", "ipywidgets", "anywidget", "matplotlib"}:
            raise ImportError(name)
sys.meta_path.insert(0, Block())
from archlab import views
from archlab.bridge import messages as m
from archlab.bridge.session import Session
from archlab.parts.layout import Layout
from archlab.templates import template
import archlab.bridge.server
session, spec = Session(), template("hrnet-2-attention").to_dict()
for request in (m.CatalogRequest(), m.TemplatesRequest(), m.CheckRequest(spec=spec),
                m.ReadRequest(text="{}"), m.ExportRequest(spec=spec, format="svg")):
    answer = session.handle(request)
    assert isinstance(answer, m.Reply), answer
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_png_that_would_take_minutes_is_refused_in_a_sentence(session: Session) -> None:
    large = template("hrnet-3").with_layout(levels=12, stages=64).to_dict()
    answer = session.handle(m.ExportRequest(id=1, spec=large, format="png"))
    assert isinstance(answer, m.Failure)
    assert f"at most {MAX_PNG_NODES}" in answer.message
    assert "SVG" in answer.message


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (FileNotFoundError(2, "No such file or directory", "my.arch.json"), "my.arch.json: No such file or directory."),
        (OSError("The disk is gone"), "The disk is gone."),
        (ValueError("A learning rate is above 0."), "A learning rate is above 0."),
        (LookupError("There is no such job."), "There is no such job."),
        (ArchlabError("Not so."), "Not so."),
        (RecursionError("maximum depth"), "The request is nested too deeply."),
    ],
)
def test_faults_of_what_was_asked_are_sentences(error: Exception, message: str) -> None:
    assert failure(5, error) == m.Failure(id=5, message=message)


@pytest.mark.parametrize("error", [KeyError("x"), TypeError("by hand"), ZeroDivisionError()])
def test_anything_else_is_a_defect_with_its_class(error: Exception) -> None:
    answer = failure(5, error)
    assert answer.message.startswith(type(error).__name__)
    assert "defect" in answer.hint


def test_a_picture_that_nobody_draws_is_empty(session: Session) -> None:
    assert ask(session, m.PictureRequest(code="Q9")) == {"svg": ""}


def test_the_picture_of_a_code_is_that_of_its_cell_on_a_small_map(session: Session) -> None:
    (svg,) = ask(session, m.PictureRequest(code="G0")).values()
    assert svg.startswith("<svg")
    assert "G0: who looks at whom" in svg
    (dark,) = ask(session, m.PictureRequest(code="G0", theme="dark")).values()
    assert dark != svg


def test_the_graph_says_which_options_have_no_effect(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LocalAttention, "inert", lambda cell: {"mixer_ratio": f"mixer is {cell.mixer}"})
    spec = template("hrnet-2-attention").with_block("B11", "L0G0")
    graph = ask(session, m.CheckRequest(spec=spec.to_dict()))["graph"]
    block = next(node for node in graph["nodes"] if node["id"] == "B11")
    assert block["cells"][0]["inert"] == {"mixer_ratio": "mixer is none"}


def test_the_catalog_says_to_which_group_an_option_belongs(session: Session) -> None:
    cells = {cell["code"]: cell for cell in ask(session, m.CatalogRequest())["cells"]}
    groups = {name: field["x-archlab-group"] for name, field in cells["L1"]["schema"]["properties"].items()}
    assert (groups["window"], groups["heads"], groups["norm"]) == ("Windows", "Attention", "Norm, mixer, residual")
    assert set(cells["L1"]["page"]) == {"formula", "shapes", "cost"}


def test_the_catalog_names_the_originals_that_a_document_may_follow(session: Session) -> None:
    assert [one["name"] for one in ask(session, m.CatalogRequest())["compat"]] == list(COMPATS)
