"""The one place where a cell's options are settled.

A value comes from, strongest first: the code itself (`T0` has no mixer), the cell's own fields, its block's
`options`, `code_options` of its code, the level's window plan, the document's `options`, the original that the
document's `compat` names, the class default.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec.structs import replace

from archlab.document.diagnostics import Diagnostic, did_you_mean
from archlab.document.grammar import words
from archlab.document.limits import MAX_CELLS
from archlab.document.making import convert, field_types
from archlab.document.spec import CellRef, Cells
from archlab.document.values import EMPTY, FrozenMap, Params
from archlab.geometry.window_plan import Windows
from archlab.graph.model import CellUse
from archlab.graph.remember import NODES, PARTS, remember
from archlab.parts.cell import Cell
from archlab.parts.registry import Registry


class Shared(msgspec.Struct, frozen=True, kw_only=True, cache_hash=True):
    """What all cells of a document have in common: what it says of them, and the parts that its words name."""

    registry: Registry
    version: int  # of the registry
    options: Params = EMPTY
    code_options: FrozenMap[Params] = FrozenMap()
    compat: str | None = None


class Sources(msgspec.Struct, frozen=True, kw_only=True, cache_hash=True):
    """Where the options of a block's cells may come from, apart from the cells themselves."""

    shared: Shared
    id: str = ""  # the block, empty where the document says nothing about it
    block: Params = EMPTY
    windows: Windows | None = None


class BlockUse(msgspec.Struct, frozen=True, gc=False):
    """The cells of one block, settled, and what was wrong with them."""

    cells: tuple[CellUse, ...]
    diagnostics: tuple[Diagnostic, ...]


@remember(NODES)
def settle(cells: Cells, path: str, node: str, sources: Sources) -> BlockUse:
    """Settle every cell of a block. `node` is empty when the string is shared by several blocks."""
    faults: list[Diagnostic] = []
    uses: list[CellUse] = []
    if isinstance(cells, str):
        found, faults = words(cells, sources.shared.registry.codes, path, node)
        for word in found:
            if not word.known:
                uses.append(CellUse(code=word.code, path=path, span=word.span, cell=None))
                continue
            use, problems = _settle_cell(CellRef(code=word.code), path, node, sources)
            uses.append(replace(use, span=word.span))
            faults += problems
    else:
        if not 1 <= len(cells) <= MAX_CELLS:
            message = f"The list holds {len(cells)} cells; a block has 1 to {MAX_CELLS}."
            faults.append(Diagnostic(code="AL023" if cells else "AL020", path=path, node=node, message=message))
        # the limit keeps an absurd list from being worked through; the fault above is told anyway
        for index, ref in enumerate(cells[:MAX_CELLS]):
            use, problems = _settle_cell(ref, f"{path}[{index}]", node, sources)
            uses.append(use)
            faults += problems
    return BlockUse(tuple(uses), tuple(dict.fromkeys(faults)))


@remember(PARTS)
def _settle_cell(ref: CellRef, path: str, node: str, sources: Sources) -> tuple[CellUse, tuple[Diagnostic, ...]]:
    """One cell, written at `path`; where in a string it stands makes no difference."""
    registry, code = sources.shared.registry, ref.code
    faults: list[Diagnostic] = []
    found = meaning(registry, code, sources.shared.compat)
    if found is None:
        hint = did_you_mean(code, sorted(registry.codes))
        message = f'"{code[:40]}" is not a known code.'
        unknown = Diagnostic(code="AL022", path=path, node=node, message=message, hint=hint)
        return CellUse(code=code, path=path, cell=None), (unknown,)
    cls, preset = found
    types = field_types(cls)
    values: dict[str, Any] = dict(preset)
    origin = dict.fromkeys(preset, "word")
    for name, given, where in _given(ref, path, sources):
        own = {"cell": node, "block": sources.id}.get(name, "")
        for field, value in given.items():
            if field in types and field not in preset:
                converted, why = convert(value, types[field])
                if not why:
                    values[field], origin[field] = converted, name
                elif name == "cell" or (name in ("options", "block") and takers(registry, field, value)):
                    # What no code takes, and what `code_options` say, is judged once in `names`; and a plugin's cell
                    # may mean something else by the plan's "window".
                    hint = _elsewhere(takers(registry, field, value), code) if name != "cell" else ""
                    message = f"{field} of {code}: {why}"
                    place = f"{where}.{field}"
                    faults.append(Diagnostic(code="AL013", path=place, node=own, message=message, hint=hint))
            elif name == "cell":
                fault = refused(registry, code, field, value, preset, types)
                if fault:
                    number, message, hint = fault
                    place = f"{where}.{field}"
                    faults.append(Diagnostic(code=number, path=place, node=own, message=message, hint=hint))
    try:
        cell: Cell | None = cls(**values)
    except (TypeError, ValueError) as error:
        cell = None
        faults.append(Diagnostic(code="AL013", path=path, node=node, message=f"{code}: {error}"))
    use = CellUse(code=code, path=path, cell=cell, origin=tuple(origin.items()))
    return use, (*faults, *without_effect(use, "cell", path, node))


def _given(ref: CellRef, path: str, sources: Sources) -> list[tuple[str, Mapping[str, Any], str]]:
    """Every source of a cell's options, weakest first: its name, what it says, and where it is written."""
    shared, windows = sources.shared, sources.windows
    plan = {} if windows is None else {"window": windows.window, "patch": windows.patch}
    return [
        ("compat", {} if shared.compat is None else {"compat": shared.compat}, "$"),
        ("options", shared.options, "$.options"),
        ("plan", plan, ""),
        ("code", shared.code_options.get(ref.code, EMPTY), f"$.code_options.{ref.code}"),
        ("block", sources.block, f"$.blocks.{sources.id}.options"),
        ("cell", ref.params, path),
    ]


def meaning(registry: Registry, code: str, compat: str | None) -> tuple[type[Cell], Mapping[str, Any]] | None:
    """The class and the fixed fields of a code, as the original that `compat` names builds it."""
    found = registry.cell(code)
    if found is None or compat is None:
        return found
    return registry.cell(found[0].built_as.get(compat, {}).get(code, code)) or found


def refused(
    registry: Registry, code: str, field: str, value: Any, preset: Mapping[str, Any], types: Mapping[str, Any]
) -> tuple[str, str, str] | None:
    """Why a cell cannot have this option: number, message, hint; None when it says what the code means anyway."""
    if field not in types:
        others = [word for word, (cls, fixed) in registry.codes.items() if field in field_types(cls).keys() - fixed]
        hint = f"{', '.join(others)} have it." if others else did_you_mean(field, list(types))
        return "AL011", f'{code} has no option "{field[:40]}".', hint
    if value == preset[field]:
        return None
    hint = "Choose another code, or leave the option out."
    return "AL024", f"The code {code} itself means {field} = {preset[field]}.", hint


def without_effect(use: CellUse, source: str, path: str, node: str = "") -> list[Diagnostic]:
    """Fields that `source` wrote at `path` and that change nothing: an error where the code itself is the reason."""
    if use.cell is None:
        return []
    fixed = {field: getattr(use.cell, field) for field, origin in use.origin if origin == "word"}
    try:
        inert, word, plain = use.cell.inert(), type(use.cell)(**fixed).inert(), type(use.cell)().inert()
    except Exception:  # a plugin's cell with required fields, or with a fault of its own
        return []
    told = []
    for field in (field for field, origin in use.origin if origin == source and field in inert):
        settled = field in word and field not in plain
        told.append(
            Diagnostic(
                code="AL024" if settled else "AL016",
                severity="error" if settled else "warning",
                path=f"{path}.{field}",
                node=node,
                message=f"{field} of {use.code} has no effect: {inert[field]}.",
                hint="Choose another code, or leave the option out." if settled else "Leave it out.",
            )
        )
    return told


def takers(registry: Registry, field: str, value: Any) -> list[str]:
    """The codes that take this value for this option."""
    return [
        code
        for code, (cls, preset) in registry.codes.items()
        if field not in preset and field in field_types(cls) and not convert(value, field_types(cls)[field])[1]
    ]


def _elsewhere(codes: list[str], code: str) -> str:
    """An option for all cells may suit only some."""
    listed = ", ".join(codes)
    return f'{listed} take it: set it in "code_options" for these, or give {code} a value of its own there.'
