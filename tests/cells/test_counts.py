"""Parameter counts by the formulas of the original, and those measured on it."""

from __future__ import annotations

from typing import Any

import pytest
from torch import nn

from archlab.cells.convolution.cells import Convolution
from archlab.cells.temporal.cells import TemporalAttention
from archlab.cells.windows.cells import GlobalAttention, LocalAttention
from archlab.document.feature_map import FeatureMap
from archlab.parts.cell import Cell


def count(module: nn.Module) -> int:
    return sum(p.numel() for p in module.parameters())


MEASURED = FeatureMap(channels=32, size=(4, 16, 16))
WINDOW = {"window": (2, 8, 8), "patch": (1, 2, 2)}


@pytest.mark.parametrize(
    ("cell", "params"),
    [
        (TemporalAttention(), 110_881),
        (LocalAttention(**WINDOW), 111_665),
        (GlobalAttention(**WINDOW), 111_665),
        (Convolution(), 83_106),
        (TemporalAttention(mixer="none"), 36_992),
    ],
)
def test_counts_measured_on_the_original(cell: Cell, params: int) -> None:
    assert count(cell.build(MEASURED, 32)) == params


@pytest.mark.parametrize("c_in", [6, 8])
@pytest.mark.parametrize("arrangement", ["sequential", "parallel"])
@pytest.mark.parametrize("mixer", ["conv", "linear", "none"])
@pytest.mark.parametrize("projection", ["conv", "linear"])
def test_local_attention_by_formula(c_in: int, arrangement: str, mixer: str, projection: str) -> None:
    x, width, heads, patch = FeatureMap(channels=c_in, size=(16, 24)), 8, 4, 2 * 3
    cell = LocalAttention(
        window=(8, 12), patch=(2, 3), heads=heads, mixer=mixer, projection=projection, arrangement=arrangement
    )
    table = (2 * 4 - 1) * (2 * 4 - 1) * heads
    one = 9 * c_in * width + width if projection == "conv" else c_in * patch * width * patch + width * patch
    expected = 3 * one + 9 * width * width + width + table
    expected += 9 * c_in * width + width if c_in != width else 0
    mixed = c_in if arrangement == "parallel" else width
    if mixer == "conv":
        expected += 9 * mixed * 4 * width + 4 * width + 9 * 4 * width * width + width + 1
    elif mixer == "linear":
        hidden = 4 * width * patch
        expected += mixed * patch * hidden + hidden + hidden * width * patch + width * patch + 1
    assert count(cell.build(x, width)) == expected


@pytest.mark.parametrize(
    ("norm", "params"),
    [
        ("instance2d", 0),
        ("instance3d", 0),
        ("batch2d", 2 * 8),
        ("batch3d", 2 * 8),
        ("layer", 2 * 8 * 6 * 6),
        ("layer3d", 2 * 8 * 4 * 6 * 6),
    ],
)
def test_norms_count_once_per_use(norm: Any, params: int) -> None:
    x = FeatureMap(channels=8, size=(4, 6, 6))

    def extra(cell: Cell) -> int:
        return count(cell.build(x, 8)) - count(type(cell)(arrangement=cell.arrangement).build(x, 8))

    assert extra(Convolution(norm=norm)) == 3 * params  # before conv, inside, before the mixer
    assert extra(Convolution(norm=norm, arrangement="parallel")) == 2 * params  # no unused second norm
