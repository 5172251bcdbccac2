"""What the catalog says of every part, as types: the editor's TypeScript is generated from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType


class Schema(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """The part of JSON Schema that a form is drawn from; what is unset is not written.

    msgspec makes the schema of a part from its annotated fields. Keywords that stand here reach editor, command line
    and docs; a further one that an annotation brings is left out.
    """

    type: str | UnsetType = UNSET
    description: str | UnsetType = UNSET
    default: Any = UNSET
    enum: list[Any] | UnsetType = UNSET
    minimum: int | float | UnsetType = UNSET
    maximum: int | float | UnsetType = UNSET
    exclusive_minimum: int | float | UnsetType = UNSET
    exclusive_maximum: int | float | UnsetType = UNSET
    min_length: int | UnsetType = UNSET
    max_length: int | UnsetType = UNSET
    min_items: int | UnsetType = UNSET
    max_items: int | UnsetType = UNSET
    items: Schema | bool | UnsetType = UNSET
    prefix_items: list[Schema] | UnsetType = UNSET
    any_of: list[Schema] | UnsetType = UNSET
    properties: dict[str, Schema] | UnsetType = UNSET
    required: list[str] | UnsetType = UNSET
    group: str | UnsetType = msgspec.field(default=UNSET, name="x-archlab-group")


def field_schemas(cls: type[msgspec.Struct]) -> dict[str, Any]:
    """The JSON Schema of each field of a struct, as msgspec makes it from the annotations."""
    (root,), parts = msgspec.json.schema_components([cls])
    schema = parts[root["$ref"].split("/")[-1]] if "$ref" in root else root
    fields: dict[str, Any] = schema.get("properties", {})
    return fields


def object_schema(properties: Mapping[str, Any], required: Sequence[str] = ()) -> Schema:
    """The schema of an object with those fields."""
    return msgspec.convert({"type": "object", "properties": properties, "required": list(required)}, Schema)


class CatalogPart(msgspec.Struct, frozen=True, kw_only=True):
    """A link kind, layout, stem, neck or head; `icon` is the path of a 16x16 SVG, `schema` that of its own fields."""

    type: str
    title: str
    doc: str
    icon: str
    source: str
    family: str
    schema: Schema


class CatalogLink(CatalogPart, frozen=True, kw_only=True):
    """A link kind; with `carries_cells` its field `cells` is a cell string."""

    carries_cells: bool


class CatalogLayout(CatalogPart, frozen=True, kw_only=True):
    """A layout; the two fields are those that "add level" and "add stage" change, None where there is no such one."""

    level_field: str | None
    stage_field: str | None


class CatalogMerge(CatalogPart, frozen=True, kw_only=True):
    """How several maps become one: the sign on the diagram (`mark`), and what the result is called (`noun`)."""

    noun: str
    mark: str


class CodePage(msgspec.Struct, frozen=True, kw_only=True):
    """What is said of a code on a page of its own; empty where nothing is."""

    formula: str
    shapes: str
    cost: str


class CatalogCell(msgspec.Struct, frozen=True, kw_only=True):
    """A code: the cell that it names, and the fields that it fixes (`preset`), which `schema` leaves out."""

    code: str
    title: str
    doc: str
    icon: str
    source: str
    class_: str = msgspec.field(name="class")
    family: str
    preset: dict[str, Any]
    page: CodePage
    schema: Schema


class Original(msgspec.Struct, frozen=True, kw_only=True):
    """An original whose slips a document may ask for: the word for `compat`, and what to call it."""

    name: str
    title: str


class Catalog(msgspec.Struct, frozen=True, kw_only=True):
    """Which parts exist: what palettes, forms, listings and docs are made from.

    Attributes:
        version: of archlab.
        format: of the documents that it reads and writes.
        options: every option of any cell, and those of blocks and of the plan.
        compat: originals whose slips a document may ask for.
        errors: a sentence for each plugin that could not be loaded.
    """

    version: str
    format: str
    cells: list[CatalogCell]
    links: list[CatalogLink]
    layouts: list[CatalogLayout]
    stems: list[CatalogPart]
    necks: list[CatalogPart]
    heads: list[CatalogPart]
    merges: list[CatalogMerge]
    options: Schema
    compat: list[Original]
    errors: list[str]

    def to_dict(self) -> dict[str, Any]:
        """The catalog as plain JSON."""
        plain: dict[str, Any] = msgspec.to_builtins(self)
        return plain
