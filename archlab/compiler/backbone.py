"""The compiled backbone: an `nn.Module` that computes what the graph says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from archlab.compiler.block import build_block
from archlab.compiler.hollow import refuse_hollow
from archlab.compiler.kept import KeptWeights
from archlab.compiler.link import link_module
from archlab.compiler.observer import Observer
from archlab.compiler.optimized import Optimized
from archlab.compiler.schedule import Step, child_names, links_on, schedule
from archlab.compiler.sizes import SizeGuard
from archlab.document.feature_map import FeatureMap
from archlab.graph.model import Graph, GraphNode
from archlab.parts.head import Head
from archlab.parts.neck import Neck
from archlab.parts.stem import Stem

if TYPE_CHECKING:
    from archlab.parts.registry import Registry
from archlab.document.spec import Spec


class Backbone(nn.Module):
    """The network that a document describes, as a module.

    Children: one per node under its id (`B12`, holding `cell_0`, `cell_1`, ...; `stem`, `head`), one per link
    under `link_B01_B12` (of a kind that carries cells, `resize` and the block `cells`). A node without a module of
    its own (a fusion) is an `nn.Identity` behind its merge, so that a hook on it sees the merged map. Cells that the
    layout itself puts around a block's own are `before_0`, ... and `after_0`, ...

    Shapes: `(B, C, [D,] H, W)` -> list of `(B, C_i, [D,] H_i, W_i)`, one per output of the graph; with a head,
    the head's tensor. Every value is freed after its last use.

    Attributes:
        graph: what it computes.
        spec: the document it was built from, None when built from a bare graph.
        registry: the parts it was built with, None for the default ones.
        feature_info: one dict per output, as in timm: `num_chs`, `reduction` (an int, or `(H, W)` where they
            differ), `module` (the child's name).
        weights_report: what it kept of another net's weights, None when it was built with fresh ones.
        optimize_report: what was folded, where it is a copy that `optimize` made.
    """

    weights_report: KeptWeights | None = None
    optimize_report: Optimized | None = None

    def __init__(
        self,
        graph: Graph,
        spec: Spec | None = None,
        guard: SizeGuard | None = None,
        registry: Registry | None = None,
    ) -> None:
        super().__init__()
        self.graph = graph
        self.spec = spec
        self.registry = registry
        names = child_names(graph, {*dir(type(self)), *vars(self), "_input"})
        self._names = names
        self._input = next(n.id for n in graph.nodes if n.kind == "input")
        image = self.image
        for node in graph.nodes:
            if node.kind != "input":
                self.add_module(names.nodes[node.id], _node_module(node, image))
        for link in links_on(graph):
            self.add_module(names.links[link.id], link_module(link))
        self._features = tuple(graph.outputs)
        self._feature_steps = schedule(graph, names, graph.outputs, head=False)
        head = graph.head
        self._head = head.id if head else ""
        self._head_steps = schedule(graph, names, (self._head,), head=True) if head else ()
        self._guard = guard or SizeGuard(image)
        self.feature_info: list[dict[str, Any]] = [self._info(id) for id in graph.outputs]

    @property
    def image(self) -> FeatureMap:
        """The input that it was built for."""
        image = self.graph.node(self._input).out
        assert image is not None
        return image

    def forward(self, x: Tensor) -> list[Tensor] | Tensor:
        """The outputs as a list, or the head's tensor.

        Raises:
            ValueError: an input that this network does not take; the sentence names one that it does.
            RuntimeError: a weight is on the meta device and `x` is not.
        """
        return self.run(x)

    def forward_features(self, x: Tensor) -> list[Tensor]:
        """The outputs as a list, also where there is a head (which is not computed)."""
        values = self._compute(x, self._feature_steps, None)
        return [values[id] for id in self._features]

    def run(self, x: Tensor, observer: Observer | None = None) -> list[Tensor] | Tensor:
        """What `forward` computes, telling `observer` about every node and link as it is done."""
        if not self._head:
            values = self._compute(x, self._feature_steps, observer)
            return [values[id] for id in self._features]
        return self._compute(x, self._head_steps, observer)[self._head]

    def node_module(self, id: str) -> nn.Module:
        """The module of a node; KeyError when there is none of that id (the input has none)."""
        module: nn.Module = getattr(self, self._names.nodes[id])
        return module

    def link_module(self, id: str) -> nn.Module:
        """The module of a link that is on; KeyError when there is none of that id."""
        module: nn.Module = getattr(self, self._names.links[id])
        return module

    def module_name(self, id: str) -> str:
        """The child's name of a node or of a link that is on; KeyError when there is none of that id."""
        return self._names.nodes[id] if id in self._names.nodes else self._names.links[id]

    def _compute(self, x: Tensor, steps: tuple[Step, ...], observer: Observer | None) -> dict[str, Tensor]:
        if torch.compiler.is_compiling() or torch.jit.is_tracing():
            return self._execute(x, steps, observer)
        refuse_hollow(self, x)
        if self._guard.knows(x):
            return self._execute(x, steps, observer)
        with self._guard.admit(x, [s.node for s in steps], observer) as watcher:
            return self._execute(x, steps, watcher)

    def _execute(self, x: Tensor, steps: tuple[Step, ...], observer: Observer | None) -> dict[str, Tensor]:
        values = {self._input: x}
        if observer is not None:
            observer.node(self._input, {}, x, x)
        for step in steps:
            kept: dict[str, Tensor] = {}
            merged: Tensor | None = None
            for arrival in step.arrivals:
                link = getattr(self, arrival.module)
                source = values[arrival.source]
                carried = link(source, kept[arrival.query]) if arrival.query else link(source)
                if observer is not None:
                    observer.link(arrival.link, source, carried)
                if arrival.kept or observer is not None:
                    kept[arrival.link] = carried
                if not step.parts:
                    merged = carried if merged is None else step.combine((merged, carried))
                del source, carried
            if step.parts:
                merged = step.combine([kept[id] for id in step.parts])
            if observer is None:
                kept.clear()
            out = getattr(self, step.module)(merged)
            if observer is not None:
                observer.node(step.node, kept, merged, out)  # type: ignore[arg-type]
            values[step.node] = out
            del merged, out
            for id in step.frees:
                del values[id]
        return values

    def _info(self, id: str) -> dict[str, Any]:
        out = self.graph.node(id).out
        assert out is not None
        high, wide = out.stride
        return {
            "num_chs": out.channels,
            "reduction": high if high == wide else (high, wide),
            "module": self._names.nodes[id],
        }


def _node_module(node: GraphNode, image: FeatureMap) -> nn.Module:
    """The module behind the merge of a node."""
    x = node.x
    assert x is not None  # a graph without errors knows every map
    if isinstance(node.part, Stem):
        return node.part.build(x)
    if isinstance(node.part, Neck | Head):
        return node.part.build(x, image)
    return build_block(node, node.channels or x.channels) if node.cells else nn.Identity()
