"""Links: phase order, chains, sizes, what is refused and why."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
import torch
from torch.nn import functional as F

from archlab.document.diagnostics import Problem
from archlab.document.feature_map import FeatureMap
from archlab.links.conv_interp import ConvInterp
from archlab.links.conv_stride import ConvStride
from archlab.links.gate import Gate
from archlab.links.identity import Identity
from archlab.links.interp_cells import InterpCells
from archlab.links.interp_conv import InterpConv1, InterpConv3
from archlab.links.maxpool import MaxPool
from archlab.links.patch_merge import PatchMerge
from archlab.links.projection import Projection
from archlab.links.transposed import Transposed
from archlab.links.zero_pad import ZeroPad
from archlab.parts.link import Link

RESIZING = [
    kind(mode=mode)
    for kind in (InterpConv1, InterpConv3, InterpCells, ConvInterp)
    for mode in ("linear", "nearest", "spline")
]
LINKS: list[Link] = [Identity(), ZeroPad(), Projection(), PatchMerge(), *RESIZING, ConvStride(), Gate()]
LINKS += [MaxPool(), Transposed()]
FLAT = FeatureMap(channels=6, size=(8, 16), stride=(4, 4))
DEEP = msgspec.structs.replace(FLAT, size=(3, 8, 16))


def by_name(link: Link) -> str:
    return "-".join([link.type, *(str(getattr(link, f)) for f in ("mode", "dims") if hasattr(link, f))])


def told(link: Link, x: FeatureMap, channels: int, steps: int) -> dict[str, Problem]:
    problems = list(link.problems(x, channels, steps))
    assert all(p.message.endswith(".") and p.hint.startswith("Use ") and p.hint.endswith(".") for p in problems)
    return {p.code: p for p in problems}


def run(link: Link, x: FeatureMap, channels: int, steps: int, data: torch.Tensor | None = None) -> torch.Tensor:
    net = link.build(x, channels, steps)
    data = torch.randn(x.shape(2)) if data is None else data
    y: torch.Tensor = net(data, torch.randn_like(data)) if link.needs_query else net(data)
    return y


def sound_ways() -> Iterator[Any]:
    """Every link on every map, by every number of steps that nothing keeps it from."""
    for link, x, steps in itertools.product(LINKS, (FLAT, DEEP), range(-2, 4)):
        channels = 6 if link.type in ("identity", "gate") else 10
        if not told(link, x, channels, steps):
            yield pytest.param(link, x, channels, steps, id=f"{by_name(link)}-{x}-{steps}")


@pytest.mark.parametrize(("link", "x", "channels", "steps"), [*sound_ways()])
def test_sound_links_arrive_as_announced(link: Link, x: FeatureMap, channels: int, steps: int) -> None:
    out = link.out(x, channels, steps)
    assert run(link, x, channels, steps).shape == out.shape(2)
    assert out.channels == (6 if link.carries_cells else channels)
    assert out.size[-2:] == tuple(int(n / 2**steps) for n in x.size[-2:])
    assert out.stride == tuple(max(int(s * 2**steps), 1) for s in x.stride)


@pytest.mark.parametrize(
    ("link", "ways"),
    [
        (Identity(), [0]),
        (Projection(), [0]),
        (ZeroPad(), [0]),
        (Gate(), [0]),
        (PatchMerge(), [1, 2]),
        (ConvStride(), [1, 2]),
        (MaxPool(), [1, 2]),
        (Transposed(), [-2, -1]),
        (InterpConv1(), [-2, -1, 1, 2]),
        (InterpConv3(), [-2, -1, 1, 2]),
        (InterpCells(), [-2, -1, 1, 2]),
        (ConvInterp(), [-2, -1]),
    ],
    ids=lambda v: getattr(v, "type", ""),
)
def test_directions(link: Link, ways: list[int]) -> None:
    assert [steps for steps in range(-2, 3) if "AL302" not in told(link, FLAT, 6, steps)] == ways
    for steps in (-1, 0, 1):
        assert link.out(FLAT, 6, steps).size  # shapes are asked for before problems are told


def test_the_sentence_about_directions() -> None:
    problem = told(PatchMerge(), FLAT, 12, -2)["AL302"]
    assert problem.message == "patch_merge goes down, this link goes 2 up."
    assert problem.hint == "Use interp_conv3 or interp_conv1."
    problem = told(InterpConv3(), FLAT, 12, 0)["AL302"]
    assert problem.message == "interp_conv3 goes down or up, this link stays on its level."


def test_patch_merge_stacks_the_phases_column_after_column() -> None:
    net = PatchMerge().build(FeatureMap(channels=2, size=(4, 6)), 8, 1)
    torch.nn.init.zeros_(net.convs[0].weight)
    net.convs[0].weight.data[:, :, 0, 0] = torch.eye(8)  # shows the stacked channels as they are
    x = torch.randn(1, 2, 4, 6)
    stacked = net(x)
    for phase, (row, column) in enumerate([(0, 0), (1, 0), (0, 1), (1, 1)]):
        assert torch.equal(stacked[:, 2 * phase : 2 * phase + 2], x[:, :, row::2, column::2])


def test_patch_merge_chain_by_formula() -> None:
    net = PatchMerge().build(FLAT, 10, 3)
    assert [tuple(c.weight.shape) for c in net.convs] == [(10, 24, 1, 1), (10, 40, 1, 1), (10, 40, 1, 1)]
    assert all(c.bias is None for c in net.convs)
    assert sum(p.numel() for p in net.parameters()) == 4 * 6 * 10 + 2 * 4 * 10 * 10


@pytest.mark.parametrize("steps", [-2, 2])
@pytest.mark.parametrize(("link", "kernel"), [(InterpConv1(), 1), (InterpConv3(), 3)])
def test_interpolation_chain(link: Link, kernel: int, steps: int) -> None:
    net = link.build(FLAT, 10, steps)
    x = torch.randn(FLAT.shape())
    y = x
    for conv, channels in zip(net.convs, (6, 10), strict=True):
        assert tuple(conv.weight.shape) == (10, channels, kernel, kernel)
        assert conv.bias is None
        y = F.interpolate(y, scale_factor=2.0 if steps < 0 else 0.5, mode="bilinear", align_corners=False)
        y = F.conv2d(F.pad(y, (1, 1, 1, 1), mode="reflect") if kernel == 3 else y, conv.weight)
    torch.testing.assert_close(net(x), y)


def test_strided_chain() -> None:
    net = ConvStride().build(FLAT, 10, 2)
    x = torch.randn(FLAT.shape())
    y = x
    for conv in net.convs:
        y = F.conv2d(F.pad(y, (1, 1, 1, 1), mode="reflect"), conv.weight, stride=2)
    torch.testing.assert_close(net(x), y)
    assert [tuple(c.weight.shape) for c in net.convs] == [(10, 6, 3, 3), (10, 10, 3, 3)]


@pytest.mark.parametrize("dims", [2, 3])
@pytest.mark.parametrize("steps", [1, 2])
def test_pooling_by_formula(dims: int, steps: int) -> None:
    """Step by step, odd sizes cut off; a convolution only where the channels change."""
    x = FeatureMap(channels=6, size=(5, 7, 9))
    link = msgspec.convert({"dims": dims}, MaxPool)
    data = torch.randn(x.shape(2))
    expected = data
    for _ in range(steps):
        for axis in range(5 - dims, 5):
            pairs = expected.narrow(axis, 0, expected.shape[axis] // 2 * 2).unflatten(axis, (-1, 2))
            expected = pairs.amax(axis + 1)
    plain = link.build(x, 6, steps)
    assert not list(plain.parameters())
    assert torch.equal(plain(data), expected)
    changed = link.build(x, 10, steps)
    (weight,) = changed.parameters()
    assert weight.shape[:2] == (10, 6)
    torch.testing.assert_close(changed(data), torch.einsum("oc,bcdhw->bodhw", weight.flatten(1), expected))


@pytest.mark.parametrize("dims", [2, 3])
@pytest.mark.parametrize("bias", [True, False])
def test_transposed_chain_by_formula(dims: int, bias: bool) -> None:
    """Every pixel times the weights of its place in the 2x2 pixels that it becomes."""
    x = FeatureMap(channels=6, size=(3, 4, 5))
    net = msgspec.convert({"dims": dims, "bias": bias}, Transposed).build(x, 4, -2)
    assert [tuple(c.weight.shape[:2]) for c in net.convs] == [(6, 4), (4, 4)]
    data = torch.randn(x.shape(2))
    expected = data
    for step in net.convs:
        weight = step.weight if dims == 3 else step.weight[:, :, None]
        made = torch.einsum("bcdhw,coijk->bodihjwk", expected, weight)
        expected = made.flatten(6, 7).flatten(4, 5).flatten(2, 3)
        if bias:
            expected = expected + step.bias[:, None, None, None]
        else:
            assert step.bias is None
    torch.testing.assert_close(net(data), expected)


def test_gate_by_formula() -> None:
    net = Gate().build(FLAT, 6, 0)
    assert sum(p.numel() for p in net.parameters()) == 2 * 6 * 6 + 6
    x, query = torch.randn(2, 2, 6, 8, 16).unbind()
    skip, up, score = (p.weight[:, :, 0, 0] for p in (net.skip_proj, net.query_proj, net.gate_proj))
    hidden = torch.relu(torch.einsum("oc,bchw->bohw", up, query) + torch.einsum("oc,bchw->bohw", skip, x))
    gate = 1 / (1 + torch.exp(-torch.einsum("oc,bchw->bohw", score, hidden)))
    torch.testing.assert_close(net(x, query), x * gate)


@pytest.mark.parametrize("link", LINKS, ids=by_name)
def test_frames_are_treated_alike_and_apart(link: Link) -> None:
    steps = next(n for n in (1, 0, -1) if "AL302" not in told(link, DEEP, 6, n))
    torch.manual_seed(0)
    deep = link.build(DEEP, 6, steps).eval()  # a batch norm that trains looks at all frames
    torch.manual_seed(0)
    flat = link.build(FLAT, 6, steps).eval()
    x, query = torch.randn(2, 1, 6, 3, 8, 16).unbind()
    out = deep(x, query) if link.needs_query else deep(x)
    for d in range(3):
        alone = flat(x[:, :, d], query[:, :, d]) if link.needs_query else flat(x[:, :, d])
        torch.testing.assert_close(out[:, :, d], alone)


@pytest.mark.parametrize("link", LINKS, ids=by_name)
def test_links_admit_exactly_what_works(link: Link) -> None:
    for size in [(1, 1), (1, 2), (2, 2), (2, 3), (3, 3), (4, 4), (4, 6), (5, 8), (8, 8), (7, 9)]:
        x = FeatureMap(channels=2, size=size)
        for steps in (-1, 0, 1, 2, 3):
            problems = {code: p for code, p in told(link, x, 2, steps).items() if p.severity == "error"}
            if "AL302" in problems:
                continue
            try:
                y = run(link, x, 2, steps)
                works = min(y.shape[-2:]) > 0
            except (RuntimeError, ValueError):
                works = False
            assert works == (not problems), (size, steps, problems)
            if works:
                assert y.shape == link.out(x, 2, steps).shape(2)


def test_odd_sizes() -> None:
    problem = told(PatchMerge(), FeatureMap(channels=4, size=(15, 16), stride=(4, 4)), 8, 1)["AL301"]
    assert problem.message == "15x16 cannot be halved 1 time without a rest."
    assert problem.hint == "Use an input of 64x64."
    odd = FeatureMap(channels=4, size=(15, 9), stride=(2, 2))
    assert ConvStride().out(odd, 4, 1).size == (8, 5)
    assert InterpConv1().out(odd, 4, 1).size == (7, 4)
    assert ConvStride().out(odd, 4, 1).stride == (4, 4)
    with pytest.raises(ValueError, match="15x9 is odd"):
        run(PatchMerge(), odd, 4, 1)


@pytest.mark.parametrize("link", [Identity(), Gate()], ids=lambda k: k.type)
def test_channels_that_do_not_change(link: Link) -> None:
    problem = told(link, FLAT, 12, 0)["AL303"]
    assert "keeps its 6 channels, the target asks for 12." in problem.message
    assert "projection" in problem.hint


def test_zero_pad_adds_channels_and_takes_none_away() -> None:
    x = torch.randn(DEEP.shape())
    y = run(ZeroPad(), DEEP, 9, 0, x)
    assert torch.equal(y[:, :6], x)
    assert not y[:, 6:].any()
    assert y.shape == (1, 9, 3, 8, 16)
    problem = told(ZeroPad(), DEEP, 4, 0)["AL303"]
    assert problem.message == "zero_pad keeps its 6 channels and adds to them, the target asks for 4."


@pytest.mark.parametrize("link", [Identity(), ZeroPad()], ids=by_name)
def test_what_changes_nothing_does_not_copy(link: Link) -> None:
    x = torch.randn(DEEP.shape())
    assert link.build(DEEP, 6, 0)(x) is x


@pytest.mark.parametrize("link", LINKS, ids=by_name)
def test_torch_takes_links_in_every_way(link: Link) -> None:
    steps = next(n for n in (1, 0, -1) if "AL302" not in told(link, DEEP, 6, n))
    with torch.device("meta"):
        assert run(link, DEEP, 6, steps, torch.empty(DEEP.shape(2))).is_meta
    torch._dynamo.reset()
    net = link.build(DEEP, 6, steps).eval()
    inputs: tuple[Any, ...] = (torch.randn(DEEP.shape(2)),) * (2 if link.needs_query else 1)
    expected = net(*inputs)
    torch.testing.assert_close(torch.compile(net, backend="aot_eager", fullgraph=True)(*inputs), expected)
    torch.testing.assert_close(torch.export.export(net, inputs).module()(*inputs), expected)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        torch.testing.assert_close(net(*inputs).float(), expected, atol=0.05, rtol=0.05)
    assert net.double()(*(t.double() for t in inputs)).dtype == torch.float64
    for parameter in net.parameters():
        assert torch.autograd.grad(net(*(t.double() for t in inputs)).square().sum(), parameter)[0].any()


@pytest.mark.parametrize("link", LINKS, ids=by_name)
def test_what_people_read_of_a_link(link: Link) -> None:
    tooltip = (type(link).__doc__ or "").splitlines()[0]
    assert 10 < len(tooltip) < 80
    assert tooltip.endswith(".")
    assert link.source
    assert set(link.icon) <= set("MLHVhvlmz0123456789 .-")
