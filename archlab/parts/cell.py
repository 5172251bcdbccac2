"""The base of every cell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Self

from archlab.costing.cost import Cost
from archlab.document.diagnostics import Problem
from archlab.document.feature_map import FeatureMap
from archlab.geometry.sight import Sight
from archlab.geometry.triple import Triple
from archlab.parts.part import Part, Samples

if TYPE_CHECKING:
    from torch import nn


class Cell(Part, frozen=True, kw_only=True):
    """One entry of a block. `width` is the number of channels that the block asks of this cell."""

    codes: ClassVar[Mapping[str, Mapping[str, Any]]] = {}  # two-character word -> fields that the word fixes
    family: ClassVar[str] = "other"  # palette group
    icons: ClassVar[Mapping[str, str]] = {}  # word -> its icon, where it should not look like its siblings
    formula: ClassVar[str] = ""  # what the cell computes, as one or several lines of plain text, for its page
    shapes: ClassVar[str] = ""  # tensors on the way through, a line each
    cost_formula: ClassVar[str] = ""  # parameters and MACs in letters, as lines of arithmetic
    # original (a document's `compat`) -> word -> the word whose fields that original really gives it
    built_as: ClassVar[Mapping[str, Mapping[str, str]]] = {}
    samples: ClassVar[Samples] = ("16x4x8x12", "16x1x16x16", "16x3x16x16", "16x16x16", "16x16x24")

    def inert(self) -> Mapping[str, str]:
        """Fields without effect as the other fields are, each with the reason: `{"mixer_ratio": "mixer is none"}`."""
        return {}

    def irreproducible(self, x: FeatureMap, original: str) -> str:
        """Why it does not compute on `x` what `original` computes, even with its defects asked for; empty = it does."""
        return ""

    def problems(self, x: FeatureMap, width: int) -> Iterable[Problem]:
        """Everything that keeps this cell from working on `x`, with the nearest legal value as hint."""
        return ()

    def out(self, x: FeatureMap, width: int) -> FeatureMap:
        """The map that leaves the cell: by default `width` channels at the size of `x`.

        A cell that changes the size gives the result its `stride` too, in pixels of the input per pixel.
        """
        return x.with_channels(width)

    def cost(self, x: FeatureMap, width: int) -> Cost | None:
        """Closed form of the cost; None = measure one run of the built module on the meta device."""
        return None

    def placed(self, index: int, count: int) -> Self:
        """The cell at its place: the `index`-th, from 0, of `count` cells that override this, along the longest way.

        A drop-path schedule or RWKV's initial values depend on it. Return the cell itself where its place changes
        nothing; `archlab.graph.places` says how places are counted.
        """
        return self

    def costed(self) -> Self:
        """A cell of the same cost that has forgotten what `placed` told it, so that a cost is worked out once."""
        return self

    def effective(self, x: FeatureMap) -> Mapping[str, Any]:
        """Fields as they are really used on `x` where that differs from what was asked (a fitted window)."""
        return {}

    def looks_at(self, x: FeatureMap, at: Triple) -> Sight | None:
        """What its operation looks at from the position `at`, (d, h, w), of an `x` that it admits; None = not told."""
        return None

    def build(self, x: FeatureMap, width: int) -> nn.Module:
        """The module, mapping `(B, C, [D,] H, W)` of `x` to that of `out(x, width)`.

        A cell that reads extra tokens is given `(B, tokens + H * W, C)` where `x` has them, and leaves that too.
        """
        raise NotImplementedError
