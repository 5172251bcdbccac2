"""The one place where a cell's options are settled.

A value comes from, strongest first: the code itself (`T0` has no mixer), the cell's own fields, its block's
`options`, `code_options` of its code, the level's window plan, the document's `options`, the class default.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

import msgspec

from archlab.graph.model import CellUse
from archlab.graph.window_plan import METHODS, Windows
from archlab.part import Cell
from archlab.spec.diagnostics import Diagnostic, did_you_mean
from archlab.spec.document import CellRef, Cells, Spec
from archlab.spec.grammar import words
from archlab.spec.limits import MAX_CELLS
from archlab.spec.making import convert, field_types
from archlab.spec.registry import Registry
from archlab.spec.values import EMPTY, FrozenMap, Params

# Options of a document that belong to blocks and to the plan, not to cells.
BLOCK_OPTIONS: dict[str, Any] = {"dense": bool, "checkpoint": bool}
PLAN_OPTIONS: dict[str, Any] = {"window_sizing": str}


class BlockUse(msgspec.Struct, frozen=True):
    """The cells of one block, settled, and what was wrong with them."""

    cells: tuple[CellUse, ...]
    diagnostics: tuple[Diagnostic, ...]


@functools.lru_cache(maxsize=4096)
def settle(
    registry: Registry,
    version: int,
    cells: Cells,
    path: str,
    node: str,
    block: Params,
    code_options: FrozenMap[Params],
    windows: Windows | None,
    options: Params,
) -> BlockUse:
    """Settle every cell of a block. `node` is empty when the string is shared by several blocks."""
    uses: list[CellUse] = []
    faults: list[Diagnostic] = []
    if isinstance(cells, str):
        found, faults = words(cells, registry.codes, path, node)
        entries = [(CellRef(code=w.code), path, w.span) for w in found]
    else:
        if not cells or len(cells) > MAX_CELLS:
            message = f"The list holds {len(cells)} cells; a block has 1 to {MAX_CELLS}."
            faults.append(Diagnostic(code="AL020" if not cells else "AL023", path=path, node=node, message=message))
        # [:MAX_CELLS] keeps an absurd list from being worked through; the fault above is told anyway
        entries = [(ref, f"{path}[{i}]", None) for i, ref in enumerate(cells[:MAX_CELLS])]
    for ref, where, span in entries:
        use, problems = _settle_cell(registry, ref, where, span, node, path, block, code_options, windows, options)
        uses.append(use)
        faults.extend(problems)
    return BlockUse(tuple(uses), tuple(dict.fromkeys(faults)))


def _settle_cell(
    registry: Registry,
    ref: CellRef,
    path: str,
    span: tuple[int, int] | None,
    node: str,
    block_path: str,
    block: Params,
    code_options: FrozenMap[Params],
    windows: Windows | None,
    options: Params,
) -> tuple[CellUse, list[Diagnostic]]:
    found = registry.cell(ref.code)
    if found is None:
        faults = []
        if span is None:
            hint = did_you_mean(ref.code, sorted(registry.codes))
            message = f'"{ref.code[:40]}" is not a known code.'
            faults.append(Diagnostic(code="AL022", path=path, node=node, message=message, hint=hint))
        return CellUse(code=ref.code, path=path, span=span, cell=None), faults
    cls, preset = found
    types = field_types(cls)
    plan = {} if windows is None else {"window": windows.window, "patch": windows.patch}
    sources: list[tuple[str, Mapping[str, Any], str]] = [
        ("options", options, "$.options"),
        ("plan", plan, ""),
        ("code", code_options.get(ref.code, EMPTY), f"$.code_options.{ref.code}"),
        ("block", block, f"{block_path.removesuffix('.cells')}.options"),
        ("cell", ref.params, path),
    ]
    values: dict[str, Any] = dict(preset)
    origin = dict.fromkeys(preset, "word")
    faults = []
    for name, given, where in sources:
        for field, value in given.items():
            if field not in types:
                if name in ("cell", "code"):
                    hint = did_you_mean(field, list(types))
                    message = f'{ref.code} has no option "{field[:40]}".'
                    faults.append(
                        Diagnostic(code="AL011", path=f"{where}.{field}", node=node, message=message, hint=hint)
                    )
                continue
            if field in preset:
                if name in ("cell", "code") and value != preset[field]:
                    message = f"The code {ref.code} itself means {field} = {preset[field]}."
                    hint = "Choose another code, or leave the option out."
                    faults.append(
                        Diagnostic(code="AL024", path=f"{where}.{field}", node=node, message=message, hint=hint)
                    )
                continue
            converted, why = convert(value, types[field])
            if why and name == "plan":
                continue  # a plugin's cell may use the word "window" for something else
            if why:
                message = f"{field} of {ref.code}: {why}"
                hint = _elsewhere(registry, field, value, ref.code) if name == "options" else ""
                own = node if name in ("cell", "block") else ""
                faults.append(Diagnostic(code="AL013", path=f"{where}.{field}", node=own, message=message, hint=hint))
                continue
            values[field] = converted
            origin[field] = name
    try:
        cell: Cell | None = cls(**values)
    except (TypeError, ValueError) as error:
        cell = None
        faults.append(Diagnostic(code="AL013", path=path, node=node, message=f"{ref.code}: {error}"))
    return CellUse(code=ref.code, path=path, span=span, cell=cell, origin=tuple(origin.items())), faults


def _elsewhere(registry: Registry, field: str, value: Any, code: str) -> str:
    """Which other codes take this value: an option for all cells may suit only some."""
    fits = [
        other
        for other, (cls, preset) in registry.codes.items()
        if field not in preset and field in field_types(cls) and not convert(value, field_types(cls)[field])[1]
    ]
    if not fits:
        return ""
    listed = ", ".join(fits)
    return f'{listed} take it: set it in "code_options" for these, or give {code} a value of its own there.'


def check_names(spec: Spec, registry: Registry) -> list[Diagnostic]:
    """Options that no cell has, codes that do not exist, and a window sizing that is none."""
    known = {name for cls in registry.cells for name in field_types(cls)} | set(BLOCK_OPTIONS) | set(PLAN_OPTIONS)
    faults = []
    blocks = [(f"$.blocks.{id}.options", b.options, id) for id, b in spec.blocks.items()]
    for where, given, node in [("$.options", spec.options, ""), *blocks]:
        for name, value in given.items():
            path = f"{where}.{name}"
            if name not in known or (node and name in PLAN_OPTIONS):
                message, hint = f'No cell has an option "{name[:40]}".', did_you_mean(name, sorted(known))
                faults.append(Diagnostic(code="AL011", path=path, node=node, message=message, hint=hint))
            elif name == "window_sizing" and value not in METHODS:
                hint = f"Use one of {', '.join(METHODS)}."
                faults.append(Diagnostic(code="AL013", path=path, message="window_sizing has no such method.", hint=hint))
            elif name in BLOCK_OPTIONS and not isinstance(value, bool):
                message = f"{name}: expected true or false."
                faults.append(Diagnostic(code="AL013", path=path, node=node, message=message))
    for code in spec.code_options:
        if code not in registry.codes:
            hint = did_you_mean(code, sorted(registry.codes))
            message = f'"{code[:40]}" is not a known code.'
            faults.append(Diagnostic(code="AL022", path=f"$.code_options.{code}", message=message, hint=hint))
    return faults
