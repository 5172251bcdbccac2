"""Necks and the heads that read every output, against the same by hand in float64."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

import archlab as al

BACKBONE = al.hrnetv2(channels=4, first_channels=8, modules=(1, 1), cells=(("K2",), ("R2",)), input="3x16x24")


def nets(spec: al.Spec) -> tuple[al.Backbone, list[Tensor], Tensor]:
    """The net in float64, the maps of its backbone on an input, and that input."""
    torch.manual_seed(0)
    net = al.build(spec).double().eval()
    plain = al.build(BACKBONE).double().eval()
    plain.load_state_dict({key: value for key, value in net.state_dict().items() if key in plain.state_dict()})
    x = torch.randn(2, 3, 16, 24, dtype=torch.float64)
    with torch.no_grad():
        return net, plain(x), x


def largest(one: Tensor, other: Tensor) -> float:
    assert one.shape == other.shape
    return float((one - other).abs().max())


@torch.no_grad()
def test_fpn_adds_from_the_coarsest_up() -> None:
    net, maps, x = nets(BACKBONE.with_neck("fpn", channels=6))
    laterals = [net.link_module(f"F{i}_2>sum{i}").conv(y) for i, y in enumerate(maps)]
    sums = [laterals[2]]
    for lateral in (laterals[1], laterals[0]):
        sums.insert(0, lateral + F.interpolate(sums[0], scale_factor=2, mode="nearest"))
    by_hand = [net.node_module(f"pyramid{i}").before_0.conv(y) for i, y in enumerate(sums)]
    for ours, expected in zip(net(x), by_hand, strict=True):
        assert largest(ours, expected) <= 1e-12


@torch.no_grad()
def test_v2p_pools_what_is_side_by_side() -> None:
    net, maps, x = nets(BACKBONE.with_neck("v2p", channels=6))
    enlarged = [F.interpolate(y, size=(16, 24), mode="bilinear", align_corners=False) for y in maps]
    mixed = net.link_module("pile>mixed").conv(torch.cat(enlarged, 1))
    for level, ours in enumerate(net(x)):
        pooled = F.avg_pool2d(mixed, 2**level)
        assert largest(ours, net.node_module(f"pyramid{level}").before_0.conv(pooled)) <= 1e-12


@torch.no_grad()
def test_incre_widens_every_output() -> None:
    net, maps, x = nets(BACKBONE.with_neck("incre", channels=(8, 12)))
    by_hand = [net.node_module(f"wide{i}")(y) for i, y in enumerate(maps)]
    assert [y.shape[1] for y in by_hand] == [8, 12, 12]
    for ours, expected in zip(net(x), by_hand, strict=True):
        assert largest(ours, expected) == 0


@torch.no_grad()
@pytest.mark.parametrize("kind", ["concat", "mlp_decode"])
def test_heads_that_put_all_outputs_side_by_side(kind: str) -> None:
    net, maps, x = nets(BACKBONE.with_head(kind, classes=5, **({"channels": 6} if kind == "mlp_decode" else {})))
    if kind == "mlp_decode":
        maps = [net.link_module(f"F{i}_2>pile").conv(y) for i, y in enumerate(maps)]
    enlarged = [F.interpolate(y, size=(16, 24), mode="bilinear", align_corners=False) for y in maps]
    mix = net.link_module("pile>mixed")
    mixed = F.relu(mix.norm(mix.conv(torch.cat(enlarged, 1))))
    expected = net.node_module("head").conv(mixed)
    assert largest(net(x), expected) <= 1e-12


@torch.no_grad()
def test_the_incremental_head_goes_down_and_adds() -> None:
    net, maps, x = nets(BACKBONE.with_head("incremental", channels=(8, 12, 16), features=20, classes=5))
    total = None
    for i, y in enumerate(maps):
        wide = net.node_module(f"wide{i}")(y)
        if total is not None:
            down = net.link_module(f"total{i - 1}>total{i}")
            total = wide + F.relu(down.norms[0](down.convs[0](total)))
        else:
            total = wide
    last = net.link_module("total2>head")
    pooled = F.relu(last.norm(last.conv(total))).mean((2, 3))
    assert largest(net(x), net.node_module("head").linear(pooled)) <= 1e-12


LAYOUTS = {
    "hrnetv2": BACKBONE,
    "hrvit": al.hrvit(channels=8, modules=(1, 1), stripes=1, cells="H2", input="3x16x24", dim_head=4),
    "soanet": al.soanet(stages=3, channels=8, cells="C2", input="1x16x16"),
    "one level": al.soanet(stages=3, channels=8, downsample=False, cells="C2", input="1x16x16"),
    "unet": al.unet(levels=2, channels=8, cells="C2", input="1x16x16"),
    "reversed": BACKBONE.with_outputs("F2_2", "F0_2", "F1_2"),
    "twice the same level": BACKBONE.with_outputs("F0_1", "F0_2"),
}
NECKS = [(), ("fpn",), ("incre",), ("v2p",), ("fpn", "fpn"), ("incre", "fpn")]


@pytest.mark.parametrize("spec", LAYOUTS.values(), ids=LAYOUTS)
@pytest.mark.parametrize("necks", NECKS, ids="+".join)
@pytest.mark.parametrize("head", [None, "incremental", "concat", "mlp_decode"])
def test_every_neck_and_head_on_any_layout(spec: al.Spec, necks: tuple[str, ...], head: str | None) -> None:
    """Chains and U-Nets have other outputs; necks and heads stand on one another."""
    spec = spec.with_neck(*necks).with_head(head)
    assert al.check(spec) == []


@pytest.mark.parametrize("head", ["concat", "mlp_decode"])
def test_the_finest_output_sets_the_size_in_whatever_order_they_come(head: str) -> None:
    spec = LAYOUTS["reversed"].with_head(head, resize=False)
    assert al.estimate(spec).outputs[0].shape[2:] == (16, 24)  # type: ignore[index]


@pytest.mark.parametrize("top", ["concat", "mlp_decode", "incremental", "fpn"])
def test_odd_sizes_where_the_document_asks_for_it(top: str) -> None:
    spec = BACKBONE.with_input("3x17x23").with_link_options("conv_interp", size="target")
    spec = spec.with_neck("fpn") if top == "fpn" else spec.with_head(top)
    assert al.check(spec) == []
    out = al.build(spec).eval()(torch.randn(1, 3, 17, 23))
    shapes = [tuple(y.shape) for y in (out if isinstance(out, list) else [out])]
    assert shapes == [o.shape for o in al.estimate(spec).outputs]
