"""H2, Ha, Mx, Mc: HRViT's cell, and its two halves alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import TYPE_CHECKING, Any, ClassVar, Self

from archlab.cells.hrvit.cost import hrvit_cell
from archlab.cells.hrvit.options import HeadWidth, Ratio, Stripe, attention_problems, hidden_problems, stripe_problems
from archlab.cells.residual import options as residual
from archlab.costing.cost import Cost
from archlab.costing.tape import Tape
from archlab.document.diagnostics import Problem
from archlab.document.feature_map import FeatureMap
from archlab.geometry.nearest import larger_input
from archlab.geometry.sight import Sight
from archlab.geometry.triple import Triple
from archlab.parts.cell import Cell
from archlab.parts.fields import NormEps, NormMomentum, norm_problems
from archlab.parts.part import Samples

if TYPE_CHECKING:
    from torch import nn

PAPER = "Gu et al. 2022 (HRViT, arXiv 2111.01236)"


class HRViTCell(Cell, frozen=True, kw_only=True):
    """Residual halves on tokens; the cells of this family have the one, the other, or both.

    Where the channels change, a linear layer brings every pixel to the new ones first.
    """

    norm_eps: NormEps = 1e-5
    drop_path: residual.DropPath = 0.0
    drop_path_rule: residual.DropPathRule = "linear"

    def placed(self, index: int, count: int) -> Self:
        """With the drop_path that its rule gives it at this place."""
        return residual.drop_path_placed(self, index, count)

    def costed(self) -> Self:
        """The cell without the drop_path of its place, which its cost does not depend on."""
        return residual.drop_path_costed(self)

    def inert(self) -> Mapping[str, str]:
        """Fields that change nothing as the others are, with the reason."""
        return {} if self.drop_path else {"drop_path_rule": "drop_path is 0"}

    def cost(self, x: FeatureMap, width: int) -> Cost:
        """The cost, from the same operations as the module's, on shapes only."""
        tape = Tape(x)
        return tape.cost(hrvit_cell(tape, width, drop_path=self.drop_path, **self._halves(width)))

    def build(self, x: FeatureMap, width: int) -> nn.Module:
        """The halves that this cell has."""
        from archlab.cells.hrvit import module

        return module.HRViTCell(
            x.channels,
            width,
            norm_eps=self.norm_eps,
            norm_momentum=getattr(self, "norm_momentum", 0.1),  # of the halves with a batch norm
            drop_path=self.drop_path,
            **self._halves(width),
        )

    def _halves(self, width: int) -> dict[str, Any]:
        """What module and closed form are both told of the halves."""
        return {}


class StripeAttention(HRViTCell, frozen=True, kw_only=True):
    """Attention in horizontal and vertical stripes, beside a non-linear shortcut.

    Half of the channels attends within stripes of whole rows, the other half within stripes of whole columns: a pixel
    sees a cross as wide as the map. Keys and values are the same vectors. A depth-wise 3x3 convolution of them adds
    what lies near; the diversity-enhanced shortcut keeps pixels from becoming alike. Behind the attention stands a
    batch norm that starts at 0, so that a new cell passes on its input and the shortcut alone.
    """

    codes = {"Ha": {}}
    family = "HRViT"
    icon = "M2 6.5h12v3h-12zM6.5 2h3v12h-3z"
    source = f"{PAPER}, section 3.2 (HRViTAttn); Dong et al. 2022 (CSWin, arXiv 2107.00652) for the stripes"
    formula = """\
q, v = linear(LN(x))                           # LN: layer norm of every pixel; keys are the values
a    = stripes(q, v) + depthwise3x3(hardswish(v))
y    = x + SD(BN(linear(hardswish(a))) + S(x)) # SD: drop_path; BN: batch norm; S: the shortcut"""
    samples: ClassVar[Samples] = ("8x6x5", ("16x3x4x6", {"stripe": 4, "dim_head": 4, "drop_path": 0.1}), "16x16x16")

    stripe: Stripe = 1
    dim_head: HeadWidth = 32
    norm_momentum: NormMomentum = 0.1

    def problems(self, x: FeatureMap, width: int) -> Iterator[Problem]:
        """Channels that cannot be shared out, and a batch norm that has a single pixel."""
        yield from attention_problems(width, self.dim_head)
        yield from stripe_problems(x, self.stripe)
        yield from norm_problems("batch2d", x, single=("AL205", f"Use {larger_input(x, 2)}."), batch="AL209")

    def looks_at(self, x: FeatureMap, at: Triple) -> Sight:
        """The stripes through `at`, and the pixels next to it."""
        return seen_from(x, at, self.stripe)

    def _halves(self, width: int) -> dict[str, Any]:
        return {"stripe": self.stripe, "dim_head": min(self.dim_head, width // 2)}


class MixedFeedForward(HRViTCell, frozen=True, kw_only=True):
    """Feed-forward part with 3x3 and 5x5 depth-wise convolutions inside.

    A linear layer widens every pixel, one half of the channels goes through a depth-wise 3x3 convolution and the other
    half through a 5x5 one, and after a GELU a linear layer leads back: the feed-forward part of a transformer that
    looks at two neighbourhoods.
    """

    codes = {"Mx": {}, "Mc": {"ratio": 2}}
    family = "HRViT"
    icons = {"Mc": "M2 8h3v-3h6v3h3M5 8v3h6v-3M6.8 6.5h.01M9.2 6.5h.01M6.4 9.5h.01M8 9.5h.01M9.6 9.5h.01"}
    icon = "M2 8h3v-5h6v5h3M5 8v5h6v-5M6.8 5.5h.01M9.2 5.5h.01M6.4 10.5h.01M8 10.5h.01M9.6 10.5h.01"
    source = f"{PAPER}, section 3.2 (MixCFN)"
    formula = """\
a, b = linear(LN(x))                           # half of the channels each; LN: layer norm
y    = x + SD(linear(gelu(depthwise3x3(a), depthwise5x5(b))))   # SD: drop_path"""
    samples: ClassVar[Samples] = ("8x6x5", ("8x3x4x6", {"drop_path": 0.1}))

    ratio: Ratio = 4

    def problems(self, x: FeatureMap, width: int) -> Iterator[Problem]:
        """Channels inside that cannot be halved."""
        yield from hidden_problems(width, self.ratio)

    def looks_at(self, x: FeatureMap, at: Triple) -> Sight:
        """The 5x5 pixels around `at`."""
        d, h, w = at
        near = product(range(max(h - 2, 0), min(h + 3, x.height)), range(max(w - 2, 0), min(w + 3, x.width)))
        return Sight(unit="pixel", own=frozenset({at}), seen=frozenset((d, row, column) for row, column in near))

    def _halves(self, width: int) -> dict[str, Any]:
        return {"hidden": width * self.ratio}


class HRViTBlock(HRViTCell, frozen=True, kw_only=True):
    """HRViT's cell: attention in stripes, then a mixed feed-forward part.

    Beside the attention stands a non-linear shortcut. The codes Ha and Mx are its two halves; their pages say what they
    do.
    """

    codes = {"H2": {}}
    family = "HRViT"
    icon = "M2 5h8v2h-8zM5 2h2v8h-2zM11 9.5h3M11 12h3M2 14h12"
    source = f"{PAPER}, section 3.2"
    formula = """\
t = x + SD(A(LN(x)) + S(x))                    # SD: drop_path; LN: layer norm; A, S as in Ha
y = t + SD(M(LN(t)))                           # M as in Mx"""
    samples: ClassVar[Samples] = ("8x6x5", ("16x3x4x6", {"stripe": 4, "dim_head": 4, "drop_path": 0.1}), "16x16x16")

    stripe: Stripe = 1
    dim_head: HeadWidth = 32
    ratio: Ratio = 4
    norm_momentum: NormMomentum = 0.1

    def problems(self, x: FeatureMap, width: int) -> Iterator[Problem]:
        """What either half does not admit."""
        yield from attention_problems(width, self.dim_head)
        yield from stripe_problems(x, self.stripe)
        yield from hidden_problems(width, self.ratio)
        yield from norm_problems("batch2d", x, single=("AL205", f"Use {larger_input(x, 2)}."), batch="AL209")

    def looks_at(self, x: FeatureMap, at: Triple) -> Sight:
        """What its attention looks at: the stripes through `at`, and the pixels next to it."""
        return seen_from(x, at, self.stripe)

    def _halves(self, width: int) -> dict[str, Any]:
        return {"stripe": self.stripe, "dim_head": min(self.dim_head, width // 2), "hidden": width * self.ratio}


def seen_from(x: FeatureMap, at: Triple, stripe: int) -> Sight:
    """The horizontal and the vertical stripe that hold `at`, and the 3x3 pixels around it."""
    d, h, w = at
    first_row, first_column = h // stripe * stripe, w // stripe * stripe
    rows, columns = range(first_row, first_row + stripe), range(first_column, first_column + stripe)
    seen = {
        (d, row, column)
        for row, column in product(range(x.height), range(x.width))
        if row in rows or column in columns or max(abs(row - h), abs(column - w)) <= 1
    }
    return Sight(unit="pixel", own=frozenset({at}), seen=frozenset(seen))
