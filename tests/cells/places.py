"""Every attention cell on a small map that is square nowhere, for the probes."""

from __future__ import annotations

from itertools import product
from typing import Any

import torch
from torch import Tensor, nn

from archlab.document.diagnostics import Problem
from archlab.document.feature_map import FeatureMap
from archlab.parts.catalog import default
from archlab.parts.cell import Cell

CHANNELS = 8
PLACES: dict[str, dict[str, Any]] = {
    "T0": {"size": (3, 4, 6), "heads": 4},
    "T1": {"size": (3, 4, 6), "heads": 4},
    "L0": {"size": (2, 8, 12), "heads": 4, "window": (1, 4, 6), "patch": (1, 2, 3)},
    "L1": {"size": (2, 8, 12), "heads": 4, "window": (1, 4, 6), "patch": (1, 2, 3)},
    "G0": {"size": (2, 8, 12), "heads": 4, "window": (1, 8, 12), "patch": (1, 2, 3)},
    "G1": {"size": (2, 8, 12), "heads": 4, "window": (1, 8, 12), "patch": (1, 2, 3)},
    "L3": {"size": (4, 8, 6), "heads": 4, "window": (4, 4, 3), "patch": (2, 2, 1)},
    "G3": {"size": (4, 8, 6), "heads": 4, "window": (2, 4, 3), "patch": (1, 2, 1)},
    "V2": {"size": (2, 8, 12), "heads": 4, "window": (1, 4, 4)},
    "V3": {"size": (2, 4, 12), "heads": 4, "window": (1, 2, 4)},
    "S2": {"size": (2, 8, 6), "heads": 4, "window": (1, 4, 3)},
    "S3": {"size": (4, 4, 3), "heads": 4, "window": (2, 2, 3)},
    "Sw": {"size": (2, 8, 6), "heads": 4, "window": (1, 4, 3)},
    "Sh": {"size": (4, 8, 6), "heads": 4, "window": (2, 4, 3)},
}
WINDOWED = [code for code in PLACES if code[0] != "T"]
ATTENTION = list(PLACES)
CODES = [*ATTENTION, "C2", "C3"]
MIXERS = [(code, "conv") for code in CODES] + [(code, "linear") for code in WINDOWED]


def place(code: str, **fields: Any) -> tuple[Cell, FeatureMap]:
    """The cell with its small windows, and the map that they are made for."""
    cls, preset = default().codes[code]
    known = dict(PLACES.get(code, {"size": (3, 4, 6)}))
    x = FeatureMap(channels=CHANNELS, size=known.pop("size"))
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
    return torch.randn(batch, CHANNELS, *(size or PLACES.get(code, {"size": (3, 4, 6)})["size"]), dtype=torch.float64)


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
