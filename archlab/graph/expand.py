"""From a document to its graph: wire, override, settle, propagate. Never raises on what a document says."""

from __future__ import annotations

import functools
from collections.abc import Collection
from typing import Any, cast

import msgspec

from archlab.document.diagnostics import Diagnostic, Suggestions, did_you_mean
from archlab.document.feature_map import FeatureMap
from archlab.document.grammar import words
from archlab.document.limits import MAX_AXIS, MAX_DIAGNOSTICS
from archlab.document.making import convert, make
from archlab.document.spec import Block, Cells, PartRef, Spec
from archlab.geometry.window_plan import DEFAULT_PATCH, DEFAULT_WINDOW, METHODS, WindowPlan, Windows
from archlab.graph.compat import check_compat
from archlab.graph.links import resolve_links
from archlab.graph.model import Graph, GraphNode
from archlab.graph.names import check_names, check_sizes
from archlab.graph.options import Sources, settle
from archlab.graph.propagate import placed, propagate, raised
from archlab.parts.head import Head
from archlab.parts.layout import Layout
from archlab.parts.registry import Registry
from archlab.parts.stem import Stem
from archlab.parts.wiring import DraftNode, Wiring
from archlab.text.numbers import exact

Triple = tuple[int, int, int]


class Expansion(msgspec.Struct, frozen=True):
    """A document's graph (None when there is nothing to draw) and everything to say about it."""

    graph: Graph | None
    diagnostics: tuple[Diagnostic, ...]


def expand(spec: Spec, registry: Registry) -> Expansion:
    """Expand and check a document: the graph with every shape that can be known, and all diagnostics."""
    return _expand(spec, registry, registry.version)


@functools.lru_cache(maxsize=8)  # a large document takes tens of megabytes; the parts of a block are kept longer
def _expand(spec: Spec, registry: Registry, version: int) -> Expansion:
    found: list[Diagnostic] = []
    layout = _part(registry.layouts, spec.layout, "$.layout", "layout", found)
    stem = _part(registry.stems, spec.stem, "$.stem", "stem", found)
    head = _part(registry.heads, spec.head, "$.head", "head", found) if spec.head is not None else None
    found += check_names(spec, registry)
    sizes = tuple(check_sizes(spec))
    found += sizes
    if not isinstance(layout, Layout) or sizes:
        found += _strings(spec, registry)
        return Expansion(None, tuple(found))
    entry = _entry_map(spec, stem)
    wiring = Wiring(_plan(spec, entry), "input" if spec.stem.type == "none" else "stem")
    try:
        layout.wire(wiring)
        levels, stages = layout.counts()
    except OverflowError as error:
        found.append(Diagnostic(code="AL014", path="$.layout", message=str(error)))
        return Expansion(None, tuple(found))
    except Exception as error:
        found.append(placed(raised(layout, error), "$.layout"))
        return Expansion(None, tuple(found))
    for problem in layout.problems():
        path = f"$.layout.{problem.field}" if problem.field else "$.layout"
        found.append(placed(problem, path))
    drafts = [*_front(spec), *wiring.nodes, *_top(spec, wiring)]
    nodes = _settle_nodes(spec, registry, drafts, stem, head, found)
    links = resolve_links(spec, registry, layout, wiring.plan, drafts, found)
    graph = Graph(nodes=nodes, links=links, outputs=wiring.outputs, levels=levels, stages=stages)
    graph = propagate(graph, spec.input.feature_map(), found)
    found += check_compat(spec, graph.nodes)
    return Expansion(graph, _capped(dict.fromkeys(found)))


def _capped(found: Collection[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Nobody reads thousands; errors come before the rest when some must go."""
    if len(found) <= MAX_DIAGNOSTICS:
        return tuple(found)
    kept = sorted(found, key=lambda d: d.severity != "error")[:MAX_DIAGNOSTICS]
    message = f"{exact(len(found) - len(kept))} further diagnostics are left out."
    return (*kept, Diagnostic(code="AL034", severity="info", message=message, hint="Mend the first ones."))


def _part(shelf: Any, ref: PartRef, path: str, what: str, found: list[Diagnostic]) -> Any:
    cls = shelf.get(ref.type)
    if cls is None:
        message, hint = f'There is no {what} "{ref.type[:40]}".', did_you_mean(ref.type, sorted(shelf))
        found.append(Diagnostic(code="AL015", path=f"{path}.type", message=message, hint=hint))
        return None
    made, faults = make(cls, ref.params, path)
    found += faults
    return made


def _strings(spec: Spec, registry: Registry) -> list[Diagnostic]:
    """What is wrong with the cell strings, when there is no layout to hang them on."""
    shared = [(spec.cells, "$.cells", "")] if isinstance(spec.cells, str) else []
    if not isinstance(spec.cells, str):
        shared = [(text, f"$.cells[{i}]", "") for i, text in enumerate(spec.cells)]
    own = [(b.cells, f"$.blocks.{id}", id) for id, b in spec.blocks.items() if isinstance(b.cells, str)]
    return [d for text, path, node in (*shared, *own) for d in words(text, registry.codes, path, node)[1]]


def _entry_map(spec: Spec, stem: Stem | None) -> FeatureMap:
    x = spec.input.feature_map()
    if stem is None:
        return x
    try:
        return stem.out(x) if not any(p.severity == "error" for p in stem.problems(x)) else x
    except Exception:  # told by propagate, which meets the same fault
        return x


def _plan(spec: Spec, entry: FeatureMap) -> WindowPlan:
    method = spec.options.get("window_sizing", "mixed")
    return WindowPlan(
        method=method if method in METHODS else "mixed",
        base=Windows(_triple(spec, "window", DEFAULT_WINDOW), _triple(spec, "patch", DEFAULT_PATCH)),
        full=(entry.height, entry.width),
        compat=spec.compat,
    )


def _triple(spec: Spec, name: str, default: Triple) -> Triple:
    """A document's window or patch as (D, H, W); a wrong one is told by the cells that read it."""
    value = spec.options.get(name, default)
    if isinstance(value, tuple) and len(value) == 2:
        value = (1, *value)
    triple, fault = convert(value, Triple)
    return default if fault or min(triple) < 1 else cast(Triple, triple)


def _front(spec: Spec) -> list[DraftNode]:
    if spec.stem.type == "none":
        return [DraftNode(id="input", kind="input", level=0, stage=-1)]
    return [
        DraftNode(id="input", kind="input", level=0, stage=-2),
        DraftNode(id="stem", kind="stem", level=0, stage=-1, wires=(Wiring.wire("input"),)),
    ]


def _top(spec: Spec, wiring: Wiring) -> list[DraftNode]:
    if spec.head is None or not wiring.outputs:
        return []
    last = wiring.outputs[-1]
    level = next(n.level for n in wiring.nodes if n.id == last)
    stage = max(n.stage for n in wiring.nodes) + 1
    return [DraftNode(id="head", kind="head", level=level, stage=stage, wires=(Wiring.wire(last),))]


def _settle_nodes(
    spec: Spec,
    registry: Registry,
    drafts: list[DraftNode],
    stem: Stem | None,
    head: Head | None,
    found: list[Diagnostic],
) -> tuple[GraphNode, ...]:
    blocks = [d.id for d in drafts if d.kind == "block"]
    near = Suggestions(blocks)
    for id in spec.blocks:
        if id not in near:
            message, hint = f'The layout has no block "{id[:40]}".', near.of(id)
            found.append(Diagnostic(code="AL030", path=f"$.blocks.{id}", message=message, hint=hint))
    _unused_cells(spec, drafts, found)
    nodes = []
    for draft in drafts:
        common: dict[str, Any] = {
            "id": draft.id,
            "kind": draft.kind,
            "level": draft.level,
            "stage": draft.stage,
            "merge": draft.merge,
            "channels": draft.channels,
        }
        if draft.kind != "block":
            part: Stem | Head | None = {"stem": stem, "head": head}.get(draft.kind)
            path = {"stem": "$.stem", "head": "$.head", "input": "$.input"}.get(draft.kind, "$.layout")
            nodes.append(GraphNode(**common, part=part, path=path))
            continue
        override = spec.blocks.get(draft.id, Block())
        cells, path, owner = _cells(spec, draft, override)
        sources = Sources(
            id=draft.id if draft.id in spec.blocks else "",
            block=override.options,
            code_options=spec.code_options,
            windows=draft.windows,
            options=spec.options,
            compat=spec.compat,
        )
        use = settle(registry, registry.version, cells, path, owner, sources)
        found += use.diagnostics
        common["channels"] = _width(draft, override, found)
        nodes.append(
            GraphNode(
                **common,
                cells=use.cells,
                text=cells if isinstance(cells, str) else "".join(c.code for c in cells),
                dense=_flag(spec, override, "dense"),
                checkpoint=_flag(spec, override, "checkpoint"),
                path=path,
            )
        )
    return tuple(nodes)


def _width(draft: DraftNode, override: Block, found: list[Diagnostic]) -> int:
    if override.channels is None or 1 <= override.channels <= MAX_AXIS:
        return override.channels or draft.channels
    message = f"{override.channels} is outside 1 to {MAX_AXIS}."
    found.append(Diagnostic(code="AL013", path=f"$.blocks.{draft.id}.channels", node=draft.id, message=message))
    return draft.channels


def _cells(spec: Spec, draft: DraftNode, override: Block) -> tuple[Cells, str, str]:
    """The block's cells, where they are written, and the node to blame (empty for a shared string)."""
    if override.cells is not None:
        bare = override == Block(cells=override.cells)
        return override.cells, f"$.blocks.{draft.id}" + ("" if bare else ".cells"), draft.id
    if isinstance(spec.cells, str):
        return spec.cells, "$.cells", ""
    if not spec.cells:
        return "", "$.cells", ""
    index = min(draft.cells or 0, len(spec.cells) - 1)
    return spec.cells[index], f"$.cells[{index}]", ""


def _unused_cells(spec: Spec, drafts: list[DraftNode], found: list[Diagnostic]) -> None:
    if isinstance(spec.cells, str):
        return
    used = 1 + max((d.cells or 0 for d in drafts), default=0)
    if len(spec.cells) > used:
        message = f"{len(spec.cells)} cell strings are given; this layout uses {used}."
        hint = f"Leave out the last {len(spec.cells) - used}."
        found.append(Diagnostic(code="AL031", severity="warning", path="$.cells", message=message, hint=hint))


def _flag(spec: Spec, override: Block, name: str) -> bool:
    own = getattr(override, name)
    if own is None:
        own = override.options.get(name, spec.options.get(name, False))
    return own is True
