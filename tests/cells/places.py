"""Every cell on a small map that is square nowhere, from the first of its samples, for the probes."""

from __future__ import annotations

from itertools import product
from typing import Any

import torch
from torch import Tensor, nn

from archlab.cells.convolution.cells import ConvolutionCell
from archlab.cells.temporal.cells import TemporalAttention
from archlab.cells.windows.base import WindowCell
from archlab.document.diagnostics import Problem
from archlab.document.entries import as_input
from archlab.document.feature_map import FeatureMap
from archlab.parts.catalog import default
from archlab.parts.cell import Cell

CHANNELS = 8
ATTENTION = sorted(
    code for code, (cls, _) in default().codes.items() if issubclass(cls, WindowCell | TemporalAttention)
)
WINDOWED = [code for code in ATTENTION if issubclass(default().codes[code][0], WindowCell)]
CODES = [*ATTENTION, *sorted(code for code, (cls, _) in default().codes.items() if issubclass(cls, ConvolutionCell))]
MIXERS = [(code, "conv") for code in CODES] + [(code, "linear") for code in WINDOWED]


def sample(code: str) -> tuple[FeatureMap, dict[str, Any]]:
    """The map and the fields with which a code is tried on something small: its first sample."""
    given = default().codes[code][0].samples[0]
    text, fields = (given, {}) if isinstance(given, str) else given
    return as_input(text).feature_map(), dict(fields)


def place(code: str, **fields: Any) -> tuple[Cell, FeatureMap]:
    """The cell with its small windows, and the map that they are made for."""
    cls, preset = default().codes[code]
    x, known = sample(code)
    cell: Cell = cls(**dict(preset) | known | fields)
    return cell, x


def errors(cell: Cell, x: FeatureMap, width: int = CHANNELS) -> list[Problem]:
    """What keeps the cell from working on `x`."""
    return [p for p in cell.problems(x, width) if p.severity == "error"]


def built(code: str, width: int = CHANNELS, size: tuple[int, ...] | None = None, **fields: Any) -> nn.Module:
    """The module on its small map or on one of that `size`, float64, in evaluation."""
    cell, x = place(code, **fields)
    x = x if size is None else FeatureMap(channels=CHANNELS, size=size)
    assert errors(cell, x, width) == []
    torch.manual_seed(0)
    return cell.build(x, width).double().eval()


def maps(code: str, batch: int = 2, size: tuple[int, ...] | None = None) -> Tensor:
    """Random maps for it."""
    return torch.randn(batch, CHANNELS, *(size or sample(code)[0].size), dtype=torch.float64)


def pass_on(layer: nn.Module, scale: float = 1.0) -> None:
    """Make a projection hand its input on."""
    weight = layer.weight
    assert isinstance(weight, Tensor)
    with torch.no_grad():
        weight.zero_()
        centre = tuple(k // 2 for k in weight.shape[2:])
        for channel in range(weight.shape[0]):
            weight[(channel, channel, *centre)] = scale
        assert isinstance(layer.bias, Tensor)
        layer.bias.zero_()


def silence(module: nn.Module) -> None:
    """Make a module give zeros."""
    for parameter in module.parameters():
        nn.init.zeros_(parameter)


def look_at_self(net: Any) -> None:
    """A position bias that leaves every token nothing but itself: the row of distance zero is the middle one."""
    with torch.no_grad():
        table = net.attn.relative_position.table
        table.zero_()
        table[len(table) // 2] = 1e4


def reach(net: nn.Module, x: Tensor, *positions: tuple[int, ...]) -> dict[tuple[int, ...], set[tuple[int, ...]]]:
    """For every position of a sample (or for those only) the positions that have an influence on its output."""
    x = x.clone().requires_grad_()
    out = net(x)
    seen = {}
    for position in positions or product(*(range(n) for n in out.shape[2:])):
        direction = torch.randn(out.shape[1], dtype=out.dtype)
        (gradient,) = torch.autograd.grad((out[(0, slice(None), *position)] * direction).sum(), x, retain_graph=True)
        seen[position] = {tuple(p) for p in gradient[0].abs().sum(0).nonzero().tolist()}
    return seen
