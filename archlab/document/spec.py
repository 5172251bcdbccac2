"""The document: what a designer decided, and nothing that follows from it.

Every struct here is frozen down to its leaves and hashable, and keeps its hash: what follows from a document is looked
up by the document's own parts. Cell strings are kept as typed, right or wrong: `check` judges them. Changes return a
new document.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from archlab.document.feature_map import FeatureMap
from archlab.document.values import EMPTY, FrozenMap, Params, freeze, thaw
from archlab.text.sizes import times

FORMAT = "archlab/1"
COMPATS = ("snraware",)  # the originals whose defects a document may ask for


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
        """Plain JSON."""
        return {"type": self.type, **thaw(self.params)}


class CellRef(msgspec.Struct, frozen=True, kw_only=True, cache_hash=True):
    """A cell written as an object: its code and its own fields."""

    code: str
    params: Params = EMPTY

    def to_json(self) -> Any:
        """The code alone when it has no fields of its own."""
        return {"code": self.code, **thaw(self.params)} if self.params else self.code


Cells = str | tuple[CellRef, ...]


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
        """Plain JSON."""
        return {
            **({} if self.kind is None else {"kind": self.kind}),
            **({"off": True} if self.off else {}),
            **thaw(self.params),
        }


class Spec(msgspec.Struct, frozen=True, kw_only=True, cache_hash=True):
    """A whole document (`*.arch.json`). Make one with `archlab.hrnet(...)` and its like, or `archlab.load`."""

    input: Input
    layout: PartRef
    name: str = "untitled"
    compat: str | None = None
    cells: str | tuple[str, ...] = "C2"
    options: Params = EMPTY
    code_options: FrozenMap[Params] = FrozenMap()
    blocks: FrozenMap[Block] = FrozenMap()
    link_options: FrozenMap[Params] = FrozenMap()
    links: FrozenMap[LinkOverride] = FrozenMap()
    stem: PartRef = PartRef(type="none")
    head: PartRef | None = None

    def to_dict(self) -> dict[str, Any]:
        """The document as plain JSON in canonical order; empty parts are left out."""
        blocks = {k: self.blocks[k].to_json() for k in sorted(self.blocks)}
        links = {k: self.links[k].to_json() for k in sorted(self.links)}
        out: dict[str, Any] = {
            "format": FORMAT,
            "name": self.name,
            **({} if self.compat is None else {"compat": self.compat}),
            "input": {"channels": self.input.channels, "size": list(self.input.size)},
            "layout": self.layout.to_dict(),
            "cells": thaw(self.cells),
        }
        optional = {
            "options": thaw(self.options),
            "code_options": {k: thaw(self.code_options[k]) for k in sorted(self.code_options)},
            "blocks": {k: v for k, v in blocks.items() if v != {}},
            "link_options": {k: thaw(self.link_options[k]) for k in sorted(self.link_options)},
            "links": {k: v for k, v in links.items() if v != {}},
        }
        out.update({k: v for k, v in optional.items() if v})
        if self.stem.type != "none" or self.stem.params:
            out["stem"] = self.stem.to_dict()
        if self.head is not None:
            out["head"] = self.head.to_dict()
        return out

    def with_name(self, name: str) -> Spec:
        """The same network under another name."""
        return msgspec.structs.replace(self, name=name)

    def with_compat(self, compat: str | None) -> Spec:
        """Reproduce an original with its defects (`"snraware"`), or None: everything as it should be."""
        return msgspec.structs.replace(self, compat=compat)

    def with_input(self, input: Input | str) -> Spec:
        """Another input, as `Input` or text such as `3x224x224` (`CxHxW` or `CxDxHxW`)."""
        return msgspec.structs.replace(self, input=as_input(input))

    def with_cells(self, cells: str | Sequence[str]) -> Spec:
        """Another cell string for all blocks, or one per level."""
        return msgspec.structs.replace(self, cells=cells if isinstance(cells, str) else tuple(cells))

    def with_block(self, id: str, cells: str | Sequence[Any] | None = None, **fields: Any) -> Spec:
        """Override one block: its cell string or list, and `options`, `dense`, `channels`, `checkpoint`.

        TypeError for another field, or for a value of another type.
        """
        for name, value in fields.items():
            expected = BLOCK_FIELDS.get(name)
            if expected is None or isinstance(value, bool) != (expected is bool) or not isinstance(value, expected):
                raise TypeError(f"with_block: {name}={value!r}; a block has {', '.join(BLOCK_FIELDS)}.")
        if "options" in fields:
            fields["options"] = freeze(fields["options"])
        block = msgspec.structs.replace(self.blocks.get(id, Block()), **fields)
        if cells is not None:
            block = msgspec.structs.replace(block, cells=as_cells(cells))
        return msgspec.structs.replace(self, blocks=self.blocks.put(id, block))

    def without_block(self, id: str) -> Spec:
        """Let one block be as the layout derives it."""
        return msgspec.structs.replace(self, blocks=self.blocks.drop(id))

    def with_link(self, id: str, kind: str | None = None, *, off: bool = False, **fields: Any) -> Spec:
        """Override a derived link, or add one: `id` is `source>target`."""
        link = LinkOverride(kind=kind, off=off, params=freeze(fields))
        return msgspec.structs.replace(self, links=self.links.put(id, link))

    def without_link(self, id: str) -> Spec:
        """Let one link be as the layout derives it; removes an added link."""
        return msgspec.structs.replace(self, links=self.links.drop(id))

    def with_option(self, **options: Any) -> Spec:
        """Set options for every cell of the document."""
        return msgspec.structs.replace(self, options=FrozenMap({**self.options, **freeze(options)}))

    def with_code_option(self, code: str, **options: Any) -> Spec:
        """Set options for every cell of one code."""
        merged = FrozenMap({**self.code_options.get(code, EMPTY), **freeze(options)})
        return msgspec.structs.replace(self, code_options=self.code_options.put(code, merged))

    def with_link_options(self, kind: str, **fields: Any) -> Spec:
        """Set fields for every link of one kind; a link's own fields go before them."""
        merged = FrozenMap({**self.link_options.get(kind, EMPTY), **freeze(fields)})
        return msgspec.structs.replace(self, link_options=self.link_options.put(kind, merged))

    def with_layout(self, **fields: Any) -> Spec:
        """Change fields of the layout."""
        merged = FrozenMap({**self.layout.params, **freeze(fields)})
        return msgspec.structs.replace(self, layout=PartRef(type=self.layout.type, params=merged))

    def with_stem(self, type: str, **fields: Any) -> Spec:
        """Another stem."""
        return msgspec.structs.replace(self, stem=PartRef(type=type, params=freeze(fields)))

    def with_head(self, type: str | None, **fields: Any) -> Spec:
        """Another head; None = no head."""
        head = None if type is None else PartRef(type=type, params=freeze(fields))
        return msgspec.structs.replace(self, head=head)


def as_cells(value: str | Sequence[Any]) -> Cells:
    """Cells from a string, or from a list of codes and mappings with `code` and fields."""
    if isinstance(value, str):
        return value
    return tuple(as_cell(entry) for entry in value)


def as_cell(entry: str | CellRef | Mapping[str, Any]) -> CellRef:
    """One list entry as a `CellRef`."""
    if isinstance(entry, CellRef):
        return entry
    if isinstance(entry, str):
        return CellRef(code=entry)
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
    except ValueError:
        numbers = []
    if len(numbers) not in (3, 4):
        raise ValueError(f"The input {value!r} is not of the form CxHxW or CxDxHxW, such as 3x224x224 or 2x16x64x64.")
    return Input(channels=numbers[0], size=tuple(numbers[1:]))
