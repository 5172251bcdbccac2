"""What a layout makes of its fields, before anything that the document says of single blocks and links."""

from __future__ import annotations

from typing import Any, cast

import msgspec

from archlab.document.diagnostics import Diagnostic, did_you_mean
from archlab.document.feature_map import FeatureMap
from archlab.document.making import convert, make
from archlab.document.spec import PartRef
from archlab.document.values import Params
from archlab.geometry.triple import Triple
from archlab.geometry.window_plan import DEFAULT_PATCH, DEFAULT_WINDOW, METHODS, WindowPlan, Windows
from archlab.graph.propagate import raised
from archlab.graph.remember import DOCUMENTS, remember
from archlab.parts.layout import Layout
from archlab.parts.part import Part
from archlab.parts.registry import Registry
from archlab.parts.stem import Stem
from archlab.parts.wiring import DraftNode, Wire, Wiring

SIZING = ("window", "patch", "window_sizing")  # the options of a document that its window plan is made of


class Arrival(msgspec.Struct, frozen=True, kw_only=True, cache_hash=True, gc=False):
    """A link as it is asked for: by the layout, or by the document in addition to it (`derived` false)."""

    id: str
    wire: Wire
    steps: int
    path: str = ""  # where its kind is written, unless the document overrides the link
    derived: bool = True


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """Every node and link of a layout. Without nodes where it cannot be wired; `diagnostics` says why.

    `arrivals` holds the links into each of the `nodes`, `plan` the windows that follow from the document's options.
    """

    plan: WindowPlan
    nodes: tuple[DraftNode, ...] = ()
    arrivals: tuple[tuple[Arrival, ...], ...] = ()
    outputs: tuple[str, ...] = ()
    levels: int = 0
    stages: int = 0
    diagnostics: tuple[Diagnostic, ...] = ()


@remember(256)
def made(
    registry: Registry, version: int, shelf: str, ref: PartRef, path: str, what: str
) -> tuple[Part | None, tuple[Diagnostic, ...]]:
    """The layout, stem or head that a document names, and what is wrong with its fields."""
    shelves: dict[str, Any] = {"layouts": registry.layouts, "stems": registry.stems, "heads": registry.heads}
    known = shelves[shelf]
    cls = known.get(ref.type)
    if cls is None:
        message, hint = f'There is no {what} "{ref.type[:40]}".', did_you_mean(ref.type, sorted(known))
        return None, (Diagnostic(code="AL015", path=f"{path}.type", message=message, hint=hint),)
    part, faults = make(cls, ref.params, path)
    return part, tuple(faults)


@remember(DOCUMENTS)
def frame_of(
    layout: Layout, stem: Stem | None, image: FeatureMap, sizing: Params, compat: str | None, stemless: bool, head: bool
) -> Frame:
    """Wire a layout between stem and head; `sizing` holds the document's options that are named in `SIZING`."""
    plan = _plan(image if stem is None else _entry(stem, image), sizing, compat)
    wiring = Wiring(plan, "input" if stemless else "stem")
    try:
        layout.wire(wiring)
        levels, stages = layout.counts()
        problems = tuple(layout.problems())
    except OverflowError as error:
        return Frame(plan=plan, diagnostics=(Diagnostic(code="AL014", path="$.layout", message=str(error)),))
    except Exception as error:
        return Frame(plan=plan, diagnostics=(raised(layout, error).at("$.layout"),))
    nodes = (*_front(stemless), *wiring.nodes, *(_top(wiring) if head else ()))
    return Frame(
        plan=plan,
        nodes=nodes,
        arrivals=_arrivals(layout, nodes),
        outputs=wiring.outputs,
        levels=levels,
        stages=stages,
        diagnostics=tuple(p.at(f"$.layout.{p.field}" if p.field else "$.layout") for p in problems),
    )


def _entry(stem: Stem, image: FeatureMap) -> FeatureMap:
    """The map that enters the first block."""
    try:
        return image if any(p.severity == "error" for p in stem.problems(image)) else stem.out(image)
    except Exception:  # told by propagate, which meets the same fault
        return image


def _plan(entry: FeatureMap, sizing: Params, compat: str | None) -> WindowPlan:
    method = sizing.get("window_sizing", "mixed")
    return WindowPlan(
        method=method if method in METHODS else "mixed",
        base=Windows(_triple(sizing.get("window"), DEFAULT_WINDOW), _triple(sizing.get("patch"), DEFAULT_PATCH)),
        full=(entry.height, entry.width),
        compat=compat,
        written=sizing,
    )


def _triple(value: Any, default: Triple) -> Triple:
    """A document's window or patch as (D, H, W); a wrong one is told by the cells that read it."""
    if isinstance(value, tuple) and len(value) == 2:
        value = (1, *value)
    triple, fault = convert(value, Triple)
    return default if fault or min(triple) < 1 else cast(Triple, triple)


def _front(stemless: bool) -> tuple[DraftNode, ...]:
    if stemless:
        return (DraftNode(id="input", kind="input", level=0, stage=-1),)
    return (
        DraftNode(id="input", kind="input", level=0, stage=-2),
        DraftNode(id="stem", kind="stem", level=0, stage=-1, wires=(Wiring.wire("input"),)),
    )


def _top(wiring: Wiring) -> tuple[DraftNode, ...]:
    if not wiring.outputs:
        return ()
    last = wiring.outputs[-1]
    level = next(n.level for n in wiring.nodes if n.id == last)
    stage = max(n.stage for n in wiring.nodes) + 1
    return (DraftNode(id="head", kind="head", level=level, stage=stage, wires=(Wiring.wire(last),)),)


def _arrivals(layout: Layout, nodes: tuple[DraftNode, ...]) -> tuple[tuple[Arrival, ...], ...]:
    levels = {node.id: node.level for node in nodes}
    words = {name: getattr(layout, name) for name in layout.__struct_fields__}
    fields = {word: f"$.layout.{name}" for name, word in words.items() if isinstance(word, str) and word}
    return tuple(
        tuple(
            Arrival(
                id=f"{wire.source}>{node.id}",
                wire=wire,
                steps=node.level - levels[wire.source],
                path=fields.get(wire.kind, "$.layout"),
            )
            for wire in node.wires
        )
        for node in nodes
    )
