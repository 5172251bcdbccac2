"""The links of a graph: those that the layout derives, overridden one by one, and those that the document adds."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec.structs import replace

from archlab.document.diagnostics import Diagnostic, Suggestions, did_you_mean
from archlab.document.entries import LinkOverride
from archlab.document.making import convert, field_types, make
from archlab.document.spec import Spec
from archlab.document.values import EMPTY, FrozenMap, Params
from archlab.geometry.window_plan import WindowPlan
from archlab.graph.frame import Arrival, Frame
from archlab.graph.model import CellUse, GraphLink
from archlab.graph.on_maps import raised
from archlab.graph.options import Shared, Sources, settle
from archlab.graph.remember import NODES, remember
from archlab.parts.link import Link
from archlab.parts.registry import Registry
from archlab.parts.wiring import DraftNode, Wire


class LinkSources(msgspec.Struct, frozen=True, kw_only=True, cache_hash=True):
    """Where the fields of a document's links come from, apart from what it says of each."""

    shared: Shared
    link_options: FrozenMap[Params] = FrozenMap()
    level_options: tuple[Params, ...] = ()  # for the cells in links, which stand at the level that they lead to
    plan: WindowPlan


class Links(msgspec.Struct, frozen=True, gc=False):
    """The links into one node without their maps, and what was wrong with what the document says about them."""

    links: tuple[GraphLink, ...]
    diagnostics: tuple[Diagnostic, ...] = ()


def resolve_links(spec: Spec, shared: Shared, frame: Frame, found: list[Diagnostic]) -> list[tuple[GraphLink, ...]]:
    """The links into each node of the frame, with the document's overrides applied."""
    extra = _extra(spec, frame, shared.registry, found)
    sources = LinkSources(
        shared=shared, link_options=spec.link_options, level_options=spec.level_options, plan=frame.plan
    )
    resolved = []
    for draft, arrivals in zip(frame.nodes, frame.arrivals, strict=True):
        asked = tuple((arrival, spec.links.get(arrival.id)) for arrival in (*arrivals, *extra.get(draft.id, ())))
        into = links_into(draft, asked, sources)
        found += into.diagnostics
        resolved.append(into.links)
    return resolved


@remember(NODES)
def links_into(
    target: DraftNode, asked: tuple[tuple[Arrival, LinkOverride | None], ...], sources: LinkSources
) -> Links:
    """The links into one node, each as it is asked for and as the document overrides it."""
    found: list[Diagnostic] = []
    return Links(tuple(_link(target, *one, sources, found) for one in asked), tuple(found))


def _link(
    target: DraftNode,
    arrival: Arrival,
    override: LinkOverride | None,
    sources: LinkSources,
    found: list[Diagnostic],
) -> GraphLink:
    id, wire, path, kind, params = arrival.id, arrival.wire, arrival.path, arrival.wire.kind, EMPTY
    if override is not None:
        path, params, kind = f"$.links.{id}", override.params, override.kind or kind
    fields = wire.fields if kind == wire.kind else EMPTY  # the layout's are for the kind that it asked for
    part = _part(kind, fields, params, path, id, sources, found)
    return GraphLink(
        id=id,
        source=wire.source,
        target=target.id,
        kind=kind,
        part=part,
        channels=wire.channels,
        steps=arrival.steps,
        query=f"{wire.query}>{target.id}" if wire.query and part is not None and part.needs_query else "",
        cells=_cells(part, params, path, id, target, sources, found) if part is not None and part.carries_cells else (),
        off=override is not None and override.off,
        derived=arrival.derived,
        path=path,
    )


def _part(
    kind: str, fields: Params, params: Params, path: str, id: str, sources: LinkSources, found: list[Diagnostic]
) -> Link | None:
    shelf = sources.shared.registry.links
    cls = shelf.get(kind)
    if cls is None:
        message, hint = f'There is no link kind "{kind[:40]}".', did_you_mean(kind, sorted(shelf))
        own = path.startswith("$.links.")
        where, node = (f"{path}.kind", id) if own else (path, "")
        found.append(Diagnostic(code="AL015", path=where, node=node, message=message, hint=hint))
        return None
    given = sources.link_options.get(cls.type, EMPTY)
    part = _plain(cls) if fields is given is params is EMPTY else _sound(cls, fields, given, params)
    if part is None:  # said again with its place
        part, faults = make(cls, {**fields, **_of_the_kind(cls, given), **params}, path, id)
        found += faults
    return part


@remember(NODES)
def _plain(cls: type[Link]) -> Link | None:
    """A link of class defaults, as nearly all are; None where a field has none."""
    return _sound(cls, EMPTY, EMPTY, EMPTY)


@remember(NODES)
def _sound(cls: type[Link], fields: Params, given: Params, params: Params) -> Link | None:
    """A link of the layout's `fields`, those `given` for its kind and its own `params`; None where one is wrong."""
    part, faults = make(cls, {**fields, **_of_the_kind(cls, given), **params}, "")
    return None if faults else part


def _of_the_kind(cls: type[Link], given: Params) -> dict[str, Any]:
    """What `link_options` says of the kind; what is wrong there is told once, in `option_checks`."""
    if not given:
        return {}
    types = field_types(cls)
    return {name: value for name, value in given.items() if name in types and not convert(value, types[name])[1]}


def _cells(
    part: Any,
    params: Params,
    path: str,
    id: str,
    target: DraftNode,
    sources: LinkSources,
    found: list[Diagnostic],
) -> tuple[CellUse, ...]:
    """The cells behind a link, settled as those of a block, with the windows and options of the target's level."""
    text = getattr(part, "cells", None)
    if not isinstance(text, str):
        found.append(raised(part, TypeError("a link that carries cells needs a field `cells: str`")).at(path, id))
        return ()
    where, node, written = f"{path}.cells", id, "cells" in params
    if not written and "cells" in sources.link_options.get(part.type, EMPTY):
        where, node, written = f"$.link_options.{part.type}.cells", "", True
    level, windows = target.level, target.windows or sources.plan.level(target.level)
    of_level = sources.level_options[level] if level < len(sources.level_options) else EMPTY
    given = Sources(shared=sources.shared, level=level, of_level=of_level, windows=windows)
    use = settle(text, where if written else path, node, given)
    if written:
        found += use.diagnostics
        return use.cells
    # The string is the kind's own: the document has no characters to point at.
    found += [replace(d, span=None) for d in use.diagnostics]
    return tuple(replace(cell, span=None) for cell in use.cells)


def _extra(spec: Spec, frame: Frame, registry: Registry, found: list[Diagnostic]) -> dict[str, list[Arrival]]:
    """New links of the document by target; what cannot be a link is told."""
    if not spec.links:
        return {}
    by_id = {node.id: node for node in frame.nodes}
    order = {node.id: index for index, node in enumerate(frame.nodes)}  # of computation; stages need not follow it
    derived = Suggestions(arrival.id for arrivals in frame.arrivals for arrival in arrivals)
    extra: dict[str, list[Arrival]] = {}
    for id, override in spec.links.items():
        if id in derived:
            continue
        source, arrow, target = id.partition(">")
        missing = [end for end in (source, target) if end not in by_id]
        if not arrow or missing:
            what = f'"{missing[0][:40]}" is no node of this layout' if arrow else 'it is not of the form "B01>B12"'
            message, hint = f'"{id[:80]}" is not a link: {what}.', derived.of(id)
        elif by_id[target].stage <= by_id[source].stage:
            message, hint = f'"{id}" does not run to a later stage.', "Links run from left to right in the lattice."
        elif order[target] < order[source]:
            message = f'"{id}": this layout computes {target} before {source}.'
            hint = f"Let the link come from a node that is computed before {target}."
        elif override.kind is None and override.off:
            message, hint = f'"{id}": there is no such link to switch off.', "Leave the entry out."
        elif override.kind is None:
            message, hint = f'"{id}" is a new link and needs a kind.', 'Write "kind": "projection", for example.'
        else:
            extra.setdefault(target, []).append(_added(id, override, by_id[source], by_id[target], registry))
            continue
        found.append(Diagnostic(code="AL032", path=f"$.links.{id}", message=message, hint=hint))
    return extra


def _added(id: str, override: LinkOverride, source: DraftNode, target: DraftNode, registry: Registry) -> Arrival:
    merge = registry.merges.get(target.merge)
    channels = target.wires[0].channels if target.wires and merge and merge.equal_channels else 0
    wire = Wire(source=source.id, kind=override.kind or "", channels=channels)
    return Arrival(id=id, wire=wire, steps=target.level - source.level, derived=False)
