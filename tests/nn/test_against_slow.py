"""Whole cells against the slow float64 twin: outputs and the gradient of every parameter."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
import torch
from torch import Tensor

from archlab.cells.convolution import Convolution
from archlab.cells.spatial_global import GlobalAttention
from archlab.cells.spatial_local import LocalAttention
from archlab.cells.temporal import TemporalAttention
from archlab.part import Cell
from archlab.spec.feature_map import FeatureMap
from tests.nn import slow

MAP = FeatureMap(channels=4, size=(2, 8, 12))


def compare(cell: Cell, width: int, operation: Any, mixer: Any) -> None:
    """Forward and gradients of `cell` on MAP equal those of the slow twin to 1e-9."""
    assert list(cell.problems(MAP, width)) == []
    torch.manual_seed(0)
    net = cell.build(MAP, width).double()
    for name, parameter in net.named_parameters():
        if name.endswith("table"):
            torch.nn.init.normal_(parameter)  # 0.02 is too little to notice a wrong pair
    x = torch.randn(2, *MAP.shape()[1:], dtype=torch.float64, requires_grad=True)
    weights = dict(net.named_parameters())
    fast = net(x)
    twin = slow.cell(x, weights, partial(operation, weights), mixer and partial(mixer, weights), cell.arrangement)
    torch.testing.assert_close(fast, twin, rtol=0, atol=1e-9)
    direction = torch.randn_like(fast)
    of_fast = torch.autograd.grad((fast * direction).sum(), [x, *weights.values()])
    of_twin = torch.autograd.grad((twin * direction).sum(), [x, *weights.values()])
    for name, a, b in zip(["x", *weights], of_fast, of_twin, strict=True):
        torch.testing.assert_close(a, b, rtol=0, atol=1e-8, msg=lambda m, name=name: f"gradient of {name}: {m}")


def mix(kind: str, patch: tuple[int, int] = (1, 1)) -> Any:
    if kind == "none":
        return None
    if kind == "linear":
        return lambda w, x: slow.linear_mixer(x, w, patch)
    return lambda w, x: slow.conv_mixer(x, w)


# window and patch asked for, and as they are really cut on 8 x 12: not square, local whole and global halved
LOCAL = {"window": (1, 4, 6), "patch": (1, 2, 3)}, {"window": (4, 6), "patch": (2, 3)}
GLOBAL = {"window": (1, 8, 12), "patch": (1, 2, 3)}, {"window": (4, 6), "patch": (2, 3)}
CASES = [
    {},
    {"projection": "linear"},
    {"mixer": "linear", "arrangement": "parallel"},
    {"mixer": "linear"},
    {"mixer": "none", "score": "dot"},
    {"mixer": "none", "score": "dot", "normalize_qk": False, "heads": 2},
    {"mixer": "none", "output_projection": False, "projection": "linear", "relative_position": False},
    {"mixer": "none", "heads": 8},
]


@pytest.mark.parametrize("width", [4, 8])
@pytest.mark.parametrize("case", CASES, ids=str)
@pytest.mark.parametrize("cls", [LocalAttention, GlobalAttention])
def test_window_cells(cls: type, case: dict[str, Any], width: int) -> None:
    asked, real = LOCAL if cls is LocalAttention else GLOBAL
    cell = cls(**{"heads": 4, "mixer_ratio": 1.5, "drop_path": 0.0} | asked | case)
    assert cell.effective(MAP) == {"window": (1, *real["window"]), "patch": (1, *real["patch"])}

    def operation(weights: dict[str, Tensor], frames: list[Tensor]) -> list[Tensor]:
        return [
            slow.window_attention(
                f,
                weights,
                among="patches" if cls is LocalAttention else "windows",
                heads=cell.heads,
                score=cell.score,
                normalize=cell.normalize_qk,
                projection=cell.projection,
                **real,
            )
            for f in frames
        ]

    compare(cell, width, operation, mix(cell.mixer, real["patch"]))


@pytest.mark.parametrize("width", [4, 8])
@pytest.mark.parametrize(
    "case", [{}, {"arrangement": "parallel"}, {"mixer": "none", "score": "dot"}, {"heads": 4, "mixer": "none"}], ids=str
)
def test_temporal_cells(case: dict[str, Any], width: int) -> None:
    cell = TemporalAttention(**{"heads": 2, "mixer_ratio": 1.5, "drop_path": 0.0} | case)

    def operation(weights: dict[str, Tensor], frames: list[Tensor]) -> list[Tensor]:
        options = {"heads": cell.heads, "score": cell.score, "normalize": cell.normalize_qk}
        return slow.temporal_attention(frames, weights, **options)

    compare(cell, width, operation, mix(cell.mixer))


@pytest.mark.parametrize("width", [4, 6])
@pytest.mark.parametrize("arrangement", ["sequential", "parallel"])
@pytest.mark.parametrize("mixer", ["conv", "none"])
def test_convolution_cells(arrangement: str, mixer: str, width: int) -> None:
    cell = Convolution(arrangement=arrangement, mixer=mixer, mixer_ratio=1.5, drop_path=0.0)
    compare(cell, width, lambda w, frames: [slow.conv_module(f, w) for f in frames], mix(mixer))
