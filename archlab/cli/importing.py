"""`archlab import ...`: other people's files in. One command per kind of file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from archlab.cli.files import STDIN, Json, parse_input
from archlab.cli.output import check_json, fail, print_diagnostics, print_json, tell
from archlab.spec.diagnostics import ArchlabError
from archlab.spec.document import Input
from archlab.spec.limits import MAX_BYTES

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
    """Read a configuration of SNRAware: its backbone, as the original really builds it.

    What the document cannot say, or does otherwise on purpose, is told as notes on standard error.
    """
    from archlab.documents import check, save
    from archlab.importers.snraware import import_snraware
    from archlab.spec.writing import dumps

    try:
        spec, notes = import_snraware(_content(config), input)
    except ArchlabError as error:
        if as_json:
            print_json(check_json(error.diagnostics))
            sys.exit(1)
        print_diagnostics(error.diagnostics)
        fail(f"{config} was not imported.")
    for note in notes:
        tell(f"note    {note}")
    found = check(spec)
    print_diagnostics(found, spec.to_dict())
    if output is not None:
        save(spec, output)
        tell(f"written  {output}")
    if as_json:
        path = None if output is None else str(output)
        told = check_json(found)["diagnostics"]  # imported is imported; whether it builds, `check` says
        print_json({"ok": True, "path": path, "spec": spec.to_dict(), "notes": list(notes), "diagnostics": told})
    elif output is None:
        sys.stdout.write(dumps(spec))


def _content(config: str) -> bytes:
    """One byte past the limit at most, which is enough to refuse it."""
    if config == STDIN:
        return sys.stdin.buffer.read(MAX_BYTES + 1)
    with Path(config).open("rb") as file:
        return file.read(MAX_BYTES + 1)
