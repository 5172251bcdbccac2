"""The bases one extends: Cell, Link, Layout, Stem, Head.

A part is a frozen msgspec struct. Its fields are its schema: the form in the editor, the check on reading, the
JSON Schema, the docs and the command line all come from them, and its docstring's first line is its tooltip.
A part file imports no torch; `build()` imports its module inside the function.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec

from archlab.grouping import Sight, Triple
from archlab.spec.cost import Cost
from archlab.spec.diagnostics import Problem
from archlab.spec.feature_map import FeatureMap

if TYPE_CHECKING:
    from torch import nn

    from archlab.graph.wiring import Wiring


# Maps on which the tests try a part, as an input is written, and where needed the fields that fit such a map:
# ("8x16x16", ("8x3x7x9", {"window": (1, 4, 4), "pad": True})). `archlab.testing` says how they are used.
Samples = Sequence[str | tuple[str, Mapping[str, Any]]]


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Anything that a document names by a word and configures by fields."""

    icon: ClassVar[str] = "M3 3h10v10h-10z"  # 16x16 SVG path
    source: ClassVar[str] = ""  # paper and section, shown in docs
    samples: ClassVar[Samples] = ()  # on what the tests try it; the first and the last are compiled too


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
        """The map that leaves the cell."""
        return x.with_channels(width)

    def cost(self, x: FeatureMap, width: int) -> Cost | None:
        """Closed form of the cost; None = measure one run of the built module on the meta device."""
        return None

    def effective(self, x: FeatureMap) -> Mapping[str, Any]:
        """Fields as they are really used on `x` where that differs from what was asked (a fitted window)."""
        return {}

    def looks_at(self, x: FeatureMap, at: Triple) -> Sight | None:
        """What its operation looks at from the position `at`, (d, h, w), of an `x` that it admits; None = not told."""
        return None

    def build(self, x: FeatureMap, width: int) -> nn.Module:
        """The module, mapping `(B, C, [D,] H, W)` of `x` to that of `out(x, width)`."""
        raise NotImplementedError


class Link(Part, frozen=True, kw_only=True):
    """Carries one node's map to another node.

    `channels` is what the receiving node asks for, `steps` the levels to go: positive = down (coarser),
    negative = up (finer), 0 = same level.
    """

    type: ClassVar[str] = ""
    family: ClassVar[str] = "link"
    needs_query: ClassVar[bool] = False  # gate: forward(x, query), query = another link's output into the same node
    samples: ClassVar[Samples] = ("8x16x16", "8x1x16x16", "8x3x16x16", "8x16x24", "8x4x8x12")
    # The cell string in its field `cells` follows: out, cost and build are those of what stands before the cells,
    # whose last leaves `channels`.
    carries_cells: ClassVar[bool] = False

    def problems(self, x: FeatureMap, channels: int, steps: int) -> Iterable[Problem]:
        """Everything that keeps this link from carrying `x`."""
        return ()

    def out(self, x: FeatureMap, channels: int, steps: int) -> FeatureMap:
        """The map that arrives."""
        raise NotImplementedError

    def cost(self, x: FeatureMap, channels: int, steps: int) -> Cost | None:
        """Closed form of the cost; None = measure on the meta device."""
        return None

    def build(self, x: FeatureMap, channels: int, steps: int) -> nn.Module:
        """The module; `nn.Identity()` where nothing is to be done."""
        raise NotImplementedError


class Stem(Part, frozen=True, kw_only=True):
    """Stands before the backbone and may reduce the resolution."""

    type: ClassVar[str] = ""
    samples: ClassVar[Samples] = ("3x16x16", "3x1x16x16", "3x3x16x16", "3x16x24", "3x4x8x12")

    def problems(self, x: FeatureMap) -> Iterable[Problem]:
        """Everything that keeps this stem from working on `x`."""
        return ()

    def out(self, x: FeatureMap) -> FeatureMap:
        """The map that enters the first block."""
        raise NotImplementedError

    def cost(self, x: FeatureMap) -> Cost | None:
        """Closed form of the cost; None = measure on the meta device."""
        return None

    def build(self, x: FeatureMap) -> nn.Module:
        """The module."""
        raise NotImplementedError


class Head(Part, frozen=True, kw_only=True):
    """Stands on top of one output of the backbone (the last one: aggregate, U-Net's output, last stage)."""

    type: ClassVar[str] = ""
    samples: ClassVar[Samples] = ("8x16x16", "8x1x16x16", "8x3x16x16", "8x16x24", "8x4x8x12")

    def problems(self, x: FeatureMap, image: FeatureMap) -> Iterable[Problem]:
        """Everything that keeps this head from working on `x`; `image` is the document's input."""
        return ()

    def out(self, x: FeatureMap, image: FeatureMap) -> FeatureMap:
        """What leaves the network; size `()` for one vector per sample."""
        raise NotImplementedError

    def cost(self, x: FeatureMap, image: FeatureMap) -> Cost | None:
        """Closed form of the cost; None = measure on the meta device."""
        return None

    def build(self, x: FeatureMap, image: FeatureMap) -> nn.Module:
        """The module."""
        raise NotImplementedError


class Layout(Part, frozen=True, kw_only=True):
    """A lattice of blocks and the rule that wires it: a pure function of its fields."""

    type: ClassVar[str] = ""
    samples: ClassVar[Samples] = ("3x32x32",)  # what enters the whole network
    level_field: ClassVar[str | None] = None  # the field that "add level" grows
    stage_field: ClassVar[str | None] = None  # the field that "add stage" grows

    def problems(self) -> Iterable[Problem]:
        """Fields that do not go together, or that have no effect."""
        return ()

    def wire(self, wiring: Wiring) -> None:
        """Add every node and link through `wiring`, in order of computation."""
        raise NotImplementedError

    def counts(self) -> tuple[int, int]:
        """Levels and stages as they really are, where a field may leave one to the other."""
        raise NotImplementedError


def widths(channels: int | Sequence[int], count: int) -> tuple[int, ...]:
    """Channels per level: a base width doubled per level, or a list whose last entry doubles on."""
    given = [channels] if isinstance(channels, int) else list(channels)
    while len(given) < count:
        given.append(given[-1] * 2)
    return tuple(given[:count])
