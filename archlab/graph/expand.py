"""From a document to its graph: wire, override, settle, propagate. Never raises on what a document says.

The way of an edit, each step looked up where its arguments are those of before (see `remember`):

    frame_of       the layout wires its nodes and links, with the window plan
    settle_block   one node with what the document says of it; inside, `settle` for its cells
    links_into     the links into one node, with what the document says of them
    placed         cells that depend on how deep they stand are told their place
    pass_node      shapes through the links into one node and through the node
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import msgspec

from archlab.document.diagnostics import Diagnostic
from archlab.document.entries import PartRef
from archlab.document.grammar import words
from archlab.document.limits import MAX_DIAGNOSTICS
from archlab.document.spec import Spec
from archlab.document.values import FrozenMap
from archlab.geometry.window_plan import WindowPlan
from archlab.graph.cell_strings import written
from archlab.graph.compat import check_compat
from archlab.graph.frame import SIZING, Top, frame_of, made, neck_path
from archlab.graph.links import resolve_links
from archlab.graph.model import Graph
from archlab.graph.nodes import settle_nodes
from archlab.graph.option_checks import check_options, check_sizes
from archlab.graph.options import Shared
from archlab.graph.places import placed
from archlab.graph.propagate import Step, propagate
from archlab.graph.remember import DOCUMENTS, first_of_equal, remember
from archlab.parts.layout import Layout
from archlab.parts.registry import Registry
from archlab.text.numbers import exact


class Expansion(msgspec.Struct, frozen=True):
    """A document's graph (None when there is nothing to draw), all to say about it, and what was made on the way.

    Attributes:
        layout: the layout with its fields, None where they are wrong.
        plan: the document's windows, from level to level; None without a graph.
        steps: the nodes of the graph in order of computation, each with the links into it.
    """

    graph: Graph | None
    diagnostics: tuple[Diagnostic, ...]
    layout: Layout | None = None
    plan: WindowPlan | None = None
    steps: tuple[Step, ...] = ()


def expand(spec: Spec, registry: Registry) -> Expansion:
    """Expand and check a document: the graph with every shape that can be known, and all diagnostics.

    Raises TypeError for what is no document, such as the path of one.
    """
    if not isinstance(spec, Spec):
        raise TypeError(
            f"A document (al.Spec) is expected, not {type(spec).__name__}: al.load(path) reads a file, al.parse(text) "
            "a text, and al.hrnet(...) and its like make one."
        )
    return _expand(spec, registry, registry.version)


@remember(DOCUMENTS)
def _expand(spec: Spec, registry: Registry, version: int) -> Expansion:
    found: list[Diagnostic] = []

    def part(shelf: str, ref: PartRef, path: str, what: str) -> Any:
        one, faults = made(registry, version, shelf, ref, path, what)
        found.extend(faults)
        return one

    layout = part("layouts", spec.layout, "$.layout", "layout")
    stem = part("stems", spec.stem, "$.stem", "stem")
    necks = [part("necks", ref, neck_path(index, len(spec.neck)), "neck") for index, ref in enumerate(spec.neck)]
    head = None if spec.head is None else part("heads", spec.head, "$.head", "head")
    top = Top(necks=tuple(necks), outputs=spec.outputs, head=head)
    shared = first_of_equal(
        Shared(
            registry=registry,
            version=version,
            options=spec.options,
            code_options=spec.code_options,
            compat=spec.compat,
        )
    )
    found += check_options(spec, shared)
    sizes = tuple(check_sizes(spec))
    found += sizes
    if not isinstance(layout, Layout) or sizes:
        found += _strings(spec, registry)
        return Expansion(None, tuple(found), layout)
    image = spec.input.feature_map()
    sizing = first_of_equal(FrozenMap((name, spec.options[name]) for name in SIZING if name in spec.options))
    frame = frame_of(registry, version, layout, stem, image, sizing, spec.compat, spec.stem.type == "none", top)
    found += frame.diagnostics
    if not frame.nodes:
        return Expansion(None, tuple(found), layout)
    nodes = settle_nodes(spec, shared, frame, stem, found)
    links = resolve_links(spec, shared, frame, found)
    steps = propagate(placed(nodes, links, found), links, image, frame.strides, found)
    found += check_compat(spec, steps)
    graph = Graph(
        nodes=tuple([step.node for step in steps]),
        links=tuple([link for step in steps for link in step.links]),
        outputs=frame.outputs,
        prediction=frame.prediction,
        levels=frame.levels,
        stages=frame.stages,
        strides=frame.strides,
        by_column=any(isinstance(draft.cells, tuple) for draft in frame.nodes),
    )
    return Expansion(graph, _capped(dict.fromkeys(found)), layout, frame.plan, steps)


def _capped(found: Collection[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Nobody reads thousands; errors come before the rest when some must go."""
    if len(found) <= MAX_DIAGNOSTICS:
        return tuple(found)
    kept = sorted(found, key=lambda d: d.severity != "error")[:MAX_DIAGNOSTICS]
    message = f"{exact(len(found) - len(kept))} further diagnostics are left out."
    return (*kept, Diagnostic(code="AL034", severity="info", message=message, hint="Mend the first ones."))


def _strings(spec: Spec, registry: Registry) -> list[Diagnostic]:
    """What is wrong with the cell strings, when there is no layout to hang them on."""
    shared = [(text, path, "") for text, path in written(spec.cells)]
    own = [(b.cells, f"$.blocks.{id}", id) for id, b in spec.blocks.items() if isinstance(b.cells, str)]
    return [d for text, path, node in (*shared, *own) for d in words(text, registry.codes, path, node)[1]]
