"""TypeScript types and the JSON Schema, made from the Python types: `python -m archlab.bridge.codegen [--check]`.

Writes `widgets/src/generated/types.ts` and `docs/archlab-1.schema.json`; with `--check` it only compares, and fails
when a file is not what the Python types say.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from msgspec import inspect as mi

from archlab.bridge import graph_view, messages
from archlab.bridge.session import CheckReply
from archlab.document import schema
from archlab.document.diagnostics import Diagnostic
from archlab.estimator import result as estimates
from archlab.profiler import events as profiling
from archlab.trainer import events as training

ROOT = Path(__file__).resolve().parents[2]
TYPESCRIPT = ROOT / "widgets" / "src" / "generated" / "types.ts"
SCHEMA = ROOT / "docs" / "archlab-1.schema.json"
HEADER = """/* Made from the Python types by `python -m archlab.bridge.codegen`; edit those, not this file. */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** An array that travels beside the message: index into the buffers of that message. */
export interface BufferRef {
  buffer: number;
}
"""
# Names that the editor uses where Python's differ.
NAMES = {
    "CellView": "GraphCell",
    "NodeView": "GraphNode",
    "LinkView": "GraphLink",
    "GraphView": "Graph",
    "GrowthView": "GrowthAxis",
    "Row": "CostRow",
    "Output": "NamedShape",
}
ROOTS: dict[str, Any] = {
    "Document": schema.DocumentJson,
    "Diagnostic": Diagnostic,
    "Graph": graph_view.GraphView,
    "Estimate": estimates.Estimate,
    "CheckReply": CheckReply,
    "AnyRequest": messages.AnyRequest,
    "AnyMessage": messages.Reply | messages.Frame | messages.Done | messages.Failure | messages.CatalogChanged,
    "Template": messages.Template,
    "ReadReply": messages.ReadReply,
    "WriteReply": messages.WriteReply,
    "ExportReply": messages.ExportReply,
    "PictureReply": messages.PictureReply,
    "Device": messages.Device,
    "TaskInfo": messages.TaskInfo,
    "JobInfo": messages.JobInfo,
    "JobStarted": messages.JobStarted,
    "TrainEvent": training.AnyEvent,
    "ProfileEvent": profiling.ProfileStarted
    | profiling.Progress
    | profiling.NodeMeasured
    | profiling.ProfileFinished
    | profiling.ProfileFailed,
}


def typescript() -> str:
    """The whole module: an interface per struct, then the unions."""
    writer = _Writer()
    unions = []
    for name, root in ROOTS.items():
        written = writer.type(mi.type_info(root))
        if written != name:
            unions.append(f"export type {name} = {written};\n")
    return "\n".join([HEADER, *writer.done.values(), *unions])


class _Writer:
    """Collects one interface per struct."""

    def __init__(self) -> None:
        self.done: dict[str, str] = {}

    def type(self, info: mi.Type) -> str:
        """The TypeScript expression of a type."""
        match info:
            case mi.Metadata():
                return self.type(info.type)
            case mi.IntType() | mi.FloatType():
                return "number"
            case mi.StrType():
                return "string"
            case mi.BoolType():
                return "boolean"
            case mi.NoneType():
                return "null"
            case mi.BytesType():
                return "BufferRef"
            case mi.AnyType():
                return "Json"
            case mi.LiteralType():
                return " | ".join(json.dumps(v) for v in info.values)
            case mi.ListType() | mi.VarTupleType():
                inner = self.type(info.item_type)
                return f"({inner})[]" if " | " in inner else f"{inner}[]"
            case mi.TupleType():
                return "[" + ", ".join(self.type(t) for t in info.item_types) + "]"
            case mi.DictType():
                return f"{{ [key: string]: {self.type(info.value_type)} }}"
            case mi.UnionType():
                return " | ".join(dict.fromkeys(self.type(t) for t in info.types))
            case mi.StructType():
                return self.struct(info)
        raise TypeError(f"No TypeScript for {info}.")

    def struct(self, info: mi.StructType) -> str:
        """The name of a struct's interface, written when it is met first."""
        name = NAMES.get(info.cls.__name__, info.cls.__name__).removesuffix("Json") or info.cls.__name__
        if name in self.done:
            return name
        self.done[name] = ""  # its place: a struct comes before those that it mentions
        lines = []
        if info.tag_field:
            lines.append(f"  {info.tag_field}: {json.dumps(info.tag)};")
        for field in info.fields:
            # What Python fills in may be left out of a request, never of an answer.
            optional = "?" if not field.required and _asked(info.cls) else ""
            lines.append(f"  {field.encode_name}{optional}: {self.type(field.type)};")
        if info.cls in schema.OPEN:
            lines.append("  [field: string]: Json | undefined;")
        first = (info.cls.__doc__ or "").strip().split("\n")[0]
        self.done[name] = f"/** {first} */\nexport interface {name} {{\n" + "\n".join(lines) + "\n}\n"
        return name


def _asked(cls: type) -> bool:
    return issubclass(cls, messages.Request) or cls.__module__ == schema.__name__


def main(arguments: list[str]) -> int:
    """Write the files, or compare them; the exit code."""
    files = {TYPESCRIPT: typescript(), SCHEMA: json.dumps(schema.json_schema(), indent=2) + "\n"}
    stale = [path for path, text in files.items() if not path.is_file() or path.read_text(encoding="utf-8") != text]
    if "--check" in arguments:
        for path in stale:
            sys.stderr.write(f"{path.relative_to(ROOT)} is not what the Python types say; run make fix.\n")
        return 1 if stale else 0
    for path in stale:
        path.write_text(files[path], encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
