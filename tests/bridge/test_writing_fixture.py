"""The page writes documents by itself; this fixture holds both writers to the same text."""

from __future__ import annotations

import json
from pathlib import Path

from archlab.document.spec import Spec
from archlab.document.writing import dumps
from archlab.templates import template, templates

FIXTURE = Path(__file__).parents[1] / "fixtures" / "writing.json"


def documents() -> list[Spec]:
    base = template("hrnet-3").with_name("with everything")
    full = (
        base.with_block("B22", ["T1", {"code": "G1", "heads": 2}], dense=True, options={"arrangement": "parallel"})
        .with_block("B11", "C2C2")
        .with_block("B00", channels=24)
        .with_link("B01>B12", kind="interp_conv1")
        .with_link("B11>B22", off=True)
        .with_code_option("G1", heads=4, window=(1, 4, 4))
        .with_code_option("C2", mixer_ratio=2.5)
        .with_link_options("interp_conv3", mode="nearest")
        .with_link_options("conv_stride", kernel=3)
        .with_compat("snraware")
        .with_option(norm="instance2d", dropout=0.125, tiny=1e-7, small=1e-5, whole=1.0)
        .with_stem("conv_stride")
        .with_head("classify", classes=10)
    )
    long = base.with_name('ünïcode \U0001f600 <b>"quoted"</b> \\ and\ttab').with_cells(["C2" * 30, "T1L1G1" * 20])
    return [full, long, *(t.spec for t in templates())]


def test_the_fixture_is_what_python_writes() -> None:
    expected = [{"spec": spec.to_dict(), "text": dumps(spec)} for spec in documents()]
    assert json.loads(FIXTURE.read_text(encoding="utf-8")) == expected, f"`make fix` writes it anew ({FIXTURE.name})"


def write() -> None:
    """Write the fixture."""
    content = [{"spec": spec.to_dict(), "text": dumps(spec)} for spec in documents()]
    FIXTURE.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
