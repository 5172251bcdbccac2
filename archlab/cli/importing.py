"""`archlab import ...`: other people's files in. One command per kind of file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from archlab.cli.files import STDIN, Json, parse_input
from archlab.cli.output import fail, print_json, tell
from archlab.spec.document import Input

app = typer.Typer(
    name="import", help="Read other people's files into documents.", no_args_is_help=True, rich_markup_mode=None
)


@app.callback()
def group() -> None:
    """Read other people's files into documents."""


@app.command("snraware")
def snraware(
    config: Annotated[str, typer.Argument(metavar="CONFIG", help="Resolved YAML or JSON, or - for standard input.")],
    input: Annotated[
        Input,
        typer.Option("--input", parser=parse_input, metavar="CxDxHxW", help="The input, which the file does not hold."),
    ],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Where to; standard output without it.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Read a configuration of SNRAware: its backbone, as the original really builds it."""
    from archlab.documents import save
    from archlab.importers.snraware import import_snraware
    from archlab.spec.writing import dumps

    text = sys.stdin.buffer.read() if config == STDIN else Path(config).read_bytes()
    try:
        spec, notes = import_snraware(text, input)
    except ValueError as error:
        if as_json:
            print_json({"ok": False, "message": str(error)})
            sys.exit(1)
        fail(str(error))
    for note in notes:
        tell(note)
    if output is not None:
        save(spec, output)
        tell(f"written  {output}")
    if as_json:
        path = None if output is None else str(output)
        print_json({"ok": True, "path": path, "spec": spec.to_dict(), "notes": list(notes)})
    elif output is None:
        sys.stdout.write(dumps(spec))
