"""Lattice pictures: what is in them, that names stay names, and that they stand alone."""

from __future__ import annotations

import re
import subprocess
import sys
from xml.etree import ElementTree

import msgspec
import pytest

import archlab as al
from archlab.document.diagnostics import ArchlabError, Diagnostic
from archlab.graph.model import Graph
from archlab.views import Overlay, draw, lattice_svg
from archlab.views.palette import RAMP, colours, contrast
from archlab.views.scene import picture
from archlab.views.svg import render

from .graphs import hrnet, soanet, unet

NS = "{http://www.w3.org/2000/svg}"
EVIL = "<img src=x onerror=alert(1)>&\"'\x00\x1b]]>"


def tree(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg)


def groups(svg: str) -> dict[str, ElementTree.Element]:
    return {g.get("data-id", ""): g for g in tree(svg).iter(f"{NS}g")}


def words(element: ElementTree.Element) -> list[str]:
    return [t.text or "" for t in element.iter(f"{NS}text")]


@pytest.mark.parametrize("graph", [hrnet(2), hrnet(5), unet(4), soanet(4)], ids=["hrnet2", "hrnet5", "unet", "soanet"])
@pytest.mark.parametrize("theme", ["light", "dark", "auto"])
def test_every_node_and_link_is_drawn_with_a_tooltip(graph: Graph, theme: str) -> None:
    found = groups(lattice_svg(graph, theme=theme))
    for part in (*graph.nodes, *graph.links):
        assert found[part.id].find(f"{NS}title").text.startswith(part.id)


def test_a_block_shows_name_cells_and_shape() -> None:
    shown = words(groups(lattice_svg(hrnet(3)))["B12"])
    assert shown == ["B12", "T1", "L1", "G1", "64×112×112"]


def test_a_long_cell_string_is_folded() -> None:
    shown = words(groups(lattice_svg(hrnet(2, "T1L1G1" * 12)))["B00"])
    assert shown == ["B00", "T1", "L1", "G1", "×12", "32×224×224"]


def test_all_marks_lie_within_the_picture() -> None:
    svg = tree(lattice_svg(unet(4), title="x" * 300))
    width, height = float(svg.get("width")), float(svg.get("height"))
    for rect in svg.iter(f"{NS}rect"):
        assert float(rect.get("x")) >= 0
        assert float(rect.get("x")) + float(rect.get("width")) <= width + 0.01
        assert float(rect.get("y")) + float(rect.get("height")) <= height + 0.01
    for text in svg.iter(f"{NS}text"):
        assert 0 <= float(text.get("x")) <= width
        assert 0 < float(text.get("y")) <= height


def test_direction_shows_without_colour() -> None:
    """Filled head = down, hollow = up, open = same level."""
    found = groups(lattice_svg(hrnet(3)))

    def head(id: str) -> tuple[str, str]:
        mark = next(e for e in found[id] if e.tag in (f"{NS}polygon", f"{NS}polyline"))
        return mark.tag.removeprefix(NS), mark.get("class", "")

    assert head("B01>B12") == ("polygon", "f-down s-down")
    assert head("B12>F0") == ("polygon", "f-paper s-up")
    assert head("B01>B02") == ("polyline", "s-same")


def test_a_link_that_is_off_is_dashed_and_keeps_its_place() -> None:
    graph = hrnet(3)
    off = msgspec.structs.replace(
        graph, links=tuple(msgspec.structs.replace(k, off=k.id == "B01>B12") for k in graph.links)
    )
    before, after = (groups(lattice_svg(g))["B01>B12"].find(f"{NS}path") for g in (graph, off))
    assert before.get("stroke-dasharray") is None
    assert after.get("stroke-dasharray") == "4 4"
    assert before.get("d") == after.get("d")
    assert "off" in words(tree(lattice_svg(off)))


def test_a_gate_is_marked_and_tied_to_what_steers_it() -> None:
    gated, plain = (groups(lattice_svg(unet(2, gate=g))) for g in (True, False))
    assert "steered by U1>U0" in gated["D0>U0"].find(f"{NS}title").text
    dotted = [e for e in gated["D0>U0"] if e.get("stroke-dasharray") == "2 2.5"]
    assert len(dotted) == 1
    assert not [e for e in plain["D0>U0"] if e.get("stroke-dasharray")]


def test_merges_are_told_apart() -> None:
    assert "sum of 2 inputs" in groups(lattice_svg(hrnet(3)))["B02"].find(f"{NS}title").text
    assert "concatenation of 3 inputs" in groups(lattice_svg(hrnet(3)))["agg"].find(f"{NS}title").text


def test_text_of_a_document_never_becomes_markup() -> None:
    graph = hrnet(2)
    nodes = tuple(msgspec.structs.replace(n, id=EVIL if n.id == "B11" else n.id) for n in graph.nodes)
    found = Diagnostic(code="AL999", message=EVIL, node=EVIL, hint=EVIL)
    drawn = picture(msgspec.structs.replace(graph, nodes=nodes), title=EVIL, diagnostics=[found])
    svg = render(drawn, "auto")
    tags = {e.tag.removeprefix(NS) for e in tree(svg).iter()}
    assert tags <= {"svg", "title", "desc", "style", "g", "rect", "path", "polygon", "polyline", "text"}
    assert "<img" not in svg


def test_it_stands_alone() -> None:
    svg = lattice_svg(hrnet(3), theme="auto")
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)|url\(|@import|<script|href=", svg)


def test_errors_are_marked_at_their_block() -> None:
    spec = al.hrnet(levels=2, input="3x64x64").with_block("B11", "C2Q9")
    found = groups(lattice_svg(spec))
    assert "!" in words(found["B11"])
    assert "!" not in words(found["B00"])
    assert "Q9" in found["B11"].find(f"{NS}title").text


def test_an_overlay_shows_values_and_says_what_was_not_measured() -> None:
    overlay = Overlay(title="latency", values={"B00": 2.0, "B01": 1.0, "B11": None}, unit="ms")
    found = groups(lattice_svg(hrnet(2), overlay))
    assert "2 ms" in words(found["B00"])
    assert "–" in words(found["B11"])
    fills = [found[id].find(f"{NS}rect").get("class").split()[0] for id in ("B00", "B01", "B11", "out0")]
    assert fills == [f"f-ramp-{RAMP}", f"f-ramp-{RAMP // 2}", "f-ramp-0", "f-ramp-0"]


def test_a_plain_mapping_is_an_overlay() -> None:
    assert "1.50 k" in words(groups(lattice_svg(hrnet(2), {"B00": 1500}))["B00"])


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_contrast(theme: str) -> None:
    palette = colours(theme)
    for ground in ("paper", "band", "surface", "fusion"):
        for ink in ("ink", "soft"):
            assert contrast(palette[ink], palette[ground]) >= 4.5, (ink, ground)
        for line in ("same", "down", "up", "gate", "edge", "error"):
            assert contrast(palette[line], palette[ground]) >= 3, (line, ground)
    for step in range(RAMP + 1):
        assert contrast(palette["ink"], palette[f"ramp-{step}"]) >= 4.5, step
    for role in palette:
        if role.startswith("chip-"):
            assert contrast(palette[role], palette[role.replace("chip", "code")]) >= 4.5, role


def test_auto_holds_both_themes_and_light_is_for_print() -> None:
    svg = lattice_svg(hrnet(2), theme="auto")
    assert colours("light")["ink"] in svg
    assert "@media screen and (prefers-color-scheme: dark)" in svg
    assert colours("dark")["ink"] not in lattice_svg(hrnet(2))


def test_draw_takes_documents_and_built_nets() -> None:
    spec = al.hrnet(levels=2, channels=4, input="1x16x16")
    assert str(draw(spec)) == str(draw(al.build(spec)))
    with pytest.raises(TypeError, match="is a int"):
        draw(3)  # type: ignore[arg-type]


def test_draw_refuses_what_cannot_be_drawn() -> None:
    spec = al.hrnet(levels=2)
    with pytest.raises(ArchlabError, match='Did you mean "svg"'):
        draw(spec, "svgg")  # type: ignore[arg-type]
    with pytest.raises(ArchlabError, match="nothing to draw") as caught:
        draw(msgspec.structs.replace(spec, layout=msgspec.structs.replace(spec.layout, type="ring")))
    assert caught.value.diagnostics


def test_a_notebook_shows_the_format_asked_for() -> None:
    spec = al.hrnet(levels=2)
    svg, dot = draw(spec), draw(spec, "dot")
    assert svg._repr_svg_().startswith("<svg")
    assert svg._repr_svg_() in svg._repr_html_()
    assert svg._repr_png_() is None
    assert dot._repr_svg_() is None
    assert str(dot).startswith("digraph")


def test_drawing_needs_neither_torch_nor_matplotlib_nor_graphviz() -> None:
    code = (
        "import sys\n"
        "for name in ('torch', 'numpy', 'matplotlib', 'graphviz', 'ipywidgets'): sys.modules[name] = None\n"
        "import archlab as al\n"
        "assert al.draw(al.hrnet(levels=3)).svg.startswith('<svg')\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
