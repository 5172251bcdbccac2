"""What a document says about options and sizes, judged by itself: before, and whether or not, any cell reads it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from archlab.document.diagnostics import Diagnostic, did_you_mean, nearest_word
from archlab.document.entries import BLOCK_OPTIONS, PLAN_OPTIONS, CellRef
from archlab.document.faults import Fault
from archlab.document.limits import MAX_AXIS, MAX_LEVELS
from archlab.document.making import convert, field_types
from archlab.document.spec import COMPATS, Spec
from archlab.document.values import FrozenMap, Params
from archlab.geometry.window_plan import METHODS
from archlab.graph.options import Shared, Sources, cell_of_code, codes_taking, option_fault, settle, without_effect
from archlab.graph.remember import NODES, remember
from archlab.parts.registry import Registry


def check_sizes(spec: Spec) -> Iterator[Diagnostic]:
    """Input axes out of range, and options for more levels than there can be; reading has told those of a file."""
    if len(spec.level_options) > MAX_LEVELS:
        message = f"Options are given for {len(spec.level_options)} levels; the limit is {MAX_LEVELS}."
        yield Diagnostic(code="AL014", path="$.level_options", message=message)
    axes = [("$.input.channels", spec.input.channels)]
    axes += [(f"$.input.size[{i}]", n) for i, n in enumerate(spec.input.size)]
    for path, value in axes:
        if not 1 <= value <= MAX_AXIS:
            yield Diagnostic(code="AL013", path=path, message=f"{value} is outside 1 to {MAX_AXIS}.")
    if len(spec.input.size) not in (2, 3):
        message = f"The size has {len(spec.input.size)} axes; it is [H, W] or [D, H, W]."
        yield Diagnostic(code="AL013", path="$.input.size", message=message)


def check_options(spec: Spec, shared: Shared) -> Iterator[Diagnostic]:
    """Options, codes and link kinds that do not exist, and values that nothing takes."""
    if spec.compat is not None and spec.compat not in COMPATS:  # reading has told that of a file
        asked = str(spec.compat)[:40]  # a caller may have given anything
        message = f'There is no original "{asked}".'
        hint = did_you_mean(asked, COMPATS) or f"Use one of {', '.join(COMPATS)}, or leave it out."
        yield Diagnostic(code="AL013", path="$.compat", message=message, hint=hint)
    registry = shared.registry
    written = [("$.options", "", spec.options, (*BLOCK_OPTIONS, *PLAN_OPTIONS))]
    written += [(f"$.blocks.{id}.options", id, block.options, (*BLOCK_OPTIONS,)) for id, block in spec.blocks.items()]
    written += [(f"$.level_options[{level}]", "", given, ()) for level, given in enumerate(spec.level_options)]
    layout = registry.layouts.get(spec.layout.type)
    fields = tuple(field_types(layout)) if layout is not None else ()
    for path, node, given, others in written:
        if given:
            yield from _judged(_options, registry, shared.version, given, path, node, others, fields)
    yield from _judged(_link_options, registry, shared.version, spec.link_options)
    yield from _judged(_code_options, shared)


@remember(NODES)
def _judged(judge: Callable[..., Iterator[Diagnostic]], *given: Any) -> tuple[Diagnostic, ...]:
    """What one of the functions below finds."""
    return tuple(judge(*given))


def _code_options(shared: Shared) -> Iterator[Diagnostic]:
    registry = shared.registry
    for code, given in shared.code_options.items():
        found = cell_of_code(registry, code, shared.compat)
        path = f"$.code_options.{code}"
        if found is None:
            hint = did_you_mean(code, sorted(registry.codes))
            yield Diagnostic(code="AL022", path=path, message=f'"{code[:40]}" is not a known code.', hint=hint)
            continue
        cls, preset = found
        types = field_types(cls)
        for field, value in given.items():
            if field not in types or field in preset:
                fault = option_fault(registry, code, field, value, preset, types)
                if fault:
                    number, message, hint = fault
                    yield Diagnostic(code=number, path=f"{path}.{field}", message=message, hint=hint)
                continue
            why = convert(value, types[field])[1]
            if why:
                where = f"{field}{why.subpath}"
                yield Diagnostic(code="AL013", path=f"{path}.{where}", message=f"{where} of {code}: {why}")
        # Options of a code that change nothing in a cell which has only these and those of all cells.
        (use,) = settle((CellRef(code=code),), "", "", Sources(shared=shared)).cells
        yield from without_effect(use, "code", f"$.code_options.{code}")


def _link_options(registry: Registry, version: int, options: FrozenMap[Params]) -> Iterator[Diagnostic]:
    for kind, given in options.items():
        cls, path = registry.links.get(kind), f"$.link_options.{kind}"
        if cls is None:
            message, hint = f'There is no link kind "{kind[:40]}".', did_you_mean(kind, sorted(registry.links))
            yield Diagnostic(code="AL015", path=path, message=message, hint=hint)
            continue
        types = field_types(cls)
        for field, value in given.items():
            where = f"{path}.{field}"
            if field not in types:
                kinds = [word for word, other in registry.links.items() if field in field_types(other)]
                message, hint = f'{kind} has no field "{field[:40]}".', did_you_mean(field, list(types))
                hint = f"{', '.join(kinds)} have it." if kinds else hint
                yield Diagnostic(code="AL011", path=where, message=message, hint=hint)
            elif why := convert(value, types[field])[1]:
                message = f"{field}{why.subpath} of {kind}: {why}"
                yield Diagnostic(code="AL013", path=where + why.subpath, message=message)


def _options(
    registry: Registry,
    version: int,
    given: Params,
    where: str,
    node: str,
    others: tuple[str, ...],
    fields: tuple[str, ...],
) -> Iterator[Diagnostic]:
    """Options written at `where`; `others` may stand there besides those of cells, `fields` are the layout's."""
    cells = {name: type_ for cls in registry.cells for name, type_ in field_types(cls).items()}
    known = [*cells, *others]
    for name, value in given.items():
        path = f"{where}.{name}"
        if name not in known:
            message, hint = f'No cell has an option "{name[:40]}".', did_you_mean(name, sorted(known))
            if nearest_word(name, known) is None and (field := nearest_word(name, fields)):
                hint = f'Did you mean the layout\'s field "{field}"?'
            yield Diagnostic(code="AL011", path=path, node=node, message=message, hint=hint)
        elif name == "window_sizing":
            if value not in METHODS:
                hint = did_you_mean(value, METHODS) if isinstance(value, str) else f"Known: {', '.join(METHODS)}."
                message = "window_sizing has no such method."
                yield Diagnostic(code="AL013", path=path, message=message, hint=hint)
        elif name == "stretch" and value is True and given.get("window_sizing") == "fixed":
            message = 'stretch of all cells has no effect: window_sizing is "fixed".'
            hint = "Leave it out, or choose another window_sizing."
            yield Diagnostic(code="AL016", severity="warning", path=path, message=message, hint=hint)
        elif name in BLOCK_OPTIONS:
            if not isinstance(value, bool):
                message = f"{name}: expected true or false."
                yield Diagnostic(code="AL013", path=path, node=node, message=message)
        elif not codes_taking(registry, name, value):
            why = convert(value, cells[name])[1] or Fault("no code takes it.")
            message = f"{name}{why.subpath}: {why}"
            yield Diagnostic(code="AL013", path=path + why.subpath, node=node, message=message)
