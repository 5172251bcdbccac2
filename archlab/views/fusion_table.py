"""What a fusion does: every map that arrives, what is done to it on the way, and what that costs."""

from __future__ import annotations

import msgspec

from archlab.document.diagnostics import ArchlabError, did_you_mean, errors
from archlab.document.feature_map import FeatureMap
from archlab.document.spec import Spec
from archlab.estimator import estimate
from archlab.graph import expand
from archlab.graph.model import GraphLink, GraphNode
from archlab.parts.catalog import default
from archlab.parts.registry import Registry
from archlab.text import numbers, tables
from archlab.text.markup import escaped
from archlab.text.sentences import plural
from archlab.text.sizes import times

NOTHING = "handed on as it is"


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """One map on its way into a fusion.

    Attributes:
        source, source_level: the node that it leaves, and that node's level.
        steps: levels that it goes: positive = down to a coarser level, negative = up, 0 = along its level.
        kind: of the link.
        operations: what its module does, in words and in order; empty where the map is handed on as it is.
        enters, arrives: shapes before and behind the link, without the batch axis: channels and size, or tokens.
        params, macs, elementwise: what the link costs, for one sample.
    """

    source: str
    source_level: int
    steps: int
    kind: str
    operations: tuple[str, ...]
    enters: tuple[int, ...]
    arrives: tuple[int, ...]
    params: int | None
    macs: int | None
    elementwise: int | None

    @property
    def direction(self) -> str:
        """`down 2`, `up 1`, `same level`."""
        return f"{'down' if self.steps > 0 else 'up'} {abs(self.steps)}" if self.steps else "same level"


class FusionTable(msgspec.Struct, frozen=True, kw_only=True):
    """What a fusion makes of the maps that arrive; shown as a table in a notebook and by `print`.

    Attributes:
        node, level: the fusion.
        merge: how the maps become one: `sum`, `concatenation`.
        behind: what follows the merge: operations in words behind a fusion, codes of a block's cells.
        leaves: channels and size of what leaves.
        ways: the links into it, in the order in which they are merged.
    """

    node: str
    level: int
    merge: str
    behind: tuple[str, ...]
    leaves: tuple[int, ...]
    ways: tuple[Way, ...]

    def __str__(self) -> str:
        return f"{self.title}\n{tables.columns(self.table())}"

    def _repr_html_(self) -> str:
        return tables.notebook(f"<h4>{escaped(self.title)}</h4>", tables.html(self.table()))

    @property
    def title(self) -> str:
        """The fusion in one line."""
        behind = f", then {', '.join(self.behind)}" if self.behind else ""
        what = f"the {self.merge} of {plural(len(self.ways), 'map')}" if len(self.ways) > 1 else "one map"
        return f"{self.node} (level {self.level}): {what}{behind}; {times(self.leaves)} leaves"

    def table(self) -> tables.Table:
        """A row for every way, and the sum of what the links cost."""
        rows = [
            (
                way.source,
                way.direction,
                way.kind,
                times(way.enters),
                "; ".join(way.operations) or NOTHING,
                times(way.arrives),
                numbers.count(way.params),
                numbers.count(way.macs),
            )
            for way in self.ways
        ]
        params, macs = (
            None if None in column else sum(filter(None, column))
            for column in ([way.params for way in self.ways], [way.macs for way in self.ways])
        )
        heads = ("from", "way", "link", "map", "what is done", "arrives", "params", "MACs")
        total = ("all links", "", "", "", "", "", numbers.count(params), numbers.count(macs))
        return tables.Table(heads=heads, rows=rows, words=(0, 1, 2, 3, 4, 5), total=total)


def fusion_table(spec: Spec, node: str, registry: Registry | None = None) -> FusionTable:
    """What arrives at a node of a document, what each link does, and what it costs.

    Made for fusions, where maps of several levels meet; it tells of any other node too.

    Raises:
        ArchlabError: the document has errors, or no node of that name.
    """
    registry = registry or default()
    expansion = expand(spec, registry)
    wrong = errors(expansion.diagnostics)
    if expansion.graph is None or wrong:
        raise ArchlabError(f'What arrives at {node} of "{spec.name}" is not known while it has errors.', wrong)
    nodes = {one.id: one for one in expansion.graph.nodes}
    if node not in nodes:
        near = did_you_mean(node, sorted(nodes)) or "`archlab estimate` lists the nodes."
        raise ArchlabError(f'"{spec.name}" has no node {node!r}. {near}')
    costs = {row.id: row for row in estimate(spec, registry=registry).links}
    links = {link.id: link for link in expansion.graph.links}
    target = nodes[node]
    ways = []
    for link in (links[id] for id in target.inputs):
        cost = costs[link.id]
        ways.append(
            Way(
                source=link.source,
                source_level=nodes[link.source].level,
                steps=link.steps,
                kind=link.kind,
                operations=_operations(link, links),
                enters=_map(link.x),
                arrives=_map(link.out),
                params=cost.params,
                macs=cost.macs,
                elementwise=cost.elementwise,
            )
        )
    return FusionTable(
        node=node,
        level=target.level,
        merge=target.merge.noun or target.merge.type,
        behind=_behind(target),
        leaves=_map(target.out),
        ways=tuple(ways),
    )


def fusions(spec: Spec, registry: Registry | None = None) -> tuple[str, ...]:
    """The nodes of a document at which maps of several levels meet, in order of computation."""
    graph = expand(spec, registry or default()).graph
    if graph is None:
        return ()
    steps = {link.id: link.steps for link in graph.links}
    return tuple(node.id for node in graph.nodes if _meets(node, steps))


def _meets(node: GraphNode, steps: dict[str, int]) -> bool:
    return len({steps[id] for id in node.inputs}) > 1


def _behind(node: GraphNode) -> tuple[str, ...]:
    """What follows the merge: of a fusion what its fixed cells do, of a block the codes of its cells."""
    if node.kind != "fusion" or not node.cells:
        return tuple(use.code for use in node.cells)
    import torch

    from archlab.compiler.block import build_block
    from archlab.compiler.operations import operations

    assert node.x is not None
    with torch.device("meta"):
        module = build_block(node, node.channels or node.x.channels)
    return operations(module.eval(), node.x)


def _map(x: FeatureMap | None) -> tuple[int, ...]:
    assert x is not None  # a document without errors knows every map
    return x.shape(1)[1:]


def _operations(link: GraphLink, links: dict[str, GraphLink]) -> tuple[str, ...]:
    import torch

    from archlab.compiler.link import link_module
    from archlab.compiler.operations import operations

    assert link.x is not None
    maps = [link.x]
    if link.query:
        steering = links[link.query].out
        assert steering is not None
        maps.append(steering)
    with torch.device("meta"):
        module = link_module(link)
    return operations(module.eval(), *maps)
