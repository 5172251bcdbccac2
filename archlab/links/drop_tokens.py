"""drop_tokens: the grid of a map, without the extra tokens that it carries."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from archlab.costing.cost import Cost
from archlab.costing.tape import Tape
from archlab.document.diagnostics import Problem
from archlab.document.feature_map import FeatureMap
from archlab.links.levels import wrong_direction
from archlab.parts.link import Link

if TYPE_CHECKING:
    from torch import nn


class DropTokens(Link, frozen=True, kw_only=True):
    """Leaves class token and registers behind: what arrives is the grid of pixels.

    Cells, links and heads that know nothing of extra tokens read it then. A map without any passes as it is.
    """

    type = "drop_tokens"
    icon = "M2 3h3v3h-3zM7 3h7v10h-7zM10.5 3v10M7 8h7M2 10l3 3M5 10l-3 3"
    source = "Li et al. 2022 (ViTDet, arXiv 2203.16527), section 3: the map of a plain ViT"
    reads = "both"
    samples = ("8x4x6", "8x3x4x6", "8x4x6 + 2 tokens")

    def problems(self, x: FeatureMap, channels: int, steps: int) -> Iterator[Problem]:
        """Another level, or another number of channels."""
        instead = {
            "down": "it along the level and conv_stride from there",
            "up": "it along the level and interp_conv1 from there",
        }
        yield from wrong_direction("drop_tokens", steps, "same", instead)
        if x.channels != channels and not steps:
            yield Problem(
                code="AL303",
                message=f"drop_tokens keeps its {x.channels} channels, the target asks for {channels}.",
                hint=f"Let the target have {x.channels} channels.",
            )

    def out(self, x: FeatureMap, channels: int, steps: int) -> FeatureMap:
        """The map of the source without its extra tokens."""
        return x.with_tokens(0)

    def cost(self, x: FeatureMap, channels: int, steps: int) -> Cost:
        """The cost, from the same operations as the module's, on shapes only."""
        if not x.tokens:
            return Cost(aliases_input=True)
        tape = Tape(x)
        grid = tape.crop(tape.x, (x.pixels, x.channels))
        return tape.cost(tape.reshape(tape.transpose(grid, 1, 2), tape.batch, x.channels, *x.size))

    def build(self, x: FeatureMap, channels: int, steps: int) -> nn.Module:
        """The cut; `nn.Identity` where there are no extra tokens."""
        from torch import nn

        from archlab.links import drop_tokens_module

        return drop_tokens_module.DropTokens(x.tokens, x.size) if x.tokens else nn.Identity()
