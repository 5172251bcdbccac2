"""The links of a graph: those that the layout derives, overridden one by one, and those that the document adds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from archlab.document.diagnostics import Diagnostic, Suggestions, did_you_mean
from archlab.document.making import convert, field_types, make
from archlab.document.spec import LinkOverride, Spec
from archlab.document.values import EMPTY, Params
from archlab.geometry.window_plan import WindowPlan
from archlab.graph.model import CellUse, GraphLink
from archlab.graph.options import Sources, settle
from archlab.graph.propagate import placed, raised
from archlab.parts.layout import Layout
from archlab.parts.link import Link
from archlab.parts.registry import Registry
from archlab.parts.wiring import DraftNode, Wire


def resolve_links(
    spec: Spec,
    registry: Registry,
    layout: Layout,
    plan: WindowPlan,
    drafts: list[DraftNode],
    found: list[Diagnostic],
) -> tuple[GraphLink, ...]:
    """Every link in order of its target, with the document's overrides applied."""
    by_id = {d.id: d for d in drafts}
    fields = {value: f"$.layout.{name}" for name in layout.__struct_fields__ if (value := _word(layout, name))}
    extra = _extra(spec, by_id, found)
    resolver = _Resolver(spec, registry, plan, by_id, found)
    links = []
    for draft in drafts:
        for wire in draft.wires:
            id = f"{wire.source}>{draft.id}"
            path = fields.get(wire.kind, "$.layout")
            links.append(resolver.link(wire, draft, spec.links.get(id), path))
        for id, override in extra.get(draft.id, []):
            channels = draft.wires[0].channels if draft.merge != "concat" else 0
            wire = Wire(source=id.split(">")[0], kind=override.kind or "", channels=channels)
            links.append(resolver.link(wire, draft, override, "", derived=False))
    return tuple(links)


def _word(layout: Layout, name: str) -> str:
    value = getattr(layout, name)
    return value if isinstance(value, str) else ""


class _Resolver:
    """Makes a link of a wire and of what the document says about it."""

    def __init__(
        self,
        spec: Spec,
        registry: Registry,
        plan: WindowPlan,
        drafts: Mapping[str, DraftNode],
        found: list[Diagnostic],
    ) -> None:
        self.spec = spec
        self.registry = registry
        self.plan = plan
        self.drafts = drafts
        self.found = found

    def link(
        self, wire: Wire, target: DraftNode, override: LinkOverride | None, path: str, derived: bool = True
    ) -> GraphLink:
        """The link along a wire; `path` says where its kind is written if no override names it."""
        id, kind, params = f"{wire.source}>{target.id}", wire.kind, EMPTY
        if override is not None:
            path, params, kind = f"$.links.{id}", override.params, override.kind or kind
        part = self._part(kind, params, path, id)
        return GraphLink(
            id=id,
            source=wire.source,
            target=target.id,
            kind=kind,
            part=part,
            channels=wire.channels,
            steps=target.level - self.drafts[wire.source].level,
            query=f"{wire.query}>{target.id}" if wire.query and part is not None and part.needs_query else "",
            cells=self._cells(part, params, path, id, target) if part is not None and part.carries_cells else (),
            off=override is not None and override.off,
            derived=derived,
            path=path,
        )

    def _part(self, kind: str, params: Params, path: str, id: str) -> Link | None:
        cls = self.registry.links.get(kind)
        if cls is None:
            message, hint = f'There is no link kind "{kind[:40]}".', did_you_mean(kind, sorted(self.registry.links))
            own = path.startswith("$.links.")
            where, node = (f"{path}.kind", id) if own else (path, "")
            self.found.append(Diagnostic(code="AL015", path=where, node=node, message=message, hint=hint))
            return None
        part, faults = make(cls, {**self._shared(cls), **params}, path, id)
        self.found += faults
        return part

    def _shared(self, cls: type[Link]) -> dict[str, Any]:
        """What `link_options` says of the kind; what is wrong there is told once, in `names`."""
        types = field_types(cls)
        given = self.spec.link_options.get(cls.type, EMPTY)
        return {name: value for name, value in given.items() if name in types and not convert(value, types[name])[1]}

    def _cells(self, part: Any, params: Params, path: str, id: str, target: DraftNode) -> tuple[CellUse, ...]:
        """The cells behind a link, settled as those of a block, with the windows of the target."""
        text = getattr(part, "cells", None)
        if not isinstance(text, str):
            fault = raised(part, TypeError("a link that carries cells needs a field `cells: str`"))
            self.found.append(placed(fault, path, id))
            return ()
        where, node, written = f"{path}.cells", id, "cells" in params
        if not written and "cells" in self.spec.link_options.get(part.type, EMPTY):
            where, node, written = f"$.link_options.{part.type}.cells", "", True
        sources = Sources(
            code_options=self.spec.code_options,
            windows=target.windows or self.plan.level(target.level),
            options=self.spec.options,
            compat=self.spec.compat,
        )
        use = settle(self.registry, self.registry.version, text, where if written else path, node, sources)
        if written:
            self.found += use.diagnostics
            return use.cells
        # The string is the kind's own: the document has no characters to point at.
        self.found += [replace(d, span=None) for d in use.diagnostics]
        return tuple(replace(cell, span=None) for cell in use.cells)


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
        elif override.kind is None and override.off:
            message, hint = f'"{id}": there is no such link to switch off.', "Leave the entry out."
        elif override.kind is None:
            message, hint = f'"{id}" is a new link and needs a kind.', 'Write "kind": "projection", for example.'
        else:
            extra.setdefault(target, []).append((id, override))
            continue
        found.append(Diagnostic(code="AL032", path=path, message=message, hint=hint))
    return extra
