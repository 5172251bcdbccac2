"""The copy for inference: batch norms folded where that is right, the same maps at every node and link."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as some
from torch import nn
from torch.nn.utils import prune

import archlab as al
from tests.compiler.copies import held, image, net_of, told
from tests.compiler.test_tracing import assert_close

WAYS = {
    "down": ("conv_stride", {"norm": "batch2d", "activation": "relu", "padding": "zeros"}),
    "up": ("conv_interp", {"norm": "batch2d"}),
}


def hrnet(cells: str, input: str, links: dict[str, object] | None = None, **options: object) -> al.Spec:
    """An HRNet whose links are convolutions with batch norms, as in the published one."""
    spec = al.hrnet(levels=2, channels=4, cells=cells, input=input, down="conv_stride", up="conv_interp", **options)
    for kind, fields in WAYS.values():
        spec = spec.with_link_options(kind, **{**fields, **(links or {})})
    return spec


FLAT = hrnet("C2", "3x16x16", norm="batch2d").with_stem("conv_stride", channels=[4, 4], norm="batch2d")
SPECS = {
    "flat": FLAT,
    "head": FLAT.with_head("classify", classes=3),
    "dense head": FLAT.with_head("dense", classes=3),
    "frames": hrnet("C2C3", "3x2x8x8", norm="batch3d", mixer="none"),
    "volumes": hrnet("C3", "3x4x8x8", {"dims": 3}, norm="batch2d"),
    "volumes of volumes": hrnet("C3", "3x4x8x8", {"dims": 3, "norm": "batch3d"}, norm="batch3d"),
    "attention": hrnet("T1", "3x2x8x8", norm="batch2d", heads=2),
    "one channel": al.soanet(stages=2, channels=1, cells="C2C3", input="1x2x8x8", norm="batch2d"),
}
FOLDED = {
    "flat": 11,  # 2 of the stem, 5 of cells, 2 of links down, 2 of links up
    "head": 11,
    "dense head": 11,
    "frames": 14,
    "volumes": 9,
    "volumes of volumes": 9,
    "attention": 4,
    "one channel": 4,
}


@pytest.mark.parametrize("name", SPECS)
def test_the_copy_agrees_everywhere(name: str) -> None:
    fast = held(net_of(SPECS[name]))
    assert len(told(fast).folded) == FOLDED[name]
    assert not any(module.training for module in fast.modules())
    assert not any(p.requires_grad for p in fast.parameters())
    assert fast.feature_info == al.build(SPECS[name]).feature_info


@pytest.mark.parametrize("name", ["flat", "volumes"])
def test_single_precision(name: str) -> None:
    net = net_of(SPECS[name]).float().eval()
    x = image(net).float()
    with torch.no_grad():
        for ours, plain in zip(al.optimize(net)(x), net(x), strict=True):
            assert (ours - plain).abs().max() <= 1e-5 * plain.abs().max()


def test_what_is_folded_is_told() -> None:
    spec = al.soanet(stages=1, channels=4, cells="C2", input="3x8x8", norm="batch2d")
    fast = al.optimize(al.build(spec))
    assert told(fast).folded == (("stage0.cell_0.conv.conv", "stage0.cell_0.conv.norm"),)
    assert str(told(fast)) == (
        "folded 1 of 3 batch norms into convolutions; "
        "left alone: stage0.cell_0.norm1, stage0.cell_0.norm2 (reads no convolution's output)"
    )
    again = al.optimize(fast)
    assert str(told(again)).startswith("folded 0 of 2 batch norms into convolutions; ")
    assert al.build(spec).optimize_report is None


def test_numbers_are_those_at_the_time() -> None:
    net = al.build(FLAT)
    net.load_state_dict(net_of(FLAT).state_dict())
    fast = held(net.double())
    x = image(net)
    before = fast(x)
    for _ in range(2):
        sum(y.square().mean() for y in net(x)).backward()
    assert all(p.grad is not None for p in net.parameters())
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.add_(1)
    assert all(p.grad is None for p in fast.parameters())
    for ours, earlier in zip(fast(x), before, strict=True):
        assert torch.equal(ours, earlier)
    al.optimize(net)
    assert all(p.grad is not None and p.requires_grad for p in net.parameters())


@pytest.mark.parametrize("batch", [1, 2])
def test_maps_have_their_channels_last(batch: int) -> None:
    fast = al.optimize(net_of(FLAT))
    for y in fast(image(fast, batch)):
        assert y.is_contiguous(memory_format=torch.channels_last)
        assert not y.is_contiguous()
    deep = al.optimize(net_of(SPECS["volumes"]))
    weights = [p for p in deep.parameters() if p.dim() == 5]
    assert weights
    assert all(p.is_contiguous(memory_format=torch.channels_last_3d) for p in weights)


def test_a_frozen_net_and_one_with_converted_norms() -> None:
    net = net_of(FLAT).requires_grad_(False).eval()
    assert len(told(held(net)).folded) == FOLDED["flat"]
    converted = nn.SyncBatchNorm.convert_sync_batchnorm(net)
    assert len(told(held(converted)).folded) == FOLDED["flat"]


def test_compiles_and_exports() -> None:
    torch._dynamo.reset()
    spec = al.soanet(stages=1, channels=4, cells="C2", input="3x16x16", norm="batch2d")
    fast = al.optimize(net_of(spec.with_stem("conv_stride", channels=4, steps=1, norm="batch2d")))
    assert len(told(fast).folded) == 2
    x = image(fast)
    assert_close(torch.compile(fast, backend="aot_eager", fullgraph=True)(x), fast(x))
    assert_close(torch.export.export(fast, (x,)).module()(x), fast(x))


def test_what_is_no_net_with_numbers_is_refused() -> None:
    net = al.build(FLAT)
    with pytest.raises(
        TypeError, match=r"^optimize takes a net made by archlab.build; got Conv2d. Build one from its "
    ):
        al.optimize(nn.Conv2d(2, 2, 1))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"got OptimizedModule\. Give what it wraps, its attribute `_orig_mod`\.$"):
        al.optimize(torch.compile(net, backend="eager"))  # type: ignore[arg-type]
    with torch.device("meta"):
        hollow = al.build(FLAT)
    with pytest.raises(al.ArchlabError, match=r"^optimize: stem\.convs\.0\.weight of the net is on the meta device; "):
        al.optimize(hollow)


@given(some.data())
@settings(max_examples=8)
def test_random_documents(data: some.DataObject) -> None:
    """Small nets with batch norms wherever there may be any, on maps and on volumes, with single axes of size 1."""

    def choose(*values: Any) -> Any:
        return data.draw(some.sampled_from(values))

    depth = choose((), (1,), (2,), (4,))
    norm = choose("batch2d", "batch3d") if depth else "batch2d"
    fields = {
        "channels": choose(1, 2, 4),
        "cells": choose("C2", "C2T1", "S2C2", "C2C2"),
        "input": "x".join(map(str, (choose(1, 3), *depth, 8, choose(8, 16)))),
        "norm": norm,
        "arrangement": choose("sequential", "parallel"),
        "mixer": choose("conv", "linear", "none"),
        "heads": 1,
        "window": [1, 4, 4],
        "dense": choose(False, True),
        "down": "conv_stride",
        "up": "conv_interp",
    }
    spec = choose(al.hrnet, al.unet)(levels=choose(1, 2), **fields)
    for kind in ("conv_stride", "conv_interp"):
        spec = spec.with_link_options(kind, norm=norm, bias=choose(False, True), dims=3 if depth == (4,) else 2)
    spec = (
        spec.with_stem("conv_stride", channels=fields["channels"], steps=1, norm=norm) if choose(False, True) else spec
    )
    assume(not any(d.severity == "error" for d in al.check(spec)))
    assert told(held(net_of(spec))).folded


def test_a_pruned_net_is_refused_in_a_sentence() -> None:
    net = al.build(al.hrnetv2(channels=4, first_channels=8, modules=(1,), cells="R2", input="3x16x16"))
    prune.l1_unstructured(net.B00.cell_0.conv1, "weight", amount=0.5)
    with pytest.raises(al.ArchlabError, match=r"prune\.remove"):
        al.optimize(net)
    prune.remove(net.B00.cell_0.conv1, "weight")
    assert al.optimize(net).optimize_report is not None
