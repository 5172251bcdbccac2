"""The order in which a backbone computes: plain tuples, settled once, so that compilers can unroll them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import NamedTuple

from archlab.document.diagnostics import ArchlabError
from archlab.graph.model import Graph, GraphLink, GraphNode


class Arrival(NamedTuple):
    """One link as it is computed for its target.

    `kept` says that its output is needed again after it has been added: by a gate or by a concatenation.
    """

    link: str
    module: str
    source: str
    query: str
    kept: bool


class Step(NamedTuple):
    """One node: what arrives (in order of evaluation), how it is merged, and what is free afterwards."""

    node: str
    module: str
    arrivals: tuple[Arrival, ...]
    concat: tuple[str, ...]  # link ids in order of the concatenation; empty = sum
    frees: tuple[str, ...]


class Names(NamedTuple):
    """Names of the children: `B12` for node B12, `link_B01_B12` for link B01>B12."""

    nodes: dict[str, str]
    links: dict[str, str]


def child_names(graph: Graph, reserved: Collection[str]) -> Names:
    """A valid, unique attribute name for every node and link that is on."""
    taken = set(reserved)
    nodes = {n.id: _unique(_identifier(n.id, "node"), "node", taken) for n in graph.nodes if n.kind != "input"}
    links = {k.id: _unique(f"link_{_identifier(k.id, '')}", "link", taken) for k in links_on(graph)}
    return Names(nodes, links)


def links_on(graph: Graph) -> tuple[GraphLink, ...]:
    """The links that carry something, in the document's order."""
    used = {id for node in graph.nodes for id in node.inputs}
    return tuple(k for k in graph.links if k.id in used and not k.off)


def schedule(graph: Graph, names: Names, results: Iterable[str], *, head: bool) -> tuple[Step, ...]:
    """Every node after the input in order of computation; `head=False` leaves the head out.

    A value is freed after the last step that reads it, unless it is one of `results`.
    """
    keep = set(results)
    nodes = [n for n in graph.nodes if n.kind != "input" and (head or n.kind != "head")]
    links = {k.id: k for k in graph.links}
    last: dict[str, int] = {}
    for position, node in enumerate(nodes):
        last[node.id] = position
        for id in node.inputs:
            last[links[id].source] = position
    freed: list[list[str]] = [[] for _ in nodes]
    for id, position in last.items():
        if id not in keep:
            freed[position].append(id)
    return tuple(
        Step(
            node=node.id,
            module=names.nodes[node.id],
            arrivals=_arrivals(node, links, names),
            concat=node.inputs if node.merge == "concat" else (),
            frees=tuple(freed[position]),
        )
        for position, node in enumerate(nodes)
    )


def _arrivals(node: GraphNode, links: dict[str, GraphLink], names: Names) -> tuple[Arrival, ...]:
    """The links of a node, those that steer a gate before the gate."""
    steered = {id: links[id].query for id in node.inputs if links[id].query}
    queries = set(steered.values())
    for query in sorted(queries - set(node.inputs)):
        raise ArchlabError(f"{node.id}: a gate listens to the link {query}, which does not arrive at {node.id}.")
    ordered: list[str] = []
    waiting = list(node.inputs)
    while waiting:
        ready = [id for id in waiting if id not in steered or steered[id] in ordered]
        if not ready:
            raise ArchlabError(f"{node.id}: the gates {', '.join(waiting)} wait for one another.")
        ordered += ready
        waiting = [id for id in waiting if id not in ready]
    concat = node.merge == "concat"
    return tuple(
        Arrival(id, names.links[id], links[id].source, steered.get(id, ""), concat or id in queries) for id in ordered
    )


def _identifier(id: str, prefix: str) -> str:
    """The id with everything but letters, digits and underscores replaced."""
    word = re.sub(r"\W", "_", id)
    return f"{prefix}_{word}" if prefix and (not word or word[0].isdigit()) else word


def _unique(word: str, prefix: str, taken: set[str]) -> str:
    """The word, altered where an attribute of that name exists; remembers it in `taken`."""
    name = word if word not in taken or word.startswith(prefix) else f"{prefix}_{word}"
    number = 2
    while name in taken:
        name = f"{word}_{number}"
        number += 1
    taken.add(name)
    return name
