"""The document: what a designer decided, and nothing that follows from it.

Every struct here is frozen down to its leaves and hashable, and keeps its hash: what follows from a document is looked
up by the document's own parts. Cell strings are kept as typed, right or wrong: `check` judges them. Changes return a
new document.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from archlab.document.entries import (
    BLOCK_FIELDS,
    Block,
    CellStrings,
    Input,
    LinkOverride,
    PartRef,
    as_cell_strings,
    as_cells,
    as_input,
    as_part,
)
from archlab.document.limits import MAX_LEVELS
from archlab.document.values import EMPTY, FrozenMap, Params, freeze, thaw

FORMAT = "archlab/1"
# What a file need not say: path (`*`: any name) -> the value that is not written there.
LEFT_OUT: dict[str, Any] = {
    "$.compat": None,
    "$.options": {},
    "$.code_options": {},
    "$.blocks": {},
    "$.blocks.*": {},
    "$.link_options": {},
    "$.links": {},
    "$.links.*": {},
    "$.level_options": [],
    "$.stem": {"type": "none"},
    "$.neck": None,
    "$.head": None,
    "$.outputs": None,
}
COMPATS = ("snraware",)  # the originals whose defects a document may ask for


class Spec(msgspec.Struct, frozen=True, kw_only=True, cache_hash=True):
    """A whole document (`*.arch.json`). Make one with `archlab.hrnet(...)` and its like, or `archlab.load`."""

    input: Input
    layout: PartRef
    name: str = "untitled"
    compat: str | None = None
    cells: CellStrings = "C2"
    options: Params = EMPTY
    code_options: FrozenMap[Params] = FrozenMap()
    blocks: FrozenMap[Block] = FrozenMap()
    link_options: FrozenMap[Params] = FrozenMap()
    links: FrozenMap[LinkOverride] = FrozenMap()
    level_options: tuple[Params, ...] = ()  # of all cells at level 0, 1, ...
    stem: PartRef = PartRef(type="none")
    neck: tuple[PartRef, ...] = ()  # applied in this order
    head: PartRef | None = None
    outputs: tuple[str, ...] | None = None  # ids of nodes; None: as the layout says

    def to_dict(self) -> dict[str, Any]:
        """The document as plain JSON in canonical order, without what `LEFT_OUT` names."""
        blocks = {k: self.blocks[k].to_json() for k in sorted(self.blocks)}
        links = {k: self.links[k].to_json() for k in sorted(self.links)}
        neck = [part.to_dict() for part in self.neck]
        out: dict[str, Any] = {
            "format": FORMAT,
            "name": self.name,
            "compat": self.compat,
            "input": {"channels": self.input.channels, "size": list(self.input.size)},
            "layout": self.layout.to_dict(),
            "cells": thaw(self.cells),
            "options": thaw(self.options),
            "code_options": {k: thaw(self.code_options[k]) for k in sorted(self.code_options)},
            "blocks": {k: v for k, v in blocks.items() if v != LEFT_OUT["$.blocks.*"]},
            "link_options": {k: thaw(self.link_options[k]) for k in sorted(self.link_options)},
            "links": {k: v for k, v in links.items() if v != LEFT_OUT["$.links.*"]},
            "level_options": thaw(self.level_options),
            "stem": self.stem.to_dict(),
            "neck": neck[0] if len(neck) == 1 else neck or None,
            "head": None if self.head is None else self.head.to_dict(),
            "outputs": thaw(self.outputs),
        }
        return {k: v for k, v in out.items() if f"$.{k}" not in LEFT_OUT or v != LEFT_OUT[f"$.{k}"]}

    def with_name(self, name: str) -> Spec:
        """The same network under another name."""
        return msgspec.structs.replace(self, name=name)

    def with_compat(self, compat: str | None) -> Spec:
        """Reproduce an original with its defects (`"snraware"`), or None: everything as it should be."""
        return msgspec.structs.replace(self, compat=compat)

    def with_input(self, input: Input | str) -> Spec:
        """Another input, as `Input` or text such as `3x224x224` (`CxHxW` or `CxDxHxW`)."""
        return msgspec.structs.replace(self, input=as_input(input))

    def with_cells(self, cells: str | Sequence[str | Sequence[str]]) -> Spec:
        """Another cell string for all blocks, one per level, or (`[["H2"], ["H2", "H2"]]`) by column and level.

        TypeError for an entry of another kind.
        """
        return msgspec.structs.replace(self, cells=as_cell_strings(cells))

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

    def with_level_option(self, level: int, **options: Any) -> Spec:
        """Set options for every cell at one level, 0 being the finest.

        TypeError for a level that is no whole number, ValueError for one that no layout has.
        """
        if not isinstance(level, int):
            raise TypeError(f"with_level_option: the level is a whole number, not {level!r}.")
        if not 0 <= level < MAX_LEVELS:
            raise ValueError(f"with_level_option: the level {level} is outside 0 to {MAX_LEVELS - 1}.")
        levels = [*self.level_options, *[EMPTY] * (level + 1 - len(self.level_options))]
        levels[level] = FrozenMap({**levels[level], **freeze(options)})
        return msgspec.structs.replace(self, level_options=tuple(levels))

    def with_link_options(self, kind: str, **fields: Any) -> Spec:
        """Set fields for every link of one kind; a link's own fields go before them."""
        merged = FrozenMap({**self.link_options.get(kind, EMPTY), **freeze(fields)})
        return msgspec.structs.replace(self, link_options=self.link_options.put(kind, merged))

    def with_layout(self, **fields: Any) -> Spec:
        """Change fields of the layout."""
        merged = FrozenMap({**self.layout.params, **freeze(fields)})
        return msgspec.structs.replace(self, layout=PartRef(type=self.layout.type, params=merged))

    def with_stem(self, type: str, **fields: Any) -> Spec:
        """Another stem, by its type word with its fields; TypeError for a type that is no text."""
        return msgspec.structs.replace(self, stem=as_part({**fields, "type": type}))

    def with_neck(self, *parts: str | Mapping[str, Any] | PartRef, **fields: Any) -> Spec:
        """Another neck: type words, or mappings with `type` and fields, applied in this order; none = no neck.

        `fields` are those of a single part: `with_neck("pyramid", channels=256)`. TypeError for what is no part.
        """
        neck = tuple(as_part(part) for part in parts)
        if fields:
            if len(neck) != 1:
                raise TypeError("with_neck: give the fields of several parts as mappings, one a part.")
            neck = (PartRef(type=neck[0].type, params=FrozenMap({**neck[0].params, **freeze(fields)})),)
        return msgspec.structs.replace(self, neck=neck)

    def with_outputs(self, *ids: str) -> Spec:
        """Return the maps of these nodes, in this order; none given = as the layout says.

        TypeError for what is no id, such as a list of ids.
        """
        if any(not isinstance(id, str) for id in ids):
            raise TypeError('with_outputs: give the ids one by one, as in with_outputs("out0", "out1").')
        return msgspec.structs.replace(self, outputs=ids or None)

    def with_head(self, type: str | None, **fields: Any) -> Spec:
        """Another head, by its type word with its fields; None = no head. TypeError for a type that is no text."""
        head = None if type is None else as_part({**fields, "type": type})
        return msgspec.structs.replace(self, head=head)
