"""What the editor and others get from the Python types: `python -m archlab.bridge.codegen [--check]`.

Writes `widgets/src/generated/types.ts` and `constants.ts`, and `docs/archlab-1.schema.json`; with `--check` it only
compares, and fails when a file is not what the Python types say.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from msgspec import inspect as mi

from archlab.bridge import graph_view, messages
from archlab.bridge.constants import constants
from archlab.bridge.session import CheckReply
from archlab.bridge.typescript import Interfaces, constant
from archlab.document import schema
from archlab.document.diagnostics import Diagnostic
from archlab.estimator import result as estimates
from archlab.parts import entries
from archlab.profiler import events as profiling
from archlab.trainer import events as training

ROOT = Path(__file__).resolve().parents[2]
GENERATED = ROOT / "widgets" / "src" / "generated"
SCHEMA = ROOT / "docs" / "archlab-1.schema.json"
HEADER = "/* Made from Python by `python -m archlab.bridge.codegen`; edit that side, not this file. */\n"
BASICS = """export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** An array that comes beside the message: index into the buffers of that message. */
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
    "Catalog": entries.Catalog,
    "Diagnostic": Diagnostic,
    "Graph": graph_view.GraphView,
    "Estimate": estimates.Estimate,
    "CheckReply": CheckReply,
    "AnyRequest": messages.AnyRequest,
    "AnyMessage": messages.Reply | messages.Frame | messages.Done | messages.Failure | messages.CatalogChanged,
    "Template": messages.Template,
    "ReadReply": messages.ReadReply,
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


def types() -> str:
    """The module of types: an interface per struct, then the unions."""
    interfaces = Interfaces(NAMES, is_request=_written_by_the_editor, is_open=lambda cls: cls in schema.OPEN)
    unions = []
    for name, root in ROOTS.items():
        expression = interfaces.expression(mi.type_info(root))
        if expression != name:
            unions.append(f"export type {name} = {expression};\n")
    return "\n".join([HEADER, BASICS, *interfaces.texts, *unions])


def values() -> str:
    """The module of constants."""
    imported = 'import type { Json, Schema } from "./types.js";\n'
    return "\n".join([HEADER, imported, *(constant(c.name, c.value, c.comment, c.type) for c in constants())])


def files() -> dict[Path, str]:
    """Everything that is generated, by where it lies."""
    return {
        GENERATED / "types.ts": types(),
        GENERATED / "constants.ts": values(),
        SCHEMA: json.dumps(schema.json_schema(), indent=2) + "\n",
    }


def _written_by_the_editor(cls: type) -> bool:
    return issubclass(cls, messages.Request) or cls.__module__ == schema.__name__


def main(arguments: list[str]) -> int:
    """Write the files, or compare them; the exit code."""
    made = files()
    stale = [path for path, text in made.items() if not path.is_file() or path.read_text(encoding="utf-8") != text]
    if "--check" in arguments:
        for path in stale:
            sys.stderr.write(f"{path.relative_to(ROOT)} is not what the Python types say; run make fix.\n")
        return 1 if stale else 0
    for path in stale:
        path.write_text(made[path], encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
