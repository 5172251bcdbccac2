"""The intermediate form: nodes, links, graph. Pure data; every other part of archlab reads it."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from archlab.document.feature_map import FeatureMap
from archlab.parts.cell import Cell
from archlab.parts.link import Link
from archlab.parts.merge import Merge
from archlab.parts.merges.one import One
from archlab.parts.part import Part
from archlab.parts.wiring import NodeKind, Section


class CellUse(msgspec.Struct, frozen=True, kw_only=True, cache_hash=True, gc=False):
    """One cell of a block or a link, with every option settled.

    `cell` is None when the entry cannot be understood; `origin` says for each field that is not a class
    default where its value came from: cell, block, code, level, layout, plan, options, or word (fixed by the code
    itself). A `fixed` cell belongs to the layout and stands before or after the document's: it cannot be changed there.
    """

    code: str
    path: str
    cell: Cell | None
    origin: tuple[tuple[str, str], ...] = ()
    span: tuple[int, int] | None = None  # characters of the string at `path`
    fixed: Literal["", "before", "after"] = ""
    asked: Cell | None = None  # what the document asks for, where its place made another cell of it
    x: FeatureMap | None = None  # filled by shape propagation
    out: FeatureMap | None = None


class GraphLink(msgspec.Struct, frozen=True, kw_only=True, cache_hash=True, gc=False):
    """A link of the graph, id `source>target`."""

    id: str
    source: str
    target: str
    kind: str
    part: Link | None  # None when the kind is unknown or its fields are wrong
    channels: int  # what the target asks for
    steps: int  # > 0 down, < 0 up, 0 same level
    query: str = ""  # gates only: id of the link whose output steers this one
    cells: tuple[CellUse, ...] = ()  # behind the link's own module, for a kind that carries cells
    off: bool = False
    derived: bool = True  # False: an extra link of the document
    path: str = "$"
    meets: tuple[int, ...] | None = None  # size of the map that it meets, for a link that asks for it
    x: FeatureMap | None = None
    out: FeatureMap | None = None

    @property
    def arguments(self) -> tuple[Any, ...]:
        """What the methods of its part are given behind the map that enters."""
        return (self.channels, self.steps) if self.meets is None else (self.channels, self.steps, self.meets)


class GraphNode(msgspec.Struct, frozen=True, kw_only=True, cache_hash=True, gc=False):
    """A node of the graph: where it stands in the lattice, its cells, and the maps that enter and leave it."""

    id: str
    kind: NodeKind
    level: int
    stage: int
    channels: int
    merge: Merge = One()
    inputs: tuple[str, ...] = ()  # ids of the links that arrive and are on, in order of the merge
    cells: tuple[CellUse, ...] = ()
    text: str = ""  # the document's cell string for the block as written, without fixed cells
    dense: bool = False
    checkpoint: bool = False
    part: Part | None = None  # of a stem, neck or head that is one module
    section: Section = "backbone"
    series: str = ""  # whose cells are counted together for their places
    path: str = "$"
    x: FeatureMap | None = None  # after the merge
    out: FeatureMap | None = None


class Graph(msgspec.Struct, frozen=True, kw_only=True, cache_hash=True):
    """Nodes in order of computation, links, and which nodes are the backbone's outputs.

    `prediction` is the node whose tensor a head returns, empty without a head; `strides` are input pixels per pixel of
    each level; `by_column` says that blocks take their cell strings by column and level.
    """

    nodes: tuple[GraphNode, ...]
    links: tuple[GraphLink, ...]
    outputs: tuple[str, ...]
    levels: int
    stages: int
    prediction: str = ""
    strides: tuple[float, ...] = ()
    by_column: bool = False

    @property
    def head(self) -> GraphNode | None:
        """The node whose tensor a head returns, None without a head."""
        return self.node(self.prediction) if self.prediction else None

    def node(self, id: str) -> GraphNode:
        """The node of that id; KeyError when there is none."""
        for node in self.nodes:
            if node.id == id:
                return node
        raise KeyError(id)

    def link(self, id: str) -> GraphLink:
        """The link of that id; KeyError when there is none."""
        for link in self.links:
            if link.id == id:
                return link
        raise KeyError(id)
