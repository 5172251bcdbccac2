"""`archlab draw` and `archlab export`: a document as a picture or a file."""

from __future__ import annotations

import base64
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NoReturn

import typer

from archlab.cli.files import File, Json, open_document, sound_document
from archlab.cli.output import check_json, diagnostic_json, fail, print_diagnostics, print_json, tell
from archlab.document.diagnostics import ArchlabError, Diagnostic
from archlab.document.spec import Spec

if TYPE_CHECKING:
    from archlab.views import Drawing, Overlay

Picture = Literal["svg", "png", "dot"]
Column = Literal["params", "macs", "memory"]
_COLUMNS: dict[Column, Literal["params", "macs", "activation_bytes"]] = {
    "params": "params",
    "macs": "macs",
    "memory": "activation_bytes",
}


def draw(
    file: File,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="A .svg, .png, .dot or .gv file; standard output without."),
    ] = None,
    format: Annotated[Picture, typer.Option(help="Format on standard output.")] = "svg",
    theme: Annotated[
        Literal["light", "dark", "auto"], typer.Option(help="Colours; auto follows the reader's system.")
    ] = "light",
    overlay: Annotated[Column | None, typer.Option(help="Numbers to lay over blocks and links.")] = None,
    as_json: Json = False,
) -> None:
    """Draw a document's lattice; errors are marked at their blocks."""
    opened = open_document(file)
    if opened.spec is None:
        _nothing(opened.diagnostics, as_json, f"{file} cannot be read, so there is nothing to draw.")
    from archlab.views.drawing import draw as make

    try:
        drawing = make(opened.spec, format, theme=theme, overlay=_overlay(opened.spec, overlay))
    except ArchlabError as error:
        _nothing(error.diagnostics, as_json, f"{file} has no layout that can be wired, so there is nothing to draw.")
    told = [diagnostic_json(d) for d in opened.diagnostics]
    if not as_json:
        print_diagnostics(opened.diagnostics, opened.plain)
    if output is not None:
        drawing.save(output)
        tell(f"written  {output}")
        if as_json:
            print_json({"ok": opened.sound, "path": str(output), "diagnostics": told})
    elif as_json:
        content = base64.b64encode(drawing.png()).decode() if format == "png" else str(drawing)
        print_json({"ok": opened.sound, "format": format, "content": content, "diagnostics": told})
    else:
        _to_stdout(drawing, format)
    sys.exit(0 if opened.sound else 1)


def export(
    file: File,
    output: Annotated[
        list[Path],
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Where to; the suffix chooses: .json, .svg, .png, .dot, .safetensors. Repeatable.",
        ),
    ],
    seed: Annotated[int, typer.Option(min=0, help="Seed of the weights that .safetensors holds.")] = 0,
    as_json: Json = False,
) -> None:
    """Write a document as canonical JSON, picture, graphviz source or initial weights."""
    spec = sound_document(file, as_json)
    from archlab.views.exporting import SUFFIXES
    from archlab.views.exporting import export as write

    unknown = [str(path) for path in output if path.suffix.lower() not in SUFFIXES]
    if unknown:
        raise typer.BadParameter(f"{', '.join(unknown)}: known suffixes are {', '.join(SUFFIXES)}.", param_hint="-o")
    for path in output:
        write(spec, path, seed=seed)
        tell(f"written  {path}")
    if as_json:
        print_json({"ok": True, "paths": [str(path) for path in output]})


def _overlay(spec: Spec, column: Column | None) -> Overlay | None:
    if column is None:
        return None
    from archlab.estimator import estimate
    from archlab.views.overlay import of_estimate

    return of_estimate(estimate(spec), _COLUMNS[column])


def _to_stdout(drawing: Drawing, format: Picture) -> None:
    if format != "png":
        sys.stdout.write(str(drawing) + "\n")
    elif sys.stdout.isatty():
        fail("A terminal cannot show a PNG file's bytes: say where to write it with -o.", status=2)
    else:
        sys.stdout.buffer.write(drawing.png())


def _nothing(diagnostics: tuple[Diagnostic, ...], as_json: bool, message: str) -> NoReturn:
    if as_json:
        result: dict[str, Any] = check_json(diagnostics)
        print_json(result)
        sys.exit(1)
    print_diagnostics(diagnostics)
    fail(message)
