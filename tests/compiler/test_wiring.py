"""What the network computes, against the layouts written out by hand."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

import archlab as al


@pytest.fixture(autouse=True)
def seed() -> None:
    torch.manual_seed(0)


def image(*shape: int) -> Tensor:
    return torch.randn(2, *shape)


def same(ours: list[Tensor], by_hand: list[Tensor]) -> None:
    assert len(ours) == len(by_hand)
    for one, other in zip(ours, by_hand, strict=True):
        torch.testing.assert_close(one, other)


def test_hrnet_of_three_levels() -> None:
    n = al.build(al.hrnet(levels=3, channels=4, cells="C2", input="3x16x16")).eval()
    x = image(3, 16, 16)
    x00 = n.B00(x)
    x01, x11 = n.B01(x00), n.B11(n.link_B00_B11(x00))
    x02 = n.B02(x00 + x01)
    x12 = n.B12(x11 + n.link_B01_B12(x01))
    x22 = n.B22(n.link_B01_B22(x01) + n.link_B11_B22(x11))
    f0 = x02 + n.link_B12_F0(x12) + n.link_B22_F0(x22)
    f1 = x12 + n.link_B02_F1(x02) + n.link_B22_F1(x22)
    f2 = x22 + n.link_B02_F2(x02) + n.link_B12_F2(x12)
    y0, y1, y2 = n.out0(f0), n.out1(f1), n.out2(f2)
    aggregate = torch.cat([y0, n.link_out1_agg(y1), n.link_out2_agg(y2)], dim=1)
    same(n(x), [y0, y1, y2, aggregate])


def test_hrnet_with_more_stages_than_levels() -> None:
    n = al.build(al.hrnet(levels=2, stages=3, channels=4, cells="C2", input="1x8x8")).eval()
    x = image(1, 8, 8)
    x00 = n.B00(x)
    x01, x11 = n.B01(x00), n.B11(n.link_B00_B11(x00))
    x02, x12 = n.B02(x00 + x01), n.B12(x11 + n.link_B01_B12(x01))
    y0 = n.out0(x02 + n.link_B12_F0(x12))
    y1 = n.out1(x12 + n.link_B02_F1(x02))
    same(n(x), [y0, y1, torch.cat([y0, n.link_out1_agg(y1)], dim=1)])


@pytest.mark.parametrize("gate", [True, False])
def test_unet_of_two_levels(gate: bool) -> None:
    n = al.build(al.unet(levels=2, channels=4, cells="C2", input="3x16x16", gate=gate)).eval()
    x = image(3, 16, 16)
    d0 = n.D0(x)
    d1 = n.D1(n.link_D0_D1(d0))
    bridge = n.bridge(n.link_D1_bridge(d1))
    up = n.link_bridge_U1(bridge)
    u1 = n.U1(torch.cat([n.link_D1_U1(d1, up) if gate else d1, up], dim=1))
    up = n.link_U1_U0(u1)
    u0 = n.U0(torch.cat([n.link_D0_U0(d0, up) if gate else d0, up], dim=1))
    same(n(x), [u0])


def test_a_gate_multiplies_the_skip_by_a_map_between_0_and_1() -> None:
    n = al.build(al.unet(levels=1, channels=4, cells="C2", input="1x8x8")).eval()
    seen: dict[str, tuple[Tensor, Tensor]] = {}

    class Watch:
        def node(self, id: str, inputs: dict[str, Tensor], merged: Tensor, out: Tensor) -> None: ...

        def link(self, id: str, x: Tensor, out: Tensor) -> None:
            seen[id] = (x, out)

    n.run(image(1, 8, 8), Watch())
    skip, gated = seen["D0>U0"]
    share = gated / skip
    assert share.min() > 0
    assert share.max() < 1
    torch.testing.assert_close(share, share[:, :1].expand_as(share), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("downsample", [True, False])
def test_soanet_of_three_stages(downsample: bool) -> None:
    n = al.build(al.soanet(stages=3, channels=4, cells="C2", input="3x2x16x16", downsample=downsample)).eval()
    x = image(3, 2, 16, 16)
    y0 = n.stage0(x)
    y1 = n.stage1(n.link_stage0_stage1(y0))
    y2 = n.stage2(n.link_stage1_stage2(y1))
    same(n(x), [y0, y1, y2])
    assert n(x)[2].shape == ((2, 16, 2, 4, 4) if downsample else (2, 16, 2, 16, 16))


def test_a_dense_block_sums_what_its_cells_made() -> None:
    spec = al.soanet(stages=1, channels=4, cells="C2C2C2C2", input="3x8x8").with_block("stage0", dense=True)
    n = al.build(spec).eval()
    x = image(3, 8, 8)
    c0, c1, c2, c3 = n.stage0
    y0 = c0(x)
    y1 = c1(y0)
    y2 = c2(y0 + y1)
    same(n(x), [c3(y0 + y1 + y2)])


def test_a_dense_block_of_one_cell_is_that_cell() -> None:
    spec = al.soanet(stages=1, channels=4, cells="C2", input="3x8x8").with_block("stage0", dense=True)
    n = al.build(spec).eval()
    x = image(3, 8, 8)
    same(n(x), [n.stage0.cell_0(x)])


def test_a_link_that_is_off_is_neither_built_nor_summed() -> None:
    spec = al.hrnet(levels=2, channels=4, cells="C2", input="3x8x8").with_link("B11>F0", off=True)
    n = al.build(spec).eval()
    x = image(3, 8, 8)
    x01 = n.B01(n.B00(x))
    torch.testing.assert_close(n(x)[0], n.out0(x01))
    assert not hasattr(n, "link_B11_F0")
    with pytest.raises(KeyError):
        n.link_module("B11>F0")


def test_an_extra_link_is_added_to_the_sum() -> None:
    plain = al.hrnet(levels=2, channels=4, cells="C2", input="3x8x8")
    n = al.build(plain.with_link("B11>out0", "interp_conv3")).eval()
    x = image(3, 8, 8)
    x00 = n.B00(x)
    x01, x11 = n.B01(x00), n.B11(n.link_B00_B11(x00))
    fused = x01 + n.link_B11_F0(x11)
    torch.testing.assert_close(n(x)[0], n.out0(fused + n.link_B11_out0(x11)))


def test_a_stem_and_a_head_stand_before_and_behind() -> None:
    spec = al.unet(levels=1, channels=4, cells="C2", input="3x16x16")
    spec = spec.with_stem("conv_stride", channels=6).with_head("classify", classes=5)
    n = al.build(spec).eval()
    x = image(3, 16, 16)
    (features,) = n.forward_features(x)
    torch.testing.assert_close(n(x), n.head(features))
    assert n(x).shape == (2, 5)
    d0 = n.D0(n.stem(x))
    up = n.link_bridge_U0(n.bridge(n.link_D0_bridge(d0)))
    torch.testing.assert_close(features, n.U0(torch.cat([n.link_D0_U0(d0, up), up], dim=1)))


def test_every_block_and_link_takes_part_in_the_outputs() -> None:
    n = al.build(al.hrnet(levels=3, channels=4, cells="C2", input="3x16x16"))
    sum(y.square().mean() for y in n(image(3, 16, 16))).backward()
    without = [name for name, p in n.named_parameters() if p.grad is None]
    assert without == []


def test_a_sum_does_not_change_what_it_sums() -> None:
    n = al.build(al.hrnet(levels=2, channels=4, cells="C2", input="3x8x8")).eval()
    kept: list[tuple[Tensor, Tensor]] = []

    def keep(module: nn.Module, args: tuple[Tensor, ...], out: Tensor) -> None:
        kept.append((out, out.clone()))

    for module in (n.B00, n.B01, n.B11):
        module.register_forward_hook(keep)
    n(image(3, 8, 8))
    assert len(kept) == 3
    for now, then in kept:
        torch.testing.assert_close(now, then, rtol=0, atol=0)
