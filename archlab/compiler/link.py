"""The module of one link."""

from __future__ import annotations

from collections import OrderedDict

from torch import nn

from archlab.compiler.block import Block, build_cells
from archlab.graph.model import GraphLink


def link_module(link: GraphLink) -> nn.Module:
    """What the link's kind builds; for a kind that carries cells, `resize` followed by the block `cells`.

    Every map of the link must be known, as they are in a graph without errors.
    """
    module: nn.Module = link.part.build(link.x, *link.arguments)  # type: ignore[union-attr, arg-type]
    if not link.cells:
        return module
    return nn.Sequential(OrderedDict(resize=module, cells=Block(build_cells(link.cells, link.channels))))
