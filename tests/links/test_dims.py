"""Links that change D as well: sizes, what is refused and why, and that every tool takes them."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
import torch

import archlab as al
from archlab.document.feature_map import FeatureMap
from archlab.links.conv_interp import ConvInterp
from archlab.links.conv_stride import ConvStride
from archlab.links.interp_cells import InterpCells
from archlab.links.interp_conv import InterpConv1, InterpConv3
from archlab.links.maxpool import MaxPool
from archlab.links.patch_merge import PatchMerge
from archlab.links.transposed import Transposed
from archlab.parts.link import Link as LevelLink

KINDS = (PatchMerge, ConvStride, InterpConv1, InterpConv3, InterpCells, ConvInterp, MaxPool, Transposed)
LINKS: list[LevelLink] = [kind(dims=3) for kind in KINDS] + [InterpConv3(dims=3, mode="spline")]
DEEP = FeatureMap(channels=4, size=(4, 8, 16), stride=(2, 2))


def name_of(link: LevelLink) -> str:
    return f"{link.type}-{getattr(link, 'mode', '')}"


every = pytest.mark.parametrize("link", LINKS, ids=name_of)


def told(link: LevelLink, x: FeatureMap, steps: int) -> dict[str, tuple[str, str]]:
    problems = list(link.problems(x, 4, steps))
    assert all(p.message.endswith(".") and p.hint.startswith("Use ") and p.hint.endswith(".") for p in problems)
    return {p.code: (p.message, p.hint) for p in problems}


def sound_ways() -> Iterator[Any]:
    """Every link, by every number of steps in a direction that it goes."""
    for link, steps in itertools.product(LINKS, (-2, -1, 1, 2)):
        mirrors_one_frame = link.type == "interp_conv3" and steps == 2  # no border for its 3x3x3
        if "AL302" not in told(link, DEEP, steps) and not mirrors_one_frame:
            yield pytest.param(link, steps, id=f"{name_of(link)}-{steps}")


@pytest.mark.parametrize(("link", "steps"), [*sound_ways()])
def test_depth_halves_and_doubles_with_height_and_width(link: LevelLink, steps: int) -> None:
    assert not told(link, DEEP, steps)
    out = link.out(DEEP, 4, steps)
    assert out.size == tuple(int(n * 2**-steps) for n in DEEP.size)
    assert link.build(DEEP, 4, steps)(torch.randn(DEEP.shape(2))).shape == out.shape(2)


@every
def test_depths_are_admitted_exactly_where_they_work(link: LevelLink) -> None:
    for depth in (1, 2, 3, 4, 5, 6):
        x = msgspec.structs.replace(DEEP, size=(depth, 8, 8))
        for steps in (-1, 1, 2):
            problems = told(link, x, steps)
            if "AL302" in problems:
                continue
            assert set(problems) <= {"AL305"}
            try:
                works = link.build(x, 4, steps)(torch.randn(x.shape(2))).shape == link.out(x, 4, steps).shape(2)
            except (RuntimeError, ValueError):
                works = False
            assert (works and min(link.out(x, 4, steps).size) > 0) or problems, (depth, steps)
            assert not (works and min(link.out(x, 4, steps).size) > 0 and problems), (depth, steps)


@every
def test_a_map_without_depth_is_refused(link: LevelLink) -> None:
    flat = msgspec.structs.replace(DEEP, size=(8, 16))
    message, hint = told(link, flat, 1)["AL305"]
    assert message == "dims 3 changes D, and the map 4x8x16 has no D."
    assert hint == "Use dims 2, or an input with a depth, [D, H, W]."


@pytest.mark.parametrize(
    ("link", "depth", "message", "hint"),
    [
        (PatchMerge(dims=3), 5, "D = 5 cannot be halved 1 time without a rest.", "Use dims 2, or a D of 4 or 6 here."),
        (PatchMerge(dims=3), 1, "D = 1 cannot be halved 1 time without a rest.", "Use dims 2, or a D of 2 here."),
        (
            ConvStride(dims=3),
            1,
            "D = 1 is too small for 1 3x3x3 convolution of stride 2, which needs 2.",
            "Use dims 2, or a D of 2 or more here.",
        ),
        (
            InterpConv3(dims=3),
            3,
            "D = 3 is too small for 1 halving and 3x3x3 convolutions, which needs 4.",
            "Use dims 2, or a D of 4 or more here.",
        ),
    ],
)
def test_the_sentences_about_depths(link: LevelLink, depth: int, message: str, hint: str) -> None:
    x = msgspec.structs.replace(DEEP, size=(depth, 8, 16))
    assert told(link, x, 1)["AL305"] == (message, hint)


@every
def test_torch_takes_them_in_every_way(link: LevelLink) -> None:
    x = torch.randn(DEEP.shape(2)).double()
    net = link.build(DEEP, 4, 1).double().eval()
    expected = net(x)
    torch._dynamo.reset()
    torch.testing.assert_close(torch.compile(net, backend="aot_eager", fullgraph=True)(x), expected)
    torch.testing.assert_close(torch.export.export(net, (x,)).module()(x), expected)
    for parameter in net.parameters():
        assert torch.autograd.grad(net(x).square().sum(), parameter)[0].any()
    small = x[:1, :2, :, :4, :4].clone().requires_grad_()
    tiny = link.build(msgspec.structs.replace(DEEP, channels=2, size=(4, 4, 4)), 2, 1).double()
    assert torch.autograd.gradcheck(tiny, (small,))


@pytest.mark.parametrize("kind", ["patch_merge", "conv_stride", "interp_conv1"])
def test_an_input_that_is_named_counts_the_halvings_of_its_depth(kind: str) -> None:
    """Followed, the hints about D on a coarser level leave nothing to tell."""
    flat = al.soanet(stages=2, channels=4, cells="C3", input="2x2x16x16", down=kind).with_link_options(kind, dims=3)
    (found,) = al.check(flat)
    assert (found.code, found.node) == ("AL204", "stage1")
    assert found.hint == "Use the code C2, or an input of 4x16x16 or deeper."
    uneven: dict[str, Any] = {"cells": "S3", "window": [4, 4, 4], "heads": 2, "down": kind}
    tall = al.soanet(stages=2, channels=4, input="2x22x16x16", **uneven).with_link_options(kind, dims=3)
    (found,) = (d for d in al.check(tall) if d.node == "stage1")
    assert found.code == "AL201"
    size = re.search(r"an input of ([0-9x]+)", found.hint)
    assert size
    mended = al.soanet(stages=2, channels=4, input=f"2x{size[1]}", **uneven).with_link_options(kind, dims=3)
    assert not al.check(mended)


def test_depths_that_do_not_meet_again() -> None:
    """Other dims on the way up, or a D that was halved with a rest: each has its own remedy."""

    def net(depth: int, *dims: str) -> al.Spec:
        size = f"2x{depth}x16x16"
        spec = al.hrnet(levels=2, channels=4, cells="C2", input=size, down="conv_stride", up="interp_conv3")
        for kind in dims:
            spec = spec.with_link_options(kind, dims=3)
        return spec

    (found,) = (d for d in al.check(net(4, "conv_stride")) if d.code == "AL108" and d.node == "F0")
    assert found.hint == "Use the same dims for all links between two levels, down and up."
    assert not al.check(net(4, "conv_stride", "interp_conv3"))
    (found,) = (d for d in al.check(net(3, "conv_stride", "interp_conv3")) if d.node == "F0")
    assert found.code == "AL108"
    assert found.hint == "Use an input whose D can be halved at every level, or dims 2 for all links."
    assert not al.check(net(3))
