"""Which child of a net is which node or link of its graph, and what of it is head."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from archlab.compiler import Backbone
from archlab.compiler.schedule import links_on

if TYPE_CHECKING:
    from torch import Tensor


def children(net: Backbone) -> dict[str, str]:
    """The child's name for the id of every node that has a module, and of every link that is on."""
    names = {id(child): name for name, child in net.named_children()}
    nodes = {node.id: net.node_module(node.id) for node in net.graph.nodes if node.kind != "input"}
    links = {link.id: net.link_module(link.id) for link in links_on(net.graph)}
    return {id_: names[id(module)] for id_, module in (nodes | links).items()}


def of_head(net: Backbone, names: Iterable[str]) -> set[str]:
    """The tensors, of those named, of the head's nodes and of the links into them."""
    nodes = [node for node in net.graph.nodes if node.section == "head"]
    return _below(net, {node.id for node in nodes}.union(*(node.inputs for node in nodes)), names)


def of_classes(net: Backbone, tensors: Mapping[str, Tensor]) -> set[str]:
    """The names of the tensors, of those given, that have an entry for every class; none without a head."""
    head = net.graph.head
    if head is None or head.out is None:
        return set()
    own = _below(net, {head.id}, tensors)
    return {name for name in own if tensors[name].shape[:1] == (head.out.channels,)}


def _below(net: Backbone, ids: set[str], names: Iterable[str]) -> set[str]:
    found = {child for id, child in children(net).items() if id in ids}
    return {name for name in names if name.split(".")[0] in found}
