"""What both sides must agree on, beside types: the values that the editor's `generated/constants.ts` is made of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec
from msgspec import inspect as mi

from archlab.bridge import messages
from archlab.bridge.session import EXPORTS
from archlab.document import limits, writing
from archlab.document.schema import BlockJson, DocumentJson, InputJson
from archlab.document.spec import FORMAT, LEFT_OUT
from archlab.parts.entries import field_schemas, object_schema


class Constant(NamedTuple):
    """A value for the editor: its name, what it is, and its TypeScript type where that is not the value itself."""

    name: str
    value: Any
    comment: str
    type: str = ""


def constants() -> list[Constant]:
    """Everything that the editor is told."""
    block = {name: schema for name, schema in field_schemas(BlockJson).items() if name not in ("cells", "options")}
    document = {name: schema for name, schema in field_schemas(DocumentJson).items() if name in ("name", "compat")}
    return [
        Constant("FORMAT", FORMAT, "The format of documents that this version reads and writes."),
        Constant("MAX_BYTES", limits.MAX_BYTES, "Bytes of a document's text; a longer one is no document."),
        Constant("MAX_NESTING", limits.MAX_NESTING, "Objects and lists inside one another in a document's text."),
        Constant("MAX_LEVELS", limits.MAX_LEVELS, "Levels that a layout may have."),
        Constant("MAX_STAGES", limits.MAX_STAGES, "Stages that a layout may have."),
        Constant("TEXT_WIDTH", writing.WIDTH, "Characters up to which an object or list stands on one line of a file."),
        Constant(
            "FIELD_ORDER",
            dict(field_order()),
            "Fields of each object of a document as written, by its path (`*`: any name); others follow by name.",
            "{ readonly [path: string]: readonly string[] }",
        ),
        Constant(
            "LEFT_OUT",
            LEFT_OUT,
            "What is not written, by its path in a document (`*`: any name).",
            "{ readonly [path: string]: Json }",
        ),
        Constant("DOCUMENT_SCHEMA", _form(document), "Fields of the document itself that a form asks for.", "Schema"),
        Constant("INPUT_SCHEMA", _form(field_schemas(InputJson), required=True), "Fields of the input.", "Schema"),
        Constant("BLOCK_SCHEMA", _form(block), "Fields of a block, beside its cells and their options.", "Schema"),
        Constant(
            "SERVER_OPERATIONS",
            messages.SERVER_OPERATIONS,
            "What the Jupyter server answers without a kernel; all other operations need one.",
        ),
        Constant(
            "EXPORT_FORMATS",
            [{"format": word, "label": export.label} for word, export in EXPORTS.items()],
            "What a document can be exported as.",
        ),
        Constant("COMM_TARGET", messages.COMM_TARGET, "Name of the kernel comm of an editor."),
        Constant("CONTROL_TARGET", messages.CONTROL_TARGET, "Name of the comm that steers jobs while a cell runs."),
        Constant("MAX_KEPT_ANSWER", messages.MAX_KEPT_ANSWER, "Bytes of an answer that a notebook keeps."),
        Constant(
            "TRAIN_DEFAULTS", _defaults(messages.TrainRequest), "What counts where a request to train says nothing."
        ),
        Constant(
            "PROFILE_DEFAULTS",
            _defaults(messages.ProfileRequest),
            "What counts where one to profile says nothing.",
        ),
    ]


def _form(fields: dict[str, Any], required: bool = False) -> Any:
    """The schema from which the editor draws a form, as plain JSON."""
    return msgspec.to_builtins(object_schema(fields, list(fields) if required else ()))


def field_order() -> Iterator[tuple[str, list[str]]]:
    """Path of every kind of object in a document and its fields in canonical order, as `document.schema` lists them."""
    yield from _field_order(mi.type_info(DocumentJson), "$")


def _field_order(info: mi.Type, path: str) -> Iterator[tuple[str, list[str]]]:
    match info:
        case mi.Metadata():
            yield from _field_order(info.type, path)
        case mi.UnionType():
            for option in info.types:
                yield from _field_order(option, path)
        case mi.ListType():
            yield from _field_order(info.item_type, f"{path}.*")
        case mi.DictType():
            yield from _field_order(info.value_type, f"{path}.*")
        case mi.StructType():
            yield path, [field.encode_name for field in info.fields]
            for field in info.fields:
                yield from _field_order(field.type, f"{path}.{field.encode_name}")


def _defaults(request: type[messages.Request]) -> dict[str, Any]:
    """The fields of a request that have a default, but for those that say whose request it is."""
    about = {"id", "rev", "document"}
    return {f.name: f.default for f in msgspec.structs.fields(request) if not f.required and f.name not in about}
