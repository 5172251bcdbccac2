"""The one place where a cell's options are settled.

A value comes from, strongest first: the code itself (`T0` has no mixer), the cell's own fields, its block's
`options`, `code_options` of its code, `level_options` of its level, what the layout says for this block and for the
first cell of it, the level's window plan, the document's `options`, the original that the document's `compat` names,
the class default.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec
from msgspec.structs import replace

from archlab.document.diagnostics import Diagnostic, did_you_mean
from archlab.document.entries import CellRef, Cells
from archlab.document.grammar import words
from archlab.document.limits import MAX_CELLS
from archlab.document.making import convert, field_types
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
    level: int = 0
    of_level: Params = EMPTY  # the document's `level_options` of that level
    layout: Params = EMPTY
    first: Params = EMPTY  # the layout's, for the first cell alone
    windows: Windows | None = None

    def behind_the_first(self) -> Sources:
        """The same for the cells behind the first one."""
        return replace(self, first=EMPTY) if self.first else self


class BlockUse(msgspec.Struct, frozen=True, gc=False):
    """The cells of one block, settled, and what was wrong with them."""

    cells: tuple[CellUse, ...]
    diagnostics: tuple[Diagnostic, ...]


@remember(NODES)
def settle(cells: Cells, path: str, node: str, sources: Sources) -> BlockUse:
    """Settle every cell of a block. `node` is empty when the string is shared by several blocks."""
    faults: list[Diagnostic] = []
    uses: list[CellUse] = []
    rest = sources.behind_the_first()
    if isinstance(cells, str):
        found, faults = words(cells, sources.shared.registry.codes, path, node)
        for word in found:
            if not word.known:
                uses.append(CellUse(code=word.code, path=path, span=word.span, cell=None))
                continue
            use, problems = _settle_cell(CellRef(code=word.code), path, node, rest if uses else sources)
            uses.append(replace(use, span=word.span))
            faults += problems
    else:
        if not 1 <= len(cells) <= MAX_CELLS:
            message = f"The list holds {len(cells)} cells; a block has 1 to {MAX_CELLS}."
            faults.append(Diagnostic(code="AL023" if cells else "AL020", path=path, node=node, message=message))
        # the limit keeps an absurd list from being worked through; the fault above is told anyway
        for index, ref in enumerate(cells[:MAX_CELLS]):
            use, problems = _settle_cell(ref, f"{path}[{index}]", node, rest if uses else sources)
            uses.append(use)
            faults += problems
    return BlockUse(tuple(uses), tuple(dict.fromkeys(faults)))


@remember(PARTS)
def _settle_cell(ref: CellRef, path: str, node: str, sources: Sources) -> tuple[CellUse, tuple[Diagnostic, ...]]:
    """One cell, written at `path`; where in a string it stands makes no difference."""
    registry, code = sources.shared.registry, ref.code
    faults: list[Diagnostic] = []
    found = cell_of_code(registry, code, sources.shared.compat)
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
                elif name in ("cell", "layout") or (
                    name in ("options", "level", "block") and codes_taking(registry, field, value)
                ):
                    # What no code takes, and what `code_options` say, is judged once in `option_checks`; and a cell of
                    # a plugin may mean something else by the plan's "window".
                    hint = "" if name in ("cell", "layout") else _elsewhere(codes_taking(registry, field, value), code)
                    message = f"{field}{why.subpath} of {code}: {why}"
                    place = f"{where}.{field}{why.subpath}" if where else "$.layout"
                    faults.append(Diagnostic(code="AL013", path=place, node=own, message=message, hint=hint))
            elif name == "cell":
                fault = option_fault(registry, code, field, value, preset, types)
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
    overruled = _overruled(use, sources, types)
    return use, (*faults, *without_effect(use, "cell", path, node), *overruled)


def _overruled(use: CellUse, sources: Sources, types: Mapping[str, Any]) -> list[Diagnostic]:
    """Options of the document that the layout's own word replaces; window and patch are what it starts from."""
    if not sources.layout or not sources.shared.options:
        return []
    settled = dict(use.origin)
    told = []
    for field, value in sources.shared.options.items():
        if settled.get(field) != "layout" or field in ("window", "patch") or field in sources.first:
            continue
        if convert(value, types[field])[0] != getattr(use.cell, field, None):
            message = f"The layout itself says {field} of some blocks; {field} of all cells has no effect in them."
            hint = "Change the layout's fields, or say it in level_options, code_options or a block's options."
            told.append(
                Diagnostic(code="AL037", severity="warning", path=f"$.options.{field}", message=message, hint=hint)
            )
    return told


@remember(PARTS)
def settle_fixed(
    registry: Registry,
    version: int,
    cells: tuple[CellRef, ...],
    side: Literal["before", "after"],
    node: str,
    path: str,
) -> BlockUse:
    """The cells that a layout, neck or head itself puts around a block's own: class defaults and what it says."""
    plain = Sources(shared=Shared(registry=registry, version=version))
    uses, faults = [], []
    for ref in cells:
        use, problems = _settle_cell(ref, path, node, plain)
        uses.append(replace(use, fixed=side, origin=tuple((k, "layout" if v == "cell" else v) for k, v in use.origin)))
        faults += [d for d in problems if d.severity == "error"]
    return BlockUse(tuple(uses), tuple(faults))


def _given(ref: CellRef, path: str, sources: Sources) -> list[tuple[str, Mapping[str, Any], str]]:
    """Every source of a cell's options, weakest first: its name, what it says, and where it is written."""
    shared, windows = sources.shared, sources.windows
    plan: dict[str, Any] = {} if windows is None else {"window": windows.window, "patch": windows.patch}
    if windows is not None and not windows.stretch:
        plan["stretch"] = False
    return [
        ("compat", {} if shared.compat is None else {"compat": shared.compat}, "$"),
        ("options", shared.options, "$.options"),
        ("plan", plan, ""),
        ("layout", {**sources.layout, **sources.first}, ""),
        ("level", sources.of_level, f"$.level_options[{sources.level}]"),
        ("code", shared.code_options.get(ref.code, EMPTY), f"$.code_options.{ref.code}"),
        ("block", sources.block, f"$.blocks.{sources.id}.options"),
        ("cell", ref.params, path),
    ]


def cell_of_code(registry: Registry, code: str, compat: str | None) -> tuple[type[Cell], Mapping[str, Any]] | None:
    """The class and the fixed fields of a code, as the original that `compat` names builds it."""
    found = registry.cell(code)
    if found is None or compat is None:
        return found
    return registry.cell(found[0].built_as.get(compat, {}).get(code, code)) or found


def option_fault(
    registry: Registry, code: str, field: str, value: Any, preset: Mapping[str, Any], types: Mapping[str, Any]
) -> tuple[str, str, str] | None:
    """Why a cell cannot have this option: number, message, hint; None when it says what the code means anyway."""
    if field not in types:
        others = [word for word, (cls, fixed) in registry.codes.items() if field in field_types(cls).keys() - fixed]
        hint = f"{', '.join(others)} have it." if others else did_you_mean(field, list(types))
        return "AL011", f'{code} has no option "{field[:40]}".', hint
    if (type(value), value) == (type(preset[field]), preset[field]):  # for Python, True and 1.0 equal 1
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


def codes_taking(registry: Registry, field: str, value: Any) -> list[str]:
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
