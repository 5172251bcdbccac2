"""What a layout makes of its fields, before anything that the document says of single blocks and links."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, cast

import msgspec

from archlab.document.diagnostics import Diagnostic, Suggestions, did_you_mean
from archlab.document.entries import PartRef
from archlab.document.feature_map import FeatureMap
from archlab.document.making import convert, make
from archlab.document.values import Params
from archlab.geometry.triple import Triple
from archlab.geometry.window_plan import DEFAULT_PATCH, DEFAULT_WINDOW, METHODS, WindowPlan, Windows
from archlab.graph.on_maps import a_map, raised
from archlab.graph.remember import DOCUMENTS, remember
from archlab.parts.head import Head
from archlab.parts.layout import Layout
from archlab.parts.neck import Neck
from archlab.parts.part import Part
from archlab.parts.registry import Registry
from archlab.parts.stem import Stem
from archlab.parts.wiring import DraftNode, Output, Wire, Wiring

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
    prediction: str = ""  # the node that the head returns, empty without a head
    levels: int = 0
    stages: int = 0
    strides: tuple[float, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()


class Top(msgspec.Struct, frozen=True, kw_only=True, cache_hash=True):
    """What stands on top of a layout: necks in order, the outputs that are asked for (None = all), a head."""

    necks: tuple[Neck | None, ...] = ()  # None stands for one that could not be made, which is told already
    outputs: tuple[str, ...] | None = None
    head: Head | None = None


@remember(256)
def made(
    registry: Registry, version: int, shelf: str, ref: PartRef, path: str, what: str
) -> tuple[Part | None, tuple[Diagnostic, ...]]:
    """The layout, stem, neck or head that a document names, and what is wrong with its fields."""
    known: dict[str, Any] = getattr(registry, shelf)
    cls = known.get(ref.type)
    if cls is None:
        message = f'There is no {what} "{ref.type[:40]}".'
        hint = did_you_mean(ref.type, sorted(known)) or "None is installed; a plugin brings one."
        return None, (Diagnostic(code="AL015", path=f"{path}.type", message=message, hint=hint),)
    part, faults = make(cls, ref.params, path)
    return part, tuple(faults)


@remember(DOCUMENTS)
def frame_of(
    registry: Registry,
    version: int,
    layout: Layout,
    stem: Stem | None,
    image: FeatureMap,
    sizing: Params,
    compat: str | None,
    stemless: bool,
    top: Top,
) -> Frame:
    """Wire a layout between stem and top; `sizing` holds the document's options that are named in `SIZING`."""
    entry = image if stem is None else _entry(stem, image)
    plan = _plan(entry, sizing, compat)
    wiring = Wiring(plan, "input" if stemless else "stem", entry.channels, registry.merges)
    try:
        layout.wire(wiring)
        if wiring.nodes and not wiring.outputs:
            raise ValueError("it names no output: wire() calls wiring.output(...) with at least one node.")
        levels, stages = layout.counts()
        problems = tuple(layout.problems())
        strides = tuple(layout.strides(entry))
        if not all(isinstance(one, int | float) and math.isfinite(one) and one >= 0 for one in strides):
            raise ValueError(f"strides() returned {strides!r}: a number of pixels for each level.")
    except OverflowError as error:
        return Frame(plan=plan, diagnostics=(Diagnostic(code="AL014", path="$.layout", message=str(error)),))
    except Exception as error:
        return Frame(plan=plan, diagnostics=(raised(layout, error).at("$.layout"),))
    found = [p.at(f"$.layout.{p.field}" if p.field else "$.layout") for p in problems]
    outputs, prediction = _put_on_top(wiring, top, found)
    nodes = (*_front(stemless), *wiring.nodes)
    return Frame(
        plan=plan,
        nodes=nodes,
        arrivals=_arrivals(layout, nodes),
        outputs=outputs,
        prediction=prediction,
        levels=levels,
        stages=stages,
        strides=strides,
        diagnostics=tuple(found),
    )


def neck_path(index: int, count: int) -> str:
    """Where a document says its neck number `index`: a single one is written without a list."""
    return "$.neck" if count == 1 else f"$.neck[{index}]"


def _put_on_top(wiring: Wiring, top: Top, found: list[Diagnostic]) -> tuple[tuple[str, ...], str]:
    """Wire necks and head; the ids of the backbone's outputs, and of what the head returns."""
    outputs = wiring.read(*wiring.outputs)
    part: Neck | Head | None = None
    path = ""
    try:
        for index, part in enumerate(top.necks):
            if part is None:
                continue
            path = neck_path(index, len(top.necks))
            wiring.on_top("neck", path)
            handed_on = tuple(part.wire(wiring, outputs))
            if not wiring.read(*(output.id for output in handed_on)):
                raise ValueError("it hands on no output: wire() returns wiring.read(...) of at least one node.")
            outputs = handed_on
        outputs = _chosen(wiring, top.outputs, outputs, found)
        prediction = ""
        if (part := top.head) is not None:
            path = "$.head"
            wiring.on_top("head", path)
            (predicted,) = wiring.read(part.wire(wiring, outputs))
            prediction = predicted.id
    except Exception as error:
        found.append(raised(part, error).at(path))
        return tuple(output.id for output in outputs), ""
    return tuple(output.id for output in outputs), prediction


def _chosen(
    wiring: Wiring, asked: tuple[str, ...] | None, outputs: tuple[Output, ...], found: list[Diagnostic]
) -> tuple[Output, ...]:
    """The outputs that the document asks for, or all; what is no node is told, and all are taken."""
    if asked is None:
        return outputs
    near = Suggestions(node.id for node in wiring.nodes)
    unknown = [(index, id) for index, id in enumerate(asked) if id not in near]
    for index, id in unknown:
        message, hint = f'"{id[:40]}" is no node of this layout.', near.of(id)
        if id in ("input", "stem"):
            message, hint = f"{id} cannot be an output.", "Outputs are nodes of the layout and of necks."
        found.append(Diagnostic(code="AL039", path=f"$.outputs[{index}]", message=message, hint=hint))
    return outputs if unknown or not asked else wiring.read(*asked)


def _entry(stem: Stem, image: FeatureMap) -> FeatureMap:
    """The map that enters the first block."""
    try:
        return image if any(p.severity == "error" for p in stem.problems(image)) else a_map(stem.out(image))
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
    if value is None:
        return default
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


def _steps(node: DraftNode, wire: Wire, levels: Mapping[str, int]) -> int:
    """Levels that a link has to go; none where fixed cells of its target bring the map there (a patch embedding)."""
    return 0 if node.before and wire.kind == "identity" else node.level - levels[wire.source]


def _arrivals(layout: Layout, nodes: tuple[DraftNode, ...]) -> tuple[tuple[Arrival, ...], ...]:
    levels = {node.id: node.level for node in nodes}
    words = {name: getattr(layout, name) for name in layout.__struct_fields__}
    fields = {word: f"$.layout.{name}" for name, word in words.items() if isinstance(word, str) and word}
    return tuple(
        tuple(
            Arrival(
                id=f"{wire.source}>{node.id}",
                wire=wire,
                steps=_steps(node, wire, levels),
                path=fields.get(wire.kind, "$.layout") if node.section == "backbone" else node.path,
            )
            for wire in node.wires
        )
        for node in nodes
    )
