"""Pictures of who looks at whom: they say what the built modules do, and stand alone."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import Any
from xml.etree import ElementTree

import pytest
import torch

from archlab.document.feature_map import FeatureMap
from archlab.parts.catalog import default
from archlab.parts.cell import Cell
from archlab.views.attention_picture import (
    FILLS,
    SAMPLE_MAP,
    SAMPLE_OPTIONS,
    attention_picture,
    code_picture,
)
from archlab.views.palette import colours, contrast
from archlab.views.shapes import text_width
from tests.cells.places import ATTENTION, built, errors, maps, place

NS = "{http://www.w3.org/2000/svg}"
CODES = ATTENTION
# Nothing but the operation itself mixes positions.
BARE: dict[str, Any] = {"mixer": "none", "norm": "channel", "drop_path": 0.0}
ATTENTION: dict[str, Any] = BARE | {"output_projection": False}
Positions = set[tuple[int, ...]]


def bare(code: str) -> dict[str, Any]:
    """Fields of a cell with windows by which nothing but its attention mixes positions."""
    return {"drop_path": 0.0} if code in ("S2", "Sw") else ATTENTION | {"projection": "linear"}


def marked(svg: str) -> dict[str, Positions]:
    """The positions of every role in a picture."""
    found: dict[str, Positions] = {}
    for group in ElementTree.fromstring(svg).iter(f"{NS}g"):
        role, d, h, first, last = re.fullmatch(r"(\w+):(\d+),(\d+),(\d+)-(\d+)", group.get("data-id", "")).groups()  # type: ignore[union-attr]
        found.setdefault(role, set()).update((int(d), int(h), w) for w in range(int(first), int(last) + 1))
    return found


def looked_at(svg: str) -> Positions:
    """Asked about, its token and the others that are looked at."""
    roles = marked(svg)
    return roles["asks"] | roles.get("own", set()) | roles.get("seen", set())


def influences(net: torch.nn.Module, x: torch.Tensor, at: tuple[int, ...]) -> Positions:
    """The positions whose value changes the output at `at`."""
    x = x.clone().requires_grad_()
    out = net(x)
    direction = torch.randn(out.shape[1], dtype=out.dtype)
    (gradient,) = torch.autograd.grad((out[(0, slice(None), *at)] * direction).sum(), x)
    return {tuple(p) for p in gradient[0].abs().sum(0).nonzero().tolist()}


def somewhere(size: tuple[int, int, int]) -> list[tuple[int, int, int]]:
    """Corners, the middle, and next to it."""
    d, h, w = size
    return [(0, 0, 0), (d - 1, h - 1, w - 1), (d // 2, h // 2, w // 2), (d // 2, h // 2 - 1, 0), (0, h - 1, w // 2)]


@pytest.mark.parametrize("code", ["S2", "Sw", *(c for c in CODES if c[0] != "T")])
def test_windows_are_those_of_the_module(code: str) -> None:
    fields = bare(code)
    cell, x = place(code, **fields)
    net, tensor = built(code, **fields), maps(code, 1)
    for at in somewhere(x.dhw):
        assert looked_at(attention_picture(cell, x, at=at)) == influences(net, tensor, at), at


@pytest.mark.parametrize(
    ("code", "size", "fields"),
    [
        ("L1", (2, 7, 11), {"window": (1, 4, 6), "patch": (1, 2, 3)}),
        ("G1", (2, 7, 11), {"window": (1, 8, 12), "patch": (1, 2, 3)}),
        ("Sw", (1, 9, 7), {"window": (1, 4, 3)}),
        ("Sh", (3, 9, 7), {"window": (2, 4, 3)}),
        ("V3", (3, 7, 5), {"window": (2, 4, 4)}),
    ],
)
def test_padded_windows_are_those_of_the_module(code: str, size: tuple[int, int, int], fields: dict[str, Any]) -> None:
    fields = bare(code) | {"pad": True, "heads": 1} | fields
    cell, x = place(code, **fields)[0], FeatureMap(channels=8, size=size)
    assert errors(cell, x) == []
    net, tensor = built(code, size=size, **fields), maps(code, 1, size=size)
    for at in somewhere(x.dhw):
        assert looked_at(attention_picture(cell, x, at=at)) == influences(net, tensor, at), at


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("code", ["T0", "T1"])
def test_frames_are_those_of_the_module(code: str, causal: bool) -> None:
    """Values come from 3x3 convolutions and weights from whole frames: a frame counts when any of its pixels does."""
    fields = BARE | {"mixer": "none" if code == "T0" else "conv", "causal": causal, "output_projection": False}
    cell, x = place(code, **fields)
    net, tensor = built(code, **fields), maps(code, 1)
    for d in range(x.depth):
        drawn = looked_at(attention_picture(cell, x, at=(d, 2, 3)))
        frames = {p[0] for p in drawn}
        assert len(drawn) == len(frames) * x.height * x.width
        assert frames == {p[0] for p in influences(net, tensor, (d, 2, 3))}
        assert frames == set(range(d + 1 if causal else x.depth))


@pytest.mark.parametrize("code", ["C2", "C3"])
def test_neighbours_are_those_of_the_module(code: str) -> None:
    cell, x = place(code, **BARE)
    net, tensor = built(code, **BARE), maps(code, 1)
    for at in somewhere(x.dhw):
        assert looked_at(attention_picture(cell, x, at=at)) == influences(net, tensor, at), at


@pytest.mark.parametrize(("code", "plain"), [("Sw", "S2"), ("Sh", "S3")])
def test_what_is_masked_is_the_rest_of_the_shifted_window(
    code: str, plain: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the mask taken out of the module, the window of the query is what is seen and what is masked."""
    fields = bare(code)
    cell, x = place(code, **fields)
    net, tensor = built(code, **fields), maps(code, 1)
    family = type(cell).__module__.removesuffix(".cells")
    monkeypatch.setattr(f"{family}.module.window_mask", lambda *_, **__: None)
    masked = 0
    for at in somewhere(x.dhw):
        svg = attention_picture(cell, x, at=at)
        hidden = marked(svg).get("masked", set())
        masked += len(hidden)
        assert looked_at(svg) | hidden == influences(net, tensor, at)
        assert not looked_at(svg) & hidden
        assert not marked(attention_picture(place(plain, **fields)[0], x, at=at)).get("masked")
    assert masked


@pytest.mark.parametrize("code", sorted(default().codes))
def test_the_picture_of_a_code_says_its_name_and_every_mark(code: str) -> None:
    svg = ElementTree.fromstring(code_picture(*default().codes[code]))
    words = [t.text or "" for t in svg.iter(f"{NS}text")]
    assert words[0] == f"{code}: who looks at whom"
    roles = set(marked(ElementTree.tostring(svg, encoding="unicode")))
    told = " ".join(words)
    for role, word in {"own": "one token", "seen": "looked at", "masked": "masked"}.items():
        assert (role in roles) == (word in told), role
    assert svg.find(f"{NS}desc").text  # type: ignore[union-attr]


@pytest.mark.parametrize("code", sorted(default().codes))
def test_nothing_is_clipped(code: str) -> None:
    svg = ElementTree.fromstring(code_picture(*default().codes[code]))
    width, height = float(svg.get("width", 0)), float(svg.get("height", 0))
    for text in svg.iter(f"{NS}text"):
        room, x, wide = width, float(text.get("x", 0)), text_width(text.text or "", float(text.get("font-size", 0)))
        assert (x - wide / 2 if text.get("text-anchor") else x) >= 0
        assert (x + wide / 2 if text.get("text-anchor") else x + wide) <= room, text.text
        assert float(text.get("y", 0)) < height - 4
    for rect in svg.iter(f"{NS}rect"):
        assert float(rect.get("x", 0)) + float(rect.get("width", 0)) <= width + 0.01
        assert float(rect.get("y", 0)) + float(rect.get("height", 0)) <= height + 0.01


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_marks_stand_out_from_the_map_and_from_the_question(theme: Any) -> None:
    found = colours(theme)
    assert contrast(found[FILLS["seen"]], found["paper"]) > 1.5
    assert contrast(found[FILLS["asks"]], found[FILLS["own"]]) > 3
    assert contrast(found[FILLS["asks"]], found[FILLS["seen"]]) > 3
    for role in FILLS.values():
        assert contrast(found["ink"], found[role]) > 3 or role == FILLS["asks"]


def test_an_unshifted_map_of_one_frame_is_drawn_alone() -> None:
    cell = place("L1")[0]
    texts = attention_picture(cell, FeatureMap(channels=8, size=(8, 12)))
    assert "one frame of 8×12 pixels<" in texts
    assert "each by itself" in attention_picture(cell, FeatureMap(channels=8, size=(2, 8, 12)))


def test_a_position_outside_of_the_map_is_refused() -> None:
    with pytest.raises(ValueError, match=r"\(0, 16, 0\) is no position of a map 16x4x16x16"):
        attention_picture(place("C2")[0], SAMPLE_MAP, at=(0, 16, 0))


def test_a_cell_that_does_not_tell_has_no_picture() -> None:
    class Silent(Cell, frozen=True, kw_only=True):
        """Says nothing."""

    assert attention_picture(Silent(), SAMPLE_MAP) == ""
    assert code_picture(Silent, {}) == ""


def test_a_code_that_the_sample_does_not_fit_has_no_picture() -> None:
    cls, _ = default().codes["L1"]
    assert code_picture(cls, {"heads": 3}) == ""
    assert code_picture(cls, {"heads": SAMPLE_OPTIONS["heads"]})


def test_pictures_need_neither_torch_nor_matplotlib() -> None:
    code = (
        "import sys\n"
        "for name in ('torch', 'numpy', 'matplotlib'): sys.modules[name] = None\n"
        "from archlab.parts.catalog import default\n"
        "from archlab.views.attention_picture import code_picture\n"
        "assert all(code_picture(*found) for found in default().codes.values())\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
