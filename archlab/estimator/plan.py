"""The window plan: how every cell that works on windows really cuts its map. Read from the graph, without torch."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from math import prod
from typing import Any, Literal, NamedTuple

import msgspec
from msgspec.structs import replace

from archlab.cells.swin.cells import SwinBlock
from archlab.cells.windows.base import WindowCell
from archlab.document.feature_map import FeatureMap
from archlab.document.values import Params
from archlab.geometry.triple import Triple
from archlab.graph import Expansion
from archlab.graph.model import CellUse, GraphLink, GraphNode
from archlab.graph.on_maps import effective
from archlab.graph.propagate import Step
from archlab.graph.remember import NODES, PARTS, remember
from archlab.parts.cell import Cell
from archlab.text.sizes import extent

Change = Literal["level", "halved", "stretched", "shrunk", "patch", "padded"]


OWN = (SwinBlock, WindowCell)  # cells that say more of their windows than `effective` does


class PlanRow(msgspec.Struct, frozen=True, kw_only=True, cache_hash=True, gc=False):
    """How cells of a block or link cut their map into windows and patches; triples are D, H, W, in pixels or counts.

    Attributes:
        node: the block, or the link whose cells they are.
        cells: places of the cells in their string that are cut like this, from 0.
        deep: the depth is cut too; without it each frame is cut by itself.
        size: the map; windows cover it, with the rest of the last ones padded.
        asked_window, asked_patch: what the document asks for.
        planned_window, planned_patch: what is left of that after window sizing, for this level.
        window, patch: what is used; `patch` and `patches` are None for cells without patches.
        windows: number of windows along each axis, `patches`: number of patches of a window.
        token: what a token of the attention is; None where the cell does not say.
        tokens: tokens that one token attends to, itself included; None where the cell does not say.
        changes: why the used ones are not the asked ones: `level` (window sizing), `halved` (global attention),
            `stretched` or `shrunk` (so that windows divide the map, or patches a padded window), `patch` (so that the
            window is divided), `padded`.
        note: the changes in words.
        text: the whole row in words.
    """

    node: str
    level: int
    code: str
    cells: tuple[int, ...]
    deep: bool
    size: Triple
    asked_window: Triple
    asked_patch: Triple | None
    planned_window: Triple
    planned_patch: Triple | None
    window: Triple
    patch: Triple | None
    windows: Triple
    patches: Triple | None
    token: Literal["patch", "window", "pixel"] | None
    tokens: int | None
    heads: int | None
    changes: tuple[Change, ...]
    note: str
    text: str


def window_plan(expansion: Expansion) -> tuple[PlanRow, ...]:
    """A row for each way in which the cells of a block or link cut their map; none where the windows do not fit."""
    if expansion.plan is None:
        return ()
    written = expansion.plan.written
    return tuple(row for step in expansion.steps for row in _rows_at(step, written))


@remember(NODES)
def _rows_at(step: Step, written: Params) -> tuple[PlanRow, ...]:
    """The rows of a node and of the links into it; `written` holds the document's options of windows."""
    owners: tuple[GraphLink | GraphNode, ...] = (*step.links, step.node)
    return tuple(
        replace(row, node=owner.id, level=step.node.level)
        for owner in owners
        if owner.cells
        for row in _rows_of(owner.cells, written)
    )


@remember(NODES)
def _rows_of(cells: tuple[CellUse, ...], written: Params) -> tuple[PlanRow, ...]:
    """The rows of these cells, wherever they stand."""
    cut: dict[PlanRow, list[int]] = {}
    for index, use in enumerate(cells):
        if use.cell is None or use.x is None:
            continue
        facts = _facts(use.cell, use.x)
        if facts is not None:
            row = _row(use.code, use.cell, use.x.dhw, facts, use.origin, written)
            cut.setdefault(row, []).append(index)
    return tuple(replace(row, cells=tuple(places)) for row, places in cut.items())


class Facts(NamedTuple):
    """What a cell says of its windows on one map: all that a row needs to know of that map beside its size.

    `tokens`, `shift` and the window `unpadded` are those of archlab's window cells; others do not tell.
    """

    window: Triple
    windows: Triple | None
    patch: Triple | None
    tokens: int | None = None
    shift: Triple = (0, 0, 0)
    unpadded: Triple | None = None


@remember(PARTS)
def _facts(cell: Cell, x: FeatureMap) -> Facts | None:
    """What the cell says of its windows on `x`; None for a cell without windows."""
    used = effective(cell, x)
    if "window" not in used:
        return None
    facts = Facts(used["window"], used.get("windows"), used.get("patch"))
    if not isinstance(cell, OWN):
        return facts
    unpadded = replace(cell, pad=False).fit(x).window if cell.pad else None
    return facts._replace(tokens=prod(cell.grouping(x).tokens), shift=cell.shift_of(x), unpadded=unpadded)


@remember(PARTS)
def _row(
    code: str,
    cell: Cell,
    size: Triple,
    facts: Facts,
    origin: tuple[tuple[str, str], ...],
    written: Params,
) -> PlanRow:
    """The row of one cell on maps of (D, H, W) `size`, without its place; nets of every width share it."""
    window, patch = facts.window, facts.patch
    # A plugin may tell no counts: then as many as cover the map.
    windows = facts.windows or (1, -(-size[1] // window[1]), -(-size[2] // window[2]))
    deep = size[0] > 1 and windows[0] * window[0] >= size[0]
    planned = {name: _asked(getattr(cell, name, None), window) for name in ("window", "patch")}
    asked = {name: _document(name, cell, origin, written, value) for name, value in planned.items()}
    own = cell if isinstance(cell, OWN) else None
    target = planned["window"] or window
    halves = own is not None and own.halves_windows
    if halves:
        target = _triple([target[0], *(max(n // 2, 1) for n in target[1:])])
    changes = _changes(asked, planned, window, patch, target, halves)
    if any(n * w > s for n, w, s in zip(windows, window, size, strict=True)):
        changes.append("padded")
    row = PlanRow(
        node="",
        level=0,
        code=code,
        cells=(),
        deep=deep,
        size=size,
        asked_window=asked["window"] or window,
        asked_patch=asked["patch"] if patch else None,
        planned_window=planned["window"] or window,
        planned_patch=planned["patch"] if patch else None,
        window=window,
        patch=patch,
        windows=windows,
        patches=None if patch is None else _triple([w // p for w, p in zip(window, patch, strict=True)]),
        token=own.unit if own else None,
        tokens=facts.tokens,
        heads=getattr(cell, "heads", None),
        changes=tuple(changes),
        note="",
        text="",
    )
    text = _text(row) + ("" if own is None else _tokens(own, facts.shift, deep))
    return replace(row, note=_note(row, _aim(facts, target)), text=text)


def _changes(
    asked: Mapping[str, Triple | None],
    planned: Mapping[str, Triple | None],
    window: Triple,
    patch: Triple | None,
    target: Triple,
    halves: bool,
) -> list[Change]:
    changes: list[Change] = []
    if asked["window"] != planned["window"] or (patch and asked["patch"] != planned["patch"]):
        changes.append("level")
    if halves:
        changes.append("halved")
    if any(w > t for w, t in zip(window, target, strict=True)):
        changes.append("stretched")
    if any(w < t for w, t in zip(window, target, strict=True)):
        changes.append("shrunk")
    if patch and patch != planned["patch"]:
        changes.append("patch")
    return changes


def _aim(facts: Facts, target: Triple) -> str:
    """Why a window is not the `target`: with `pad` it is made to hold whole patches where it could not be cut."""
    unpadded = facts.unpadded
    if unpadded is None:
        return "to divide the map"
    filled = any(t != w != u for t, w, u in zip(target, facts.window, unpadded, strict=True))
    return "to hold whole patches" if filled else "to divide the map"


def _note(row: PlanRow, aim: str) -> str:
    """`for the level: window 16x16 -> 8x8; halved, for attention across windows; padded to 36x36`."""

    def arrow(what: str, before: Triple | None, after: Triple | None) -> str:
        if before is None or after is None or before == after:
            return ""
        return f"{what} {extent(before, row.deep)} -> {extent(after, row.deep)}"

    covered = [n * w for n, w in zip(row.windows, row.window, strict=True)]
    planned = extent(row.planned_window, row.deep)
    sized = (arrow("window", row.asked_window, row.planned_window), arrow("patch", row.asked_patch, row.planned_patch))
    words = {
        "level": f"for the level: {', '.join(filter(None, sized))}",
        "halved": "halved, for attention across windows",
        "stretched": f"{planned} stretched {aim}",
        "shrunk": f"{planned} made smaller {aim}",
        "patch": arrow("patch", row.planned_patch, row.patch),
        "padded": f"padded to {extent(covered, row.deep)}",
    }
    return "; ".join(words[change] for change in row.changes)


def _text(row: PlanRow) -> str:
    """`map 32x32: 4x4 windows of 8x8 pixels, each of 4x4 patches of 2x2`."""
    size, windows, window = (extent(of, row.deep) for of in (row.size, row.windows, row.window))
    where = f"map {size}" if row.deep or row.size[0] == 1 else f"each of {row.size[0]} frames {size}"
    text = f"{where}: {windows} windows of {window} pixels"
    if row.patch and row.patches:
        text += f", each of {extent(row.patches, row.deep)} patches of {extent(row.patch, row.deep)}"
    return text


def _tokens(cell: WindowCell | SwinBlock, shift: Triple, deep: bool) -> str:
    """What a token is, where it is no patch, and by how much the windows are moved."""
    moved = f", moved by {extent(shift, deep)}" if any(shift) else ""
    return moved + {"patch": "", "window": ", each a token", "pixel": ", every pixel a token"}[cell.unit]


def _asked(value: Any, used: Triple) -> Triple | None:
    """A cell's window or patch as (D, H, W); a depth that the cell does not look at is that which it uses."""
    if not isinstance(value, list | tuple):
        return None
    return _triple([used[0] if used[0] == 1 or len(value) == 2 else value[0], *value[-2:]])


def _document(
    name: str, cell: Cell, origin: tuple[tuple[str, str], ...], written: Params, planned: Triple | None
) -> Triple | None:
    """What the document asks for, where window sizing came between."""
    if planned is None or (name, "plan") not in origin:
        return planned
    given = written.get(name, _defaults(type(cell))[name])
    sound = isinstance(given, list | tuple) and len(given) in (2, 3) and all(isinstance(n, int) for n in given)
    return _asked(given, planned) if sound else planned


@functools.cache
def _defaults(cell: type[Cell]) -> Mapping[str, Any]:
    return {field.name: field.default for field in msgspec.structs.fields(cell)}


def _triple(values: Sequence[int]) -> Triple:
    d, h, w = values
    return (d, h, w)
