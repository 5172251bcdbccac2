"""The document's JSON form as types: source of the JSON Schema and of the editor's TypeScript types.

`reading` judges documents, with better sentences than a schema validator has; a test holds the two together.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from archlab.document.limits import MAX_AXIS, MAX_CELLS, MAX_NAME

Axis = Annotated[int, Meta(ge=1, le=MAX_AXIS)]
CellString = Annotated[str, Meta(description="Two-character codes, such as T1L1G1")]


TypeWord = Annotated[str, Meta(description="The type alone, all fields as they are by default")]


class PartJson(msgspec.Struct, kw_only=True):
    """A layout, stem or head: its type, and the fields of that type."""

    type: str


class CellJson(msgspec.Struct, kw_only=True):
    """A cell with options of its own."""

    code: str


class LinkJson(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A link overridden or added: another kind, `off`, and fields of the kind."""

    kind: str | msgspec.UnsetType = msgspec.UNSET
    off: bool | msgspec.UnsetType = msgspec.UNSET


CellsJson = CellString | Annotated[list[str | CellJson], Meta(min_length=1, max_length=MAX_CELLS)]


class BlockJson(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What the document overrides in one block."""

    cells: CellsJson | msgspec.UnsetType = msgspec.UNSET
    options: dict[str, Any] | msgspec.UnsetType = msgspec.UNSET
    dense: bool | msgspec.UnsetType = msgspec.UNSET
    channels: Axis | msgspec.UnsetType = msgspec.UNSET
    checkpoint: bool | msgspec.UnsetType = msgspec.UNSET


class InputJson(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What enters the network."""

    channels: Axis
    size: Annotated[list[Axis], Meta(min_length=2, max_length=3, description="[H, W] or [D, H, W]")]


class DocumentJson(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A document of archlab (`*.arch.json`)."""

    format: Literal["archlab/1"]
    input: InputJson | Annotated[str, Meta(description="CxHxW or CxDxHxW")]
    layout: PartJson | TypeWord
    name: Annotated[str, Meta(max_length=MAX_NAME)] | msgspec.UnsetType = msgspec.UNSET
    compat: Literal["snraware"] | msgspec.UnsetType | None = msgspec.UNSET
    cells: CellString | Annotated[list[CellString], Meta(min_length=1)] | msgspec.UnsetType = msgspec.UNSET
    options: dict[str, Any] | msgspec.UnsetType = msgspec.UNSET
    code_options: dict[str, dict[str, Any]] | msgspec.UnsetType = msgspec.UNSET
    blocks: dict[str, CellString | list[str | CellJson] | BlockJson] | msgspec.UnsetType = msgspec.UNSET
    link_options: dict[str, dict[str, Any]] | msgspec.UnsetType = msgspec.UNSET
    links: dict[str, LinkJson] | msgspec.UnsetType = msgspec.UNSET
    stem: PartJson | TypeWord | msgspec.UnsetType = msgspec.UNSET
    head: PartJson | TypeWord | msgspec.UnsetType | None = msgspec.UNSET


# What may hold further fields: those of the part that is named.
OPEN = (PartJson, CellJson, LinkJson)


def json_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of a document, for editors that complete and check JSON."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **msgspec.json.schema(DocumentJson)}
