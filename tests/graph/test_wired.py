"""What a layout, neck or head says through its wiring, and what the document says against it."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from msgspec.structs import replace
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

import archlab as al
from archlab.document.spec import Spec
from archlab.graph import expand
from archlab.parts.catalog import default
from archlab.parts.neck import Neck
from archlab.parts.registry import Registry


class Scale(al.Cell, frozen=True, kw_only=True):
    """A convolution of a stride, which counts its place."""

    codes = {"Qs": {}}
    stride: int = 1
    across: int | None = None  # along W, as `stride` where it is None
    gain: float = 1.0
    place: tuple[int, int] = (0, 0)

    def placed(self, index: int, count: int) -> Scale:
        return replace(self, place=(index, count))

    def costed(self) -> Scale:
        return replace(self, place=(0, 0))

    def out(self, x: al.FeatureMap, width: int) -> al.FeatureMap:
        steps = (self.stride, self.across or self.stride)
        size = tuple(-(-n // step) for n, step in zip(x.size, steps, strict=True))
        return al.FeatureMap(channels=width, size=size, stride=(x.stride[0] * steps[0], x.stride[1] * steps[1]))

    def build(self, x: al.FeatureMap, width: int) -> nn.Module:
        return nn.Conv2d(x.channels, width, 3, stride=(self.stride, self.across or self.stride), padding=1)


class Bend(al.Cell, frozen=True, kw_only=True):
    """An activation."""

    codes = {"Qb": {}}
    slope: float = 0.0

    def out(self, x: al.FeatureMap, width: int) -> al.FeatureMap:
        return x

    def build(self, x: al.FeatureMap, width: int) -> nn.Module:
        return nn.LeakyReLU(self.slope)


class Steps(al.Layout, frozen=True, kw_only=True):
    """Two levels over two columns, with fixed cells around them and a fusion behind."""

    type = "steps"
    gain: float = 3.0
    rows: float = 2.0  # what a row claims to halve by

    def counts(self) -> tuple[int, int]:
        return 2, 2

    def strides(self, entry: al.FeatureMap) -> tuple[float, ...]:
        return 1.0, self.rows

    def wire(self, wiring: Any) -> None:
        own = {"options": {"gain": self.gain}, "first": {"gain": 2 * self.gain}}
        a = wiring.block(
            "a", level=0, stage=0, channels=4, inputs=[wiring.wire(wiring.entry)], cells=(0, 0), after=("Qb",), **own
        )
        b = wiring.block(
            "b",
            level=1,
            stage=1,
            channels=6,
            inputs=[wiring.wire(a)],
            cells=(1, 1),
            before=({"code": "Qs", "stride": 2},),
        )
        c = wiring.block("c", level=0, stage=1, channels=4, inputs=[wiring.wire(a)], cells=(1, 0), series="fine")
        up = wiring.wire(b, "interp_conv1", channels=4, fields={"mode": "nearest"})
        wiring.output(
            wiring.fusion("f", level=0, stage=2, inputs=[wiring.wire(c), up], after=({"code": "Qb", "slope": 0.5},)), b
        )


class Pair(Neck, frozen=True, kw_only=True):
    """Every output through a convolution of its own."""

    type = "pair"
    channels: int = 5

    def wire(self, wiring: Any, outputs: Any) -> Any:
        ids = [
            wiring.block(
                f"n{i}",
                level=o.level,
                stage=o.stage + 1,
                channels=self.channels,
                inputs=[wiring.wire(o.id)],
                cells=None,
                before=("Qs",),
            )
            for i, o in enumerate(outputs)
        ]
        return wiring.read(*ids)


class Both(al.Head, frozen=True, kw_only=True):
    """Reads two maps and returns them side by side."""

    type = "both"

    def wire(self, wiring: Any, outputs: Any) -> str:
        fine, coarse = outputs
        up = wiring.wire(coarse.id, "interp_conv1", channels=coarse.channels)
        return wiring.fusion("answer", level=0, stage=9, inputs=[wiring.wire(fine.id), up], merge="concat")


PARTS = (Scale, Bend, Steps, Pair, Both)
CELLS = (("QsQs",), ("QsQsQs", "Qs"))


@pytest.fixture
def registry() -> Registry:
    own = Registry()
    for cls in [cls for cls, _ in default().codes.values()]:
        own.register(cls)
    for shelf in (default().links, default().stems, default().heads):
        for cls in shelf.values():
            own.register(cls)
    for cls in PARTS:
        own.register(cls)
    return own


def document(**fields: Any) -> Spec:
    return replace(al.new("steps", fields, input="3x8x8"), cells=CELLS)


def cells(spec: Spec, registry: Registry, node: str) -> list[Any]:
    graph = expand(spec, registry).graph
    assert graph is not None
    return [use.cell for use in graph.node(node).cells]


def found(spec: Spec, registry: Registry) -> set[tuple[str, str]]:
    return {(d.code, d.path) for d in al.check(spec, registry)}


def agree(spec: Spec, registry: Registry) -> Any:
    """The net's answer, whose counts are what the estimate says."""
    costs, net = al.estimate(spec, registry=registry), al.build(spec, registry)
    with FlopCounterMode(display=False) as counter:
        answer = net(torch.randn(1, 3, 8, 8))
    assert (costs.params, costs.flops) == (sum(p.numel() for p in net.parameters()), counter.get_total_flops())
    shapes = [tuple(y.shape) for y in (answer if isinstance(answer, list) else [answer])]
    assert [output.shape for output in costs.outputs] == shapes
    return net, answer


def test_fixed_cells_are_built_costed_and_named(registry: Registry) -> None:
    spec = document()
    assert found(spec, registry) == set()
    net, _ = agree(spec, registry)
    assert [name for name, _ in net.a.named_children()] == ["cell_0", "cell_1", "after_0"]
    assert [name for name, _ in net.b.named_children()] == ["before_0", "cell_0"]
    assert net.f.after_0.negative_slope == 0.5


def test_a_fixed_cell_reads_no_option_of_the_document(registry: Registry) -> None:
    told = cells(document().with_option(stride=1, slope=0.25).with_code_option("Qb", slope=0.75), registry, "f")
    assert told[0].slope == 0.5
    assert cells(document().with_code_option("Qs", stride=1), registry, "b")[0].stride == 2


def test_options_of_the_layout_stand_between_those_of_the_document(registry: Registry) -> None:
    spec = document()

    def gains(spec: Spec) -> list[float]:
        return [cell.gain for cell in cells(spec, registry, "a") if isinstance(cell, Scale)]

    assert gains(spec) == [6.0, 3.0]  # the first one's own, and the block's
    assert gains(spec.with_option(gain=9.0)) == [6.0, 3.0]
    assert gains(spec.with_level_option(0, gain=8.0)) == [8.0, 8.0]
    assert gains(spec.with_level_option(0, gain=8.0).with_code_option("Qs", gain=7.0)) == [7.0, 7.0]
    assert gains(spec.with_code_option("Qs", gain=7.0).with_block("a", options={"gain": 5.0})) == [5.0, 5.0]
    assert [cell.gain for cell in cells(spec.with_level_option(0, gain=8.0), registry, "b")] == [1.0, 1.0]


def test_an_option_that_the_layout_overrules_is_told(registry: Registry) -> None:
    assert ("AL037", "$.options.gain") in found(document().with_option(gain=9.0), registry)
    assert found(document().with_option(gain=3.0), registry) == set()


def test_cells_by_column_and_level(registry: Registry) -> None:
    counts = {id: sum(not use.fixed for use in expand(document(), registry).graph.node(id).cells) for id in "abc"}  # type: ignore[union-attr]
    assert counts == {"a": 2, "b": 1, "c": 3}
    short = replace(document(), cells=(("Qs",),))
    assert {id: len(cells(short, registry, id)) for id in "abc"} == {"a": 2, "b": 2, "c": 1}  # the last is repeated
    assert ("AL031", "$.cells[0]") in found(replace(document(), cells=(("Qs", "Qs"), "Qs")), registry)
    nested = al.hrnet(levels=2, channels=4, cells=[["C2"], "C2"], input="3x8x8")
    assert ("AL036", "$.cells[0]") in {(d.code, d.path) for d in al.check(nested)}


def test_places_count_the_longest_way_of_a_series(registry: Registry) -> None:
    """The way a, b holds three cells of the net's own series; c has one of its own. Fixed cells are not counted."""
    spec = document()
    assert [cell.place for cell in cells(spec, registry, "a")[:2]] == [(0, 3), (1, 3)]
    assert [cell.place for cell in cells(spec, registry, "b")] == [(0, 0), (2, 3)]
    assert [cell.place for cell in cells(spec, registry, "c")] == [(0, 3), (1, 3), (2, 3)]


def test_fields_on_a_wire_are_weaker_than_the_document(registry: Registry) -> None:
    def mode(spec: Spec) -> str:
        graph = expand(spec, registry).graph
        assert graph is not None
        return str(graph.link("b>f").part.mode)  # type: ignore[union-attr]

    assert mode(document()) == "nearest"
    assert mode(document().with_link_options("interp_conv1", mode="spline")) == "spline"
    assert mode(document().with_link("b>f", mode="linear")) == "linear"
    assert mode(document().with_link("b>f", "interp_conv3")) == "linear"  # another kind: its own default


def test_necks_and_heads_are_nodes(registry: Registry) -> None:
    spec = document().with_neck("pair", channels=7).with_head("both")
    assert found(spec, registry) == set()
    net, answer = agree(spec, registry)
    assert tuple(answer.shape) == (1, 14, 8, 8)
    assert [tuple(y.shape) for y in net.forward_features(torch.randn(1, 3, 8, 8))] == [(1, 7, 8, 8), (1, 7, 4, 4)]
    assert [info["module"] for info in net.feature_info] == ["n0", "n1"]
    wider = spec.with_block("n0", channels=9).with_link("n1>answer", "interp_conv3")
    assert tuple(agree(wider, registry)[1].shape) == (1, 16, 8, 8)


def test_necks_follow_one_another_and_say_where_they_are_wrong(registry: Registry) -> None:
    class Again(Pair, frozen=True, kw_only=True):
        """The same under other names."""

        type = "again"

        def wire(self, wiring: Any, outputs: Any) -> Any:
            first, *_ = outputs
            return wiring.read(
                wiring.block(
                    "m",
                    level=0,
                    stage=8,
                    channels=self.channels,
                    inputs=[wiring.wire(first.id)],
                    cells=None,
                    before=("Qs",),
                )
            )

    registry.register(Again)
    _, answer = agree(document().with_neck("pair", {"type": "again", "channels": 2}), registry)
    assert [tuple(y.shape) for y in answer] == [(1, 2, 8, 8)]
    assert ("AL015", "$.neck[1].type") in found(document().with_neck("pair", "nothing"), registry)
    assert ("AL190", "$.neck[1]") in found(document().with_neck("pair", "pair"), registry)  # its ids are taken


def test_outputs_are_chosen_by_name(registry: Registry) -> None:
    _, answer = agree(document().with_outputs("c", "a"), registry)
    assert [tuple(y.shape) for y in answer] == [(1, 4, 8, 8), (1, 4, 8, 8)]
    assert ("AL039", "$.outputs[1]") in found(document().with_outputs("c", "z"), registry)


def test_a_cell_that_leaves_its_row_is_told(registry: Registry) -> None:
    told = [
        d for d in al.check(document().with_block("c", [{"code": "Qs", "stride": 2}]), registry) if d.code == "AL038"
    ]
    assert [(d.severity, d.node) for d in told] == [("warning", "c")]
    assert "row says 1" in told[0].message
    narrower = document().with_block("c", [{"code": "Qs", "across": 2}])
    assert [d.node for d in al.check(narrower, registry) if d.code == "AL038"] == ["c"]
    assert ("AL038", "$.layout") in found(document(rows=4.0), registry)


def test_more_options_by_level_than_levels_are_told(registry: Registry) -> None:
    assert ("AL031", "$.level_options") in found(document().with_level_option(2, gain=2.0), registry)


def test_the_picture_and_the_file_hold_it_all(registry: Registry) -> None:
    spec = document().with_neck("pair").with_head("both").with_level_option(1, gain=2.0).with_outputs("n1", "n0")
    picture = al.draw(spec, registry=registry)
    assert all(f">{word}</text>" in picture.svg for word in ("Qb", "n0", "answer"))
    assert "answer" in picture.dot
    assert "fixed by the layout</text>" in picture.svg
    assert "fixed by the layout" not in al.draw(al.hrnet(levels=2, cells="C2")).svg
    from archlab.document.writing import dumps

    assert al.parse(dumps(al.hrnet(levels=2, cells="C2"))) is not None
