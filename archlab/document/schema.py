"""The document's JSON form as types: source of the JSON Schema and of the editor's TypeScript types.

The fields of every struct stand in canonical order, in which documents are written on both sides.
`reading` judges documents, with better sentences than a schema validator has; a test holds the two together.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from archlab.document.limits import MAX_AXIS, MAX_CELLS, MAX_LEVELS, MAX_NAME

Axis = Annotated[int, Meta(ge=1, le=MAX_AXIS)]
CellString = Annotated[str, Meta(description="Two-character codes, such as T1L1G1")]
RECOMPUTE = "Recompute the activations of a block in the backward pass, to save memory"
TypeWord = Annotated[str, Meta(description="The type alone, all fields as they are by default")]
NodeId = Annotated[str, Meta(description="The id of a node, such as B02")]


class PartJson(msgspec.Struct, kw_only=True):
    """A layout, stem, neck or head: its type, and the fields of that type."""

    type: str


class CellJson(msgspec.Struct, kw_only=True):
    """A cell with options of its own."""

    code: str


class LinkJson(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A link overridden or added: another kind, `off`, and fields of the kind."""

    kind: str | msgspec.UnsetType = msgspec.UNSET
    off: bool | msgspec.UnsetType = msgspec.UNSET


ColumnJson = CellString | Annotated[list[CellString], Meta(min_length=1, description="One string per level")]


CellsJson = CellString | Annotated[list[str | CellJson], Meta(min_length=1, max_length=MAX_CELLS)]


class BlockJson(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What the document overrides in one block."""

    cells: CellsJson | msgspec.UnsetType = msgspec.UNSET
    options: dict[str, Any] | msgspec.UnsetType = msgspec.UNSET
    dense: Annotated[bool, Meta(description="Each cell reads the sum of all cells before it")] | msgspec.UnsetType = (
        msgspec.UNSET
    )
    channels: Annotated[Axis, Meta(description="Channels that leave the block")] | msgspec.UnsetType = msgspec.UNSET
    checkpoint: Annotated[bool, Meta(description=RECOMPUTE)] | msgspec.UnsetType = msgspec.UNSET


class InputJson(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What enters the network."""

    channels: Annotated[Axis, Meta(description="Channels of the images")]
    size: Annotated[
        list[Axis],
        Meta(min_length=2, max_length=3, description="[H, W] or [D, H, W]; D counts frames or slices"),
    ]


class DocumentJson(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A document of archlab (`*.arch.json`)."""

    format: Literal["archlab/1"]
    name: Annotated[str, Meta(max_length=MAX_NAME)] | msgspec.UnsetType = msgspec.UNSET
    compat: Literal["snraware"] | msgspec.UnsetType | None = msgspec.UNSET
    input: InputJson | Annotated[str, Meta(description="CxHxW or CxDxHxW")]
    layout: PartJson | TypeWord
    cells: CellString | Annotated[list[ColumnJson], Meta(min_length=1)] | msgspec.UnsetType = msgspec.UNSET
    options: dict[str, Any] | msgspec.UnsetType = msgspec.UNSET
    code_options: dict[str, dict[str, Any]] | msgspec.UnsetType = msgspec.UNSET
    blocks: dict[str, CellString | list[str | CellJson] | BlockJson] | msgspec.UnsetType = msgspec.UNSET
    link_options: dict[str, dict[str, Any]] | msgspec.UnsetType = msgspec.UNSET
    links: dict[str, LinkJson] | msgspec.UnsetType = msgspec.UNSET
    level_options: Annotated[list[dict[str, Any]], Meta(max_length=MAX_LEVELS)] | msgspec.UnsetType = msgspec.UNSET
    stem: PartJson | TypeWord | msgspec.UnsetType = msgspec.UNSET
    neck: PartJson | TypeWord | Annotated[list[PartJson | TypeWord], Meta(min_length=1)] | msgspec.UnsetType | None = (
        msgspec.UNSET
    )
    head: PartJson | TypeWord | msgspec.UnsetType | None = msgspec.UNSET
    outputs: Annotated[list[NodeId], Meta(min_length=1)] | msgspec.UnsetType | None = msgspec.UNSET


# What may hold further fields: those of the part that is named.
OPEN = (PartJson, CellJson, LinkJson)


def json_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of a document, for editors that complete and check JSON."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **msgspec.json.schema(DocumentJson)}
