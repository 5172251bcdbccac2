"""The links of a graph: those that the layout derives, overridden one by one, and those that the document adds."""

from __future__ import annotations

from archlab.graph.model import GraphLink
from archlab.graph.wiring import DraftNode
from archlab.part import Layout, Link
from archlab.registry import Registry
from archlab.spec.diagnostics import Diagnostic, Suggestions, did_you_mean
from archlab.spec.document import LinkOverride, Spec
from archlab.spec.making import make
from archlab.spec.values import EMPTY, Params


def resolve_links(
    spec: Spec, registry: Registry, layout: Layout, drafts: list[DraftNode], found: list[Diagnostic]
) -> tuple[GraphLink, ...]:
    """Every link in order of its target, with the document's overrides applied."""
    by_id = {d.id: d for d in drafts}
    fields = {value: f"$.layout.{name}" for name in layout.__struct_fields__ if (value := _word(layout, name))}
    extra = _extra(spec, by_id, found)
    links = []
    for draft in drafts:
        for wire in draft.wires:
            id = f"{wire.source}>{draft.id}"
            query = f"{wire.query}>{draft.id}" if wire.query else ""
            steps = draft.level - by_id[wire.source].level
            override = spec.links.get(id)
            path = fields.get(wire.kind, "$.layout")
            links.append(_link(registry, id, wire.kind, path, wire.channels, steps, query, override, found))
        for id, override in extra.get(draft.id, []):
            source = id.split(">")[0]
            steps = draft.level - by_id[source].level
            channels = draft.wires[0].channels if draft.merge != "concat" else 0
            kind = override.kind or ""
            links.append(_link(registry, id, kind, "", channels, steps, "", override, found, derived=False))
    return tuple(links)


def _word(layout: Layout, name: str) -> str:
    value = getattr(layout, name)
    return value if isinstance(value, str) else ""


def _link(
    registry: Registry,
    id: str,
    kind: str,
    path: str,
    channels: int,
    steps: int,
    query: str,
    override: LinkOverride | None,
    found: list[Diagnostic],
    derived: bool = True,
) -> GraphLink:
    source, target = id.split(">")
    params = EMPTY
    if override is not None:
        path, params, kind = f"$.links.{id}", override.params, override.kind or kind
    part = _part(registry, kind, params, path, id, found)
    return GraphLink(
        id=id,
        source=source,
        target=target,
        kind=kind,
        part=part,
        channels=channels,
        steps=steps,
        query=query if part is not None and part.needs_query else "",
        off=override is not None and override.off,
        derived=derived,
        path=path,
    )


def _part(registry: Registry, kind: str, params: Params, path: str, id: str, found: list[Diagnostic]) -> Link | None:
    cls = registry.links.get(kind)
    if cls is None:
        message, hint = f'There is no link kind "{kind[:40]}".', did_you_mean(kind, sorted(registry.links))
        own = path.startswith("$.links.")
        where, node = (f"{path}.kind", id) if own else (path, "")
        found.append(Diagnostic(code="AL015", path=where, node=node, message=message, hint=hint))
        return None
    part, faults = make(cls, params, path, id)
    found += faults
    return part


def _extra(
    spec: Spec, by_id: dict[str, DraftNode], found: list[Diagnostic]
) -> dict[str, list[tuple[str, LinkOverride]]]:
    """New links of the document by target; what cannot be a link is told."""
    derived = Suggestions(f"{w.source}>{d.id}" for d in by_id.values() for w in d.wires)
    extra: dict[str, list[tuple[str, LinkOverride]]] = {}
    for id, override in spec.links.items():
        if id in derived:
            continue
        path = f"$.links.{id}"
        source, arrow, target = id.partition(">")
        missing = [end for end in (source, target) if end not in by_id]
        if not arrow or missing:
            what = f'"{missing[0][:40]}" is no node of this layout' if arrow else 'it is not of the form "B01>B12"'
            message, hint = f'"{id[:80]}" is not a link: {what}.', derived.of(id)
        elif by_id[target].stage <= by_id[source].stage:
            message, hint = f'"{id}" does not run to a later stage.', "Links run from left to right in the lattice."
        elif by_id[target].kind in ("input", "stem", "head"):
            message, hint = f'"{id}": the {by_id[target].kind} takes no further link.', "Link two blocks."
        elif override.kind is None and override.off:
            message, hint = f'"{id}": there is no such link to switch off.', "Leave the entry out."
        elif override.kind is None:
            message, hint = f'"{id}" is a new link and needs a kind.', 'Write "kind": "projection", for example.'
        else:
            extra.setdefault(target, []).append((id, override))
            continue
        found.append(Diagnostic(code="AL032", path=path, message=message, hint=hint))
    return extra
