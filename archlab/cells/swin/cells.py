"""S2, Sw: the published Swin block, with windows in place and with windows moved by half."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from archlab.cells.residual import options as residual
from archlab.cells.residual.attention import AttentionDropout, Heads, block_problems
from archlab.cells.residual.windows import Pad, Shift, Stretch, Window
from archlab.cells.swin.cost import swin_block
from archlab.cells.swin.options import QKVBias, Ratio
from archlab.cells.swin.page import COST, FORMULA
from archlab.costing.cost import Cost
from archlab.costing.tape import Tape
from archlab.document.diagnostics import Problem
from archlab.document.feature_map import FeatureMap
from archlab.geometry.fitting import Fit, fit_plane
from archlab.geometry.grouping import Grouping
from archlab.geometry.nearest import window_problem
from archlab.geometry.sight import Sight, sight
from archlab.geometry.triple import Triple, as_triple
from archlab.parts.cell import Cell
from archlab.parts.part import Samples

if TYPE_CHECKING:
    from torch import nn

PIXEL: Triple = (1, 1, 1)


class SwinBlock(Cell, frozen=True, kw_only=True):
    """The Swin block: attention among the pixels of a window; Sw moves the windows.

    Each frame by itself, as published: layer norm over the channels, one linear layer to queries, keys and values,
    scaled products with a position bias, an MLP with an exact GELU on every pixel. S2 and Sw take turns; Sw moves the
    windows by half their size, not along an axis that holds a single one, and masks what only the cyclic shift made
    neighbours. Where the channels change, a linear layer comes first.
    """

    codes = {"S2": {"shift": False}, "Sw": {"shift": True}}
    family = "attention"
    icon = "M2 2h12v12h-12zM2 7.5h6.5v6.5M4.2 9.8h.01M6.2 9.8h.01M4.2 11.8h.01M6.2 11.8h.01"
    icons = {"Sw": "M2 2h12v12h-12zM4.75 4.75h6.5v6.5h-6.5zM7 7h.01M9 7h.01M7 9h.01M9 9h.01"}
    source = "Liu et al. 2021 (Swin, arXiv 2103.14030), sections 3.1 and 3.2"
    formula = FORMULA
    cost_formula = COST
    samples: ClassVar[Samples] = (
        ("8x2x8x6", {"window": (1, 4, 3), "heads": 4}),
        "16x1x16x16",
        ("8x8x12", {"window": (4, 4), "heads": 2, "qkv_bias": False, "drop_path": 0.0}),
        ("8x3x7x9", {"window": (1, 4, 4), "heads": 2, "pad": True}),
    )
    volumetric: ClassVar[bool] = False
    halves_windows: ClassVar[bool] = False
    unit: ClassVar[Literal["pixel"]] = "pixel"  # what a token is

    window: Window = (1, 7, 7)
    heads: Heads = 4
    ratio: Ratio = 4.0
    qkv_bias: QKVBias = True
    norm_eps: residual.NormEps = 1e-5
    drop_path: residual.DropPath = 0.1
    drop_path_rule: residual.DropPathRule = "constant"
    attention_dropout: AttentionDropout = 0.0
    pad: Pad = False
    stretch: Stretch = True
    shift: Shift = False

    # ---- how a map is cut ---------------------------------------------------------------------------------------

    def fit(self, x: FeatureMap) -> Fit:
        """Windows as they are really cut on `x`."""
        return fit_plane(x.dhw, as_triple(self.window), PIXEL, pad=self.pad, stretch=self.stretch)

    def grouping(self, x: FeatureMap) -> Grouping:
        """How the attention cuts `x` into groups of pixels, as counts and sizes along (D, H, W)."""
        fit = self.fit(x)
        return Grouping("patches", fit.windows, fit.patches, fit.patch, self.pad)

    def shift_of(self, x: FeatureMap) -> Triple:
        """Pixels that the windows are moved by along (D, H, W)."""
        return self.grouping(x).shift((1, x.height, x.width)) if self.shift else (0, 0, 0)

    # ---- what the cell says of itself ---------------------------------------------------------------------------

    def placed(self, index: int, count: int) -> Self:
        """With the drop_path that its rule gives it at this place."""
        return residual.drop_path_placed(self, index, count)

    def costed(self) -> Self:
        """The cell without the drop_path of its place, which its cost does not depend on."""
        return residual.drop_path_costed(self)

    def problems(self, x: FeatureMap, width: int) -> Iterator[Problem]:
        """Windows that do not divide the map, heads that do not divide the channels, an MLP without a channel."""
        if not self.fit(x).legal:
            window = as_triple(self.window)[1:]
            yield window_problem(x.size[-2:], window, (1, 1), x.stride, stretch=self.stretch)
        yield from block_problems(width, self.heads, self.ratio)

    def inert(self) -> Mapping[str, str]:
        """Fields that change nothing as the others are, with the reason."""
        return {"drop_path_rule": "drop_path is 0"} if self.drop_path == 0.0 else {}

    def irreproducible(self, x: FeatureMap, original: str) -> str:
        """The original names it and lacks it."""
        return "It has no such cell."

    def effective(self, x: FeatureMap) -> Mapping[str, Any]:
        """Window in pixels and number of windows, (D, H, W), as they are on `x`; nothing where they do not fit."""
        fit = self.fit(x)
        return {"window": fit.window, "windows": fit.windows} if fit.legal else {}

    def looks_at(self, x: FeatureMap, at: Triple) -> Sight:
        """The pixels of its window in its own frame."""
        size = (1, x.height, x.width)
        return sight(self.grouping(x), size, (0, *at[1:]), unit=self.unit, shift=self.shift_of(x), frame=at[0])

    # ---- cost and module ----------------------------------------------------------------------------------------

    def cost(self, x: FeatureMap, width: int) -> Cost:
        """The cost, from the same operations as the module's, on shapes only."""
        tape = Tape(x)
        return tape.cost(swin_block(tape, width, **self._arguments(x, width)))

    def build(self, x: FeatureMap, width: int) -> nn.Module:
        """Attention over windows and an MLP, each behind a norm and added to what entered it."""
        from archlab.cells.swin.module import SwinBlock as Module

        return Module(x.channels, width, norm_eps=self.norm_eps, **self._arguments(x, width))

    def _hidden(self, width: int) -> int:
        return int(width * self.ratio)

    def _arguments(self, x: FeatureMap, width: int) -> dict[str, Any]:
        """The block in words that its module and its closed form share."""
        return {
            "grouping": self.grouping(x),
            "shifts": self.shift,
            "heads": self.heads,
            "hidden": self._hidden(width),
            "qkv_bias": self.qkv_bias,
            "drop_path": self.drop_path,
            "attention_dropout": self.attention_dropout,
        }
