"""What an estimate says of documents that are sound, wrong, or hold parts that it does not know."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import msgspec
import pytest
import torch
from torch import nn

import archlab as al
from archlab.parts.catalog import default
from archlab.parts.registry import Registry

SPEC = al.hrnet(levels=2, channels=8, cells="C2L1", input="3x16x16", heads=4, window=(1, 4, 4))


def registry(*extra: type[Any]) -> Registry:
    """archlab's own parts and some of the test's."""
    new = Registry()
    known = default()
    for part in (*known.cells, *known.links.values(), *known.layouts.values(), *known.stems.values(), *extra):
        new.register(part)
    return new


class Halved(nn.Module):
    """1x1 convolution, sine, and what it costs nobody knows."""

    def __init__(self, c_in: int, c_out: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(c_in, c_out, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.special.bessel_j0(self.conv(x).sin())


class NoForm(al.Cell, frozen=True, kw_only=True):
    """A cell without a closed form."""

    codes = {"X1": {}}
    family = "test"

    def build(self, x: al.FeatureMap, width: int) -> nn.Module:
        return Halved(x.channels, width)


class Broken(al.Cell, frozen=True, kw_only=True):
    """A cell whose module does not run."""

    codes = {"X2": {}}
    family = "test"

    def build(self, x: al.FeatureMap, width: int) -> nn.Module:
        raise RuntimeError("no such kernel")


class Wrong(al.Cell, frozen=True, kw_only=True):
    """A cell whose closed form fails."""

    codes = {"X3": {}}
    family = "test"

    def cost(self, x: al.FeatureMap, width: int) -> al.Cost:
        return al.Cost(params=1 // 0)


class ByHand(al.Cell, frozen=True, kw_only=True):
    """A cell whose author counted by hand."""

    codes = {"X4": {}}
    family = "test"

    def cost(self, x: al.FeatureMap, width: int) -> al.Cost:
        return al.Cost(params=5, macs=10, elementwise=3, saved_bytes=100, saves_input=True)

    def build(self, x: al.FeatureMap, width: int) -> nn.Module:
        return nn.Conv2d(x.channels, width, 1)


def test_json_has_the_keys_of_the_contract() -> None:
    plain = al.estimate(SPEC, batch=2).to_dict()
    assert json.loads(json.dumps(plain)) == plain
    assert list(plain) == [
        "name",
        "input",
        "batch",
        "params",
        "macs",
        "flops",
        "elementwise",
        "activation_bytes",
        "outputs",
        "nodes",
        "links",
        "plan",
        "diagnostics",
        "not_counted",
    ]
    assert plain["input"] == {"channels": 3, "size": [16, 16]}
    assert plain["outputs"][0] == {"name": "out0", "shape": [2, 8, 16, 16]}
    row = next(r for r in plain["links"] if r["id"] == "B00>B11")
    assert (row["kind"], row["level"], row["stage"]) == ("patch_merge", 1, 1)
    assert row["shape"] == [2, 16, 8, 8]
    assert row["output_bytes"] == 4 * 2 * 16 * 8 * 8
    assert row["params"] == 4 * 8 * 16
    assert row["macs"] == 2 * 4 * 8 * 16 * 64
    assert row["flops"] == 2 * row["macs"]
    # the merged phases, kept by the 1x1 convolution, and the link's output, kept by the norm of B11
    assert row["activation_bytes"] == 4 * 2 * 32 * 64 + 4 * 2 * 16 * 64


def test_everything_but_parameters_grows_with_the_batch() -> None:
    one, four = al.estimate(SPEC), al.estimate(SPEC, batch=4)
    assert (one.batch, four.batch) == (1, 4)
    assert one.params == four.params
    for field in ("macs", "flops", "elementwise"):
        assert getattr(four, field) == 4 * getattr(one, field)
    # a position bias is one tensor for the whole batch
    plain = SPEC.with_option(relative_position=False)
    four, one = al.estimate(plain, batch=4), al.estimate(plain)
    assert four.activation_bytes == 4 * (one.activation_bytes or 0)


def test_another_input() -> None:
    assert al.estimate(SPEC, input="1x32x32") == al.estimate(SPEC.with_input("1x32x32"))
    estimate = al.estimate(SPEC, input="tall")
    assert [d.code for d in estimate.diagnostics] == ["AL503"]
    assert estimate.params == al.estimate(SPEC).params


@pytest.mark.parametrize("batch", [0, -1, 1.5, "2", None, True])
def test_a_batch_that_is_none(batch: Any) -> None:
    estimate = al.estimate(SPEC, batch=batch)
    assert [d.code for d in estimate.diagnostics] == ["AL504"]
    assert estimate.macs == al.estimate(SPEC).macs


def test_unknown_code_leaves_the_rest_known() -> None:
    estimate = al.estimate(SPEC.with_block("B11", "C2Q9"))
    assert [d.code for d in estimate.diagnostics if d.severity == "error"] == ["AL022"]
    assert estimate.params is estimate.macs is estimate.flops is estimate.activation_bytes is None
    assert estimate.row("B11").params is None
    assert estimate.row("B11").shape == (1, 16, 8, 8)
    assert estimate.row("B00") == al.estimate(SPEC).row("B00")
    assert [o.shape for o in estimate.outputs] == [o.shape for o in al.estimate(SPEC).outputs]


def test_nothing_to_draw_is_all_none() -> None:
    estimate = al.estimate(msgspec.structs.replace(SPEC, layout=al.new("ring", {}).layout))
    assert estimate.nodes == estimate.links == estimate.outputs == ()
    assert estimate.params is estimate.macs is estimate.activation_bytes is None
    assert [d.code for d in estimate.diagnostics] == ["AL015"]


def test_sizes_that_do_not_meet_leave_shapes_none() -> None:
    estimate = al.estimate(SPEC.with_cells("C2").with_input("3x17x16"))
    assert any(d.severity == "error" for d in estimate.diagnostics)
    assert estimate.row("B11").shape is None
    assert estimate.row("B00").macs is not None
    assert estimate.macs is None


@pytest.mark.parametrize("options", [{"heads": 3}, {"window": [1, 5, 5]}, {"window": [1, 16, 16], "patch": [1, 5, 5]}])
def test_a_cell_that_does_not_fit_has_no_cost(options: dict[str, Any]) -> None:
    estimate = al.estimate(SPEC.with_block("B00", "L1C2", options=options))
    assert {d.code[:3] for d in estimate.diagnostics} == {"AL2"}
    row = estimate.row("B00")
    assert row.params is row.macs is row.activation_bytes is None
    assert row.shape == (1, 8, 16, 16)
    assert estimate.row("B01").params is not None


def test_links_that_are_off_cost_nothing() -> None:
    off = al.estimate(SPEC.with_link("B01>F1", off=True))
    assert "B01>F1" not in {row.id for row in off.links}
    assert off.params is not None
    assert off.params == (al.estimate(SPEC).params or 0) - 4 * 8 * 16


def test_parts_without_a_closed_form_are_measured() -> None:
    estimate = al.estimate(SPEC.with_block("B00", "X1"), registry=registry(NoForm))
    row = estimate.row("B00")
    assert (row.params, row.macs) == (3 * 8 + 8, 3 * 8 * 256)
    assert row.elementwise == 8 * 256  # the sine
    assert "operation special_bessel_j0" in estimate.not_counted
    assert not estimate.diagnostics


@pytest.mark.parametrize(
    ("code", "number", "words"), [("X2", "AL502", "no such kernel"), ("X3", "AL501", "ZeroDivisionError")]
)
def test_parts_that_fail_are_told_and_left_out(code: str, number: str, words: str) -> None:
    estimate = al.estimate(SPEC.with_block("B00", code), registry=registry(Broken, Wrong))
    (told,) = estimate.diagnostics
    assert (told.code, told.severity, told.node) == (number, "warning", "B00")
    assert words in told.message
    assert estimate.row("B00").params is estimate.params is None
    assert estimate.row("B01").params is not None
    # whether the failing cell keeps what enters it is not known either: the image's row stays open
    assert estimate.row("input").activation_bytes is None


def test_costs_counted_by_hand_are_scaled() -> None:
    parts = registry(ByHand)
    spec = al.soanet(stages=1, channels=8, cells="X4", input="3x4x4")
    one, three = al.estimate(spec, registry=parts), al.estimate(spec, batch=3, registry=parts)
    assert (one.params, one.macs, one.elementwise, one.activation_bytes) == (5, 10, 3, 100 + 4 * 3 * 16)
    assert (three.params, three.macs, three.elementwise, three.activation_bytes) == (5, 30, 9, 3 * (100 + 4 * 3 * 16))


def test_what_is_not_counted_is_always_said() -> None:
    assert len(al.estimate(SPEC).not_counted) >= 4
    assert "bias additions of convolutions and linear layers" in al.estimate(SPEC).not_counted


def test_text_table() -> None:
    text = str(al.estimate(SPEC))
    lines = text.splitlines()
    assert lines[0].startswith("untitled: input 1×3×16×16")
    assert any(line.startswith("B11  ") and "1×16×8×8" in line for line in lines)
    assert any(line.startswith("total") for line in lines)
    assert "FLOPs = 2 x MACs" in text
    assert "not known" in str(al.estimate(SPEC.with_block("B11", "Q9")))


def test_html_table_escapes_and_takes_the_colours_of_the_page() -> None:
    html = al.estimate(SPEC.with_name("<script>alert(1)</script>"))._repr_html_()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert html.count("<tr") == html.count("</tr>")
    assert "#" not in html.replace("&#x27;", "")
    assert "color:white" not in html


def test_same_answer_from_the_cache() -> None:
    assert al.estimate(SPEC, batch=2) == al.estimate(SPEC, batch=2)


def test_needs_no_torch() -> None:
    code = """
import sys
sys.modules["torch"] = None
import archlab as al
e = al.estimate(al.unet(levels=2, channels=8, cells="T1L1G1C2", input="2x4x32x32", heads=4, window=(1, 8, 8)))
assert e.macs and e.activation_bytes, e.diagnostics
print(e.macs)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(done.stdout) > 0
