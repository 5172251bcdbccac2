"""`size: "target"`: links that interpolate bring their map to the size of the one that it meets."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest
import torch
from torch import nn
from torch.nn import functional as F

import archlab as al
from archlab.document.feature_map import FeatureMap
from archlab.document.writing import dumps
from archlab.graph import expand
from archlab.graph.model import Graph
from archlab.links.interp_conv import InterpConv3
from archlab.parts import catalog
from archlab.parts.layout import Layout
from archlab.parts.registry import Registry
from archlab.parts.wiring import Wiring
from archlab.testing.truth import macs_on_meta

COARSE = FeatureMap(channels=4, size=(7, 12), stride=(8, 8))
INTERPOLATING = ["interp_conv1", "interp_conv3", "conv_interp", "interp_cells"]


def unet(image: str, up: str = "interp_conv3", **fields: Any) -> al.Spec:
    spec = al.unet_classic(levels=3, channels=4, cells="N2", input=f"2x{image}", up=up).with_link_options(up, **fields)
    return spec.with_link_options(up, cells="N2", **fields) if up == "interp_cells" else spec


def graph(spec: al.Spec, registry: Registry | None = None) -> Graph:
    expansion = expand(spec, registry or catalog.default())
    assert [str(d) for d in expansion.diagnostics] == []
    assert expansion.graph is not None
    return expansion.graph


@pytest.mark.parametrize("up", INTERPOLATING)
def test_sizes_that_do_not_halve(up: str) -> None:
    (found,) = al.check(unet("30x45", up))
    assert (found.code, found.hint) == ("AL100", "Use an input of 24x40 or 32x48.")
    spec = unet("30x45", up, size="target")
    links = {k.id: k for k in graph(spec).links}
    assert {id: k.out.size for id, k in links.items() if k.steps < 0 and k.out} == {
        "bridge>U2": (7, 11),
        "U2>U1": (15, 22),
        "U1>U0": (30, 45),
    }
    net, estimate = al.build(spec), al.estimate(spec)
    (y,) = net(torch.randn(2, 2, 30, 45))
    assert y.shape == (2, 4, 30, 45)
    assert estimate.params == sum(p.numel() for p in net.parameters())
    assert estimate.macs == macs_on_meta(net, torch.empty(1, 2, 30, 45))
    assert al.parse(dumps(spec)) == spec


@pytest.mark.parametrize("mode", ["linear", "nearest"])
def test_a_fusion_as_for_segmentation(mode: str) -> None:
    """HRNet's way up to the target: 1x1 convolution, norm, then interpolation to the target's size."""
    link = catalog.default().links["conv_interp"](mode=mode, size="target")  # type: ignore[call-arg]
    net = link.build(COARSE, 3, -2, (27, 47)).double()  # type: ignore[call-arg]
    assert link.out(COARSE, 3, -2, (27, 47)).size == (27, 47)  # type: ignore[call-arg]
    x = torch.randn(2, 4, 7, 12, dtype=torch.float64)
    normal = nn.BatchNorm2d(3).double()(F.conv2d(x, net.conv.weight))
    torch_mode = {"linear": "bilinear", "nearest": "nearest"}[mode]
    corners = {} if mode == "nearest" else {"align_corners": False}
    torch.testing.assert_close(net(x), F.interpolate(normal, size=(27, 47), mode=torch_mode, **corners))


def test_a_chain_doubles_and_its_last_step_goes_there() -> None:
    net = InterpConv3(size="target").build(COARSE, 3, -2, (27, 47)).double()
    y = x = torch.randn(2, 4, 7, 12, dtype=torch.float64)
    for conv, size in zip(net.convs, [(14, 24), (27, 47)], strict=True):
        y = F.interpolate(y, size=size, mode="bilinear", align_corners=False)
        y = F.conv2d(F.pad(y, (1, 1, 1, 1), mode="reflect"), conv.weight)
    torch.testing.assert_close(net(x), y)


class Joined(Layout, frozen=True, kw_only=True):
    """A coarse block brought up, listed before the fine one that it meets."""

    type: ClassVar[str] = "joined"

    def counts(self) -> tuple[int, int]:
        return 2, 3

    def wire(self, wiring: Wiring) -> None:
        fine = wiring.block("fine", level=0, stage=0, channels=6, inputs=[wiring.wire(wiring.entry)], cells=0)
        down = wiring.wire(fine, "maxpool")
        coarse = wiring.block("coarse", level=1, stage=1, channels=6, inputs=[down], cells=0)
        up = wiring.wire(coarse, "conv_interp", channels=6, fields={"size": "target"})
        wiring.output(wiring.block("joined", level=0, stage=2, channels=6, inputs=[up, wiring.wire(fine)], cells=0))


def test_a_map_that_is_listed_later_is_met_too() -> None:
    registry, known = Registry(), catalog.default()
    for shelf in ("codes", "links", "layouts", "stems", "merges"):
        getattr(registry, shelf).update(getattr(known, shelf))
    registry.register(Joined)
    spec = al.new("joined", {}, cells="N2", input="2x9x15")
    made = graph(spec, registry)
    assert made.node("joined").inputs == ("coarse>joined", "fine>joined")
    assert made.link("coarse>joined").meets == (9, 15)
    (y,) = al.build(spec, registry)(torch.randn(1, 2, 9, 15))
    assert y.shape == (1, 6, 9, 15)
    alone = graph(spec.with_link("fine>joined", off=True), registry)
    assert alone.link("coarse>joined").meets is None
    assert alone.node("joined").out.size == (8, 14)  # type: ignore[union-attr]


def test_a_fused_net_rounds_up_and_comes_back() -> None:
    spec = al.hrnet(levels=3, channels=4, cells="N2", input="2x18x30", down="conv_stride", up="conv_interp")
    assert "AL100" in {d.code for d in al.check(spec)}
    spec = spec.with_link_options("conv_interp", size="target")
    assert [tuple(y.shape[2:]) for y in al.build(spec)(torch.randn(1, 2, 18, 30))] == [
        (18, 30),
        (9, 15),
        (5, 8),
        (18, 30),
    ]


def test_depth_too_where_it_changes() -> None:
    spec = al.unet_classic(levels=2, channels=4, cells="N2", input="2x5x18x22", up="interp_conv3")
    spec = spec.with_link_options("maxpool", dims=3).with_link_options("interp_conv3", dims=3)
    assert {d.code for d in al.check(spec)} & {"AL100", "AL108"}
    spec = spec.with_link_options("interp_conv3", dims=3, size="target")
    assert graph(spec).link("U1>U0").meets == (5, 18, 22)
    (y,) = al.build(spec)(torch.randn(1, 2, 5, 18, 22))
    assert y.shape == (1, 4, 5, 18, 22)


def test_a_net_is_bound_to_its_size_only_where_that_does_not_halve() -> None:
    even = al.build(unet("32x32", size="target"))
    assert even(torch.randn(1, 2, 64, 40))[0].shape == (1, 4, 64, 40)
    with pytest.raises(ValueError, match="for other sizes build the document with that input"):
        even(torch.randn(1, 2, 30, 45))
    odd = al.build(unet("30x45", size="target"))
    with pytest.raises(ValueError, match="bound to the size that it was built for"):
        odd(torch.randn(1, 2, 32, 32))


def test_a_target_too_small_for_the_convolution() -> None:
    (problem,) = InterpConv3(size="target").problems(COARSE, 4, -1, (1, 8))
    assert problem.code == "AL304"
    assert problem.message == "1x8 is too small for a 3x3 convolution, which needs 2x2."
    (problem,) = InterpConv3(size="target", dims=3).problems(FeatureMap(channels=4, size=(1, 4, 4)), 4, -1, (1, 8, 8))
    assert problem.code == "AL305"
    assert problem.message == "D = 1 is too small for a 3x3x3 convolution, which needs 2."
    (problem,) = InterpConv3(size="target", dims=3).problems(COARSE, 4, -1, (1, 8))
    assert problem.code == "AL305"
