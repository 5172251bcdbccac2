"""What stands in a document, and how people may write it: an input, parts, cells, what is said of a block or link.

Every struct here is frozen down to its leaves and hashable, as `Spec` is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import msgspec

from archlab.document.feature_map import FeatureMap
from archlab.document.values import EMPTY, Params, freeze, thaw
from archlab.text.sizes import times


class Input(msgspec.Struct, frozen=True, kw_only=True, cache_hash=True):
    """What enters the network: channels and `[H, W]` or `[D, H, W]`."""

    channels: int
    size: tuple[int, ...]

    def feature_map(self) -> FeatureMap:
        """The input as a feature map of stride 1."""
        return FeatureMap(channels=self.channels, size=self.size)

    def __str__(self) -> str:
        return times((self.channels, *self.size))


class PartRef(msgspec.Struct, frozen=True, kw_only=True, cache_hash=True):
    """A part named by its type word, with its fields as written."""

    type: str
    params: Params = EMPTY

    def to_dict(self) -> dict[str, Any]:
        """The part as a document writes it: `type`, then its fields."""
        return {"type": self.type, **thaw(self.params)}


class CellRef(msgspec.Struct, frozen=True, kw_only=True, cache_hash=True):
    """A cell written as an object: its code and its own fields."""

    code: str
    params: Params = EMPTY

    def to_json(self) -> Any:
        """The code alone when it has no fields of its own."""
        return {"code": self.code, **thaw(self.params)} if self.params else self.code


Cells = str | tuple[CellRef, ...]

# What the document says of all blocks: one string; one an entry; or by column and level. The layout names the axes.
CellStrings = str | tuple[str | tuple[str, ...], ...]


class Block(msgspec.Struct, frozen=True, kw_only=True, cache_hash=True):
    """What the document overrides in one block; None = as derived."""

    cells: Cells | None = None
    options: Params = EMPTY
    dense: bool | None = None
    channels: int | None = None
    checkpoint: bool | None = None
    wrapped: bool = False  # written as an object although its cells would do: kept, so that paths stay true

    def to_json(self) -> Any:
        """The shortest form: a string, a list, or an object."""
        cells: Any = self.cells
        if isinstance(cells, tuple):
            cells = [c.to_json() for c in cells]
        rest = {
            "options": thaw(self.options) or None,
            "dense": self.dense,
            "channels": self.channels,
            "checkpoint": self.checkpoint,
        }
        rest = {k: v for k, v in rest.items() if v is not None}
        if not rest and cells is not None and not self.wrapped:
            return cells
        return {**({} if cells is None else {"cells": cells}), **rest}


# Options of a document that belong to blocks and to the plan, not to cells.
BLOCK_OPTIONS: dict[str, Any] = {"dense": bool, "checkpoint": bool}
PLAN_OPTIONS: dict[str, Any] = {"window_sizing": str}

BLOCK_FIELDS: dict[str, type] = {"options": Mapping, "dense": bool, "channels": int, "checkpoint": bool}


class LinkOverride(msgspec.Struct, frozen=True, kw_only=True, cache_hash=True):
    """What the document says of one link: another kind, fields of the kind, or off."""

    kind: str | None = None
    off: bool = False
    params: Params = EMPTY

    def to_json(self) -> dict[str, Any]:
        """The override as a document writes it, without what it leaves as derived."""
        return {
            **({} if self.kind is None else {"kind": self.kind}),
            **({"off": True} if self.off else {}),
            **thaw(self.params),
        }


def as_cell_strings(value: str | Sequence[str | Sequence[str]]) -> CellStrings:
    """Cell strings from a string, or from a list of strings and of lists of strings; TypeError for anything else."""
    if isinstance(value, str):
        return value
    if _is_list(value):
        columns = tuple(tuple(column) if _is_list(column) else column for column in value)
        if all(isinstance(t, str) for column in columns for t in (column if isinstance(column, tuple) else (column,))):
            return cast(CellStrings, columns)
    form = "a string, a list of strings, or a list (columns) of lists (levels) of strings"
    raise TypeError(f"cells={value!r}: cells are {form}.")


def _is_list(value: object) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


def as_part(value: str | Mapping[str, Any] | PartRef) -> PartRef:
    """A part from its type word, or from a mapping with `type` and fields; TypeError for anything else."""
    if isinstance(value, PartRef):
        return value
    fields = dict(value) if isinstance(value, Mapping) else {"type": value}
    type_ = fields.pop("type", None)
    if not isinstance(type_, str):
        raise TypeError(f"A part is a type word or a mapping with a type, not {value!r}.")
    return PartRef(type=type_, params=freeze(fields))


def as_cells(value: str | Sequence[Any]) -> Cells:
    """Cells from a string, or from a list of codes and mappings with `code` and fields; TypeError for anything else."""
    if isinstance(value, str):
        return value
    if not _is_list(value):
        raise TypeError(f"The cells of a block are a string or a list of cells, not {value!r}.")
    return tuple(as_cell(entry) for entry in value)


def as_cell(entry: str | CellRef | Mapping[str, Any]) -> CellRef:
    """One list entry as a `CellRef`; TypeError for what is neither a code nor a mapping."""
    if isinstance(entry, CellRef):
        return entry
    if isinstance(entry, str):
        return CellRef(code=entry)
    if not isinstance(entry, Mapping):
        raise TypeError(f"A cell is a code or a mapping with a code, not {entry!r}.")
    fields = dict(entry)
    return CellRef(code=str(fields.pop("code", "")), params=freeze(fields))


def as_input(value: Input | str | Sequence[int]) -> Input:
    """An input from `3x224x224`, `2x16x64x64` or a sequence of 3 or 4 numbers.

    Raises ValueError, saying what was expected, when the text has another form.
    """
    if isinstance(value, Input):
        return value
    try:
        numbers = [int(n) for n in (value.lower().split("x") if isinstance(value, str) else value)]
    except (TypeError, ValueError):
        numbers = []
    if len(numbers) not in (3, 4):
        raise ValueError(f"The input {value!r} is not of the form CxHxW or CxDxHxW, such as 3x224x224 or 2x16x64x64.")
    return Input(channels=numbers[0], size=tuple(numbers[1:]))
