"""At: the transformer cell on tokens."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import TYPE_CHECKING, Annotated, Any, Self

from msgspec import Meta

from archlab.cells.residual import options as residual
from archlab.cells.residual.attention import GROUP as ATTENTION
from archlab.cells.residual.attention import Heads, block_problems
from archlab.cells.tokens.cost import token_transformer
from archlab.cells.tokens.page import token_page
from archlab.costing.cost import Cost
from archlab.costing.tape import Tape
from archlab.document.diagnostics import Problem
from archlab.document.feature_map import FeatureMap
from archlab.geometry.sight import Sight
from archlab.geometry.triple import Triple
from archlab.parts.cell import Cell

if TYPE_CHECKING:
    from torch import nn


class TokenTransformer(Cell, frozen=True, kw_only=True):
    """Transformer block: every pixel of a frame looks at all others, then an MLP.

    The block of the Vision Transformer, norms in front. Pixels are its tokens, and so are the class token and registers
    of a map that carries such. The number of products grows with the square of the tokens: it stands behind a stem that
    makes patches.
    """

    codes = {"At": {}}
    family = "attention"
    icon = "M4 3v10M12 3v10M4 3l8 5l-8 5M12 3l-8 5l8 5"
    source = "Dosovitskiy et al. 2021 (ViT, arXiv 2010.11929), section 3.1"
    reads = "both"
    samples = (
        ("8x4x6", {"heads": 2}),
        ("8x3x2x5", {"heads": 4, "layer_scale": 0.1, "drop_path": 0.5}),
        ("8x3x5 + 2 tokens", {"heads": 2, "layer_scale": 0.1, "drop_path": 0.5}),
    )
    formula, shapes, cost_formula = token_page()

    heads: Heads = 8
    qkv_bias: Annotated[
        bool, Meta(description="A bias in the layer of queries, keys and values.", extra_json_schema=ATTENTION)
    ] = True
    ratio: Annotated[
        float,
        Meta(
            ge=0.125,
            le=16.0,
            description="Hidden channels of the MLP, as a multiple of the cell's width.",
            extra_json_schema=residual.GROUP,
        ),
    ] = 4.0
    norm_eps: residual.NormEps = 1e-6
    layer_scale: Annotated[
        float,
        Meta(
            ge=0.0,
            le=1.0,
            description="First value of a learned factor per channel on both branches; 0 = no such factors.",
            extra_json_schema=residual.GROUP,
        ),
    ] = 0.0
    drop_path: residual.DropPath = 0.0
    drop_path_rule: residual.DropPathRule = "constant"

    def placed(self, index: int, count: int) -> Self:
        """With the drop_path that its rule gives it at this place."""
        return residual.drop_path_placed(self, index, count)

    def costed(self) -> Self:
        """The cell without the drop_path of its place, which its cost does not depend on."""
        return residual.drop_path_costed(self)

    def problems(self, x: FeatureMap, width: int) -> Iterator[Problem]:
        """Heads that do not divide the channels, and an MLP without a channel."""
        yield from block_problems(width, self.heads, self.ratio)

    def inert(self) -> Mapping[str, str]:
        """Fields that change nothing as the others are, with the reason."""
        return {"drop_path_rule": "drop_path is 0"} if self.drop_path == 0.0 else {}

    def looks_at(self, x: FeatureMap, at: Triple) -> Sight:
        """All pixels of its frame; extra tokens have no place on the map."""
        frame = product(range(at[0], at[0] + 1), range(x.height), range(x.width))
        return Sight(unit="pixel", own=frozenset({at}), seen=frozenset(frame))

    def cost(self, x: FeatureMap, width: int) -> Cost:
        """The cost, from the same operations as the module's, on shapes only."""
        tape = Tape(x)
        return tape.cost(token_transformer(tape, width, **self._arguments(width)))

    def build(self, x: FeatureMap, width: int) -> nn.Module:
        """The block; it takes any number of pixels and of extra tokens."""
        from archlab.cells.tokens import module

        return module.TokenTransformer(x.channels, width, norm_eps=self.norm_eps, **self._arguments(width))

    def _hidden(self, width: int) -> int:
        return int(width * self.ratio)

    def _arguments(self, width: int) -> dict[str, Any]:
        """What module and closed form are both told."""
        return {
            "heads": self.heads,
            "hidden": self._hidden(width),
            "qkv_bias": self.qkv_bias,
            "layer_scale": self.layer_scale,
            "drop_path": self.drop_path,
        }
