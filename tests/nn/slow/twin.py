"""The slow twin of a cell, made from its code and fields, and the comparison of the two."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from archlab.document.feature_map import FeatureMap
from archlab.parts.catalog import default
from archlab.parts.cell import Cell
from tests.nn.slow.attention import ONE, Score, temporal, windowed
from tests.nn.slow.cell import Frame, Operation, cell, convolution_module, frames, samples
from tests.nn.slow.plain import Triple, Weights


class Kind(NamedTuple):
    """What a code's tokens and groups are."""

    among: str
    volume: bool = False  # D is an axis like H and W, else every frame is by itself
    shifted: bool = False


KINDS = {
    "L0": Kind("patches"),
    "L1": Kind("patches"),
    "L3": Kind("patches", volume=True),
    "G0": Kind("windows"),
    "G1": Kind("windows"),
    "G3": Kind("windows", volume=True),
    "V2": Kind("map"),
    "V3": Kind("map", volume=True),
    "S3": Kind("pixels", volume=True),
    "Sh": Kind("pixels", volume=True, shifted=True),
}


def make(code: str, **fields: Any) -> Cell:
    """The cell of that code, without stochastic depth."""
    cls, preset = default().codes[code]
    made: Cell = cls(**{"drop_path": 0.0} | dict(preset) | fields)
    return made


def errors(part: Cell, x: FeatureMap, width: int) -> list[str]:
    """What keeps the cell from working on `x`."""
    return [p.message for p in part.problems(x, width) if p.severity == "error"]


def module(part: Cell, x: FeatureMap, width: int, seed: int = 0) -> nn.Module:
    """The built module in float64, every parameter far from a value that would hide a mistake."""
    assert errors(part, x, width) == []
    torch.manual_seed(seed)
    net = part.build(x, width).double().train()
    for name, parameter in net.named_parameters():
        if parameter.dim() == 1 or name.endswith("table") or "norm" in name:
            nn.init.normal_(parameter)
    return net


def slow_cell(code: str, part: Any, real: Mapping[str, Any]) -> Operation:
    """`(B, C, D, H, W)` and weights to the cell's output; `real` holds window and patch as they are really cut."""
    residual = getattr(part, "compat", "none") == "none" or part.mixer != "linear"
    window, patch = real.get("window", ONE), real.get("patch", ONE)
    kind = KINDS.get(code)
    unit = window if kind and kind.among in ("map", "pixels") else patch
    if kind and not kind.volume:
        window, patch, unit = ((1, *t[1:]) for t in (window, patch, unit))
    frame = Frame(part.norm, part.activation, part.mixer, part.arrangement == "parallel", unit, residual)
    if code[0] == "C":
        return partial(cell, operation=partial(convolution_module, frame=frame), frame=frame)
    score = Score(part.score, part.normalize_qk)
    stride: Triple = part.stride_qk if getattr(part, "projection", "conv") == "conv" and code[0] != "S" else ONE
    if kind is None:
        causal = getattr(part, "causal", False)
        attend: Any = partial(temporal, heads=part.heads, score=score, causal=causal, stride=(1, *stride[1:]))
        return partial(cell, operation=samples(attend), frame=frame)
    attend = partial(
        windowed,
        among=kind.among,
        window=window,
        patch=patch,
        heads=part.heads,
        score=score,
        projection=part.projection,
        stride=stride if kind.volume else (1, *stride[1:]),
        shifted=kind.shifted,
        bias_outside=getattr(part, "compat", "none") == "snraware",
    )
    return partial(cell, operation=samples(attend if kind.volume else frames(attend)), frame=frame)


def five(x: Tensor) -> Tensor:
    """A 4-D map with its single frame."""
    return x[:, :, None] if x.dim() == 4 else x


def weights_of(net: nn.Module) -> Weights:
    """The parameters by name."""
    return dict(net.named_parameters())


def compare(
    code: str,
    size: tuple[int, ...],
    *,
    channels: int = 4,
    width: int = 4,
    batch: int = 2,
    run: tuple[int, ...] | None = None,
    real: Mapping[str, Any] | None = None,
    **fields: Any,
) -> None:
    """Output and every gradient of the cell, built for `size`, are those of the slow twin.

    run: another size to run on, then with `real` as window and patch there; else the cell's own words are taken.
    """
    part, x_map = make(code, **fields), FeatureMap(channels=channels, size=size)
    net = module(part, x_map, width)
    twin = slow_cell(code, part, part.effective(x_map) if real is None else real)
    x = torch.randn(batch, channels, *(run or size), dtype=torch.float64, requires_grad=True)
    weights = weights_of(net)
    expected = twin(five(x), weights).view(batch, width, *x.shape[2:])
    fast = net(x)
    torch.testing.assert_close(fast, expected, rtol=0, atol=1e-9)
    with torch.no_grad():
        torch.testing.assert_close(net(x), expected, rtol=0, atol=1e-9, msg=lambda m: f"without a gradient: {m}")
    direction = torch.randn_like(fast)
    inputs = [x, *weights.values()]
    ours = torch.autograd.grad((fast * direction).sum(), inputs)
    theirs = torch.autograd.grad((expected * direction).sum(), inputs)
    for name, a, b in zip(["x", *weights], ours, theirs, strict=True):
        torch.testing.assert_close(a, b, rtol=0, atol=1e-8, msg=lambda m, name=name: f"gradient of {name}: {m}")


def compare_single(code: str, size: tuple[int, ...], *, channels: int = 4, width: int = 4, **fields: Any) -> float:
    """The largest difference of output and gradients in float32, relative to the largest value of each."""
    part, x_map = make(code, **fields), FeatureMap(channels=channels, size=size)
    net = module(part, x_map, width).float()
    x = torch.randn(2, channels, *size, requires_grad=True)
    exact_x = x.detach().double().requires_grad_()
    exact = {name: p.detach().double().requires_grad_() for name, p in net.named_parameters()}
    fast = net(x)
    expected = slow_cell(code, part, part.effective(x_map))(five(exact_x), exact).view_as(fast)
    direction = torch.randn_like(fast)
    ours = torch.autograd.grad((fast * direction).sum(), [x, *net.parameters()])
    theirs = torch.autograd.grad((expected * direction.double()).sum(), [exact_x, *exact.values()])
    # a gradient that vanishes by the formula (a key's bias under a softmax of products) has no scale of its own
    scale = max(float(g.abs().max()) for g in theirs[1:])
    differences = [float(((fast.double() - expected).abs().max() / expected.abs().max()).detach())]
    differences.append(float((ours[0].double() - theirs[0]).abs().max() / theirs[0].abs().max()))
    differences += [float((a.double() - b).abs().max()) / scale for a, b in zip(ours[1:], theirs[1:], strict=True)]
    return max(differences)
