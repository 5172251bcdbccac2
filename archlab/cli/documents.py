"""`archlab new` writes a document, `archlab check` says what is wrong with one."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from archlab.cli.files import File, InputOption, Json, open_document
from archlab.cli.output import check_json, diagnostic_json, fail, print_diagnostics, print_json, tell
from archlab.document.diagnostics import did_you_mean, errors
from archlab.document.spec import Spec
from archlab.document.writing import dumps
from archlab.graph import expand
from archlab.parts import catalog


def check(file: File, as_json: Json = False) -> None:
    """Say everything that is wrong or doubtful about a document."""
    opened = open_document(file)
    if as_json:
        print_json(check_json(opened.diagnostics))
    else:
        print_diagnostics(opened.diagnostics, opened.plain, err=False)
        wrong = len(errors(opened.diagnostics))
        rest = len(opened.diagnostics) - wrong
        if opened.sound:
            label = typer.style("sound", fg=typer.colors.GREEN, bold=True)
            typer.echo(f"{label}   {file}" + (f", {rest} to look at" if rest else ""))
        else:
            typer.echo(f"{file}: {wrong} {'error' if wrong == 1 else 'errors'}" + (f", {rest} more" if rest else ""))
    sys.exit(0 if opened.sound else 1)


def new(
    what: Annotated[
        str, typer.Argument(metavar="LAYOUT", help="A layout or a template; `archlab catalog` lists them.")
    ],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Where to write; standard output without it.")
    ] = None,
    levels: Annotated[int | None, typer.Option(min=1, help="Resolution levels.")] = None,
    stages: Annotated[int | None, typer.Option(min=1, help="Stages.")] = None,
    channels: Annotated[
        str | None, typer.Option(metavar="N[,N...]", help="Base width, doubled per level; or one width per level.")
    ] = None,
    cells: Annotated[
        str | None,
        typer.Option(
            metavar="STRING[,STRING...]",
            help="Cell string, such as T1L1G1; or one per level (hrnetv2, hrvit: per column; chains: per stage).",
        ),
    ] = None,
    input: InputOption = None,
    name: Annotated[str | None, typer.Option(help="Name of the document; that of the file without it.")] = None,
    field: Annotated[
        list[str] | None, typer.Option("--set", metavar="FIELD=VALUE", help="Any field of the layout; repeatable.")
    ] = None,
    option: Annotated[
        list[str] | None, typer.Option("--option", metavar="NAME=VALUE", help="An option for every cell; repeatable.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite an existing file.")] = False,
    as_json: Json = False,
) -> None:
    """Write a new document from a layout or a template."""
    given = {"levels": levels, "stages": stages, "channels": _numbers(channels)}
    fields = {k: v for k, v in given.items() if v is not None} | _assignments(field)
    spec = _start(what, fields)
    if cells is not None:
        parts = cells.split(",")
        spec = spec.with_cells(parts if len(parts) > 1 else parts[0])
    if input is not None:
        spec = spec.with_input(input)
    spec = spec.with_option(**_assignments(option))
    if name or output:
        spec = spec.with_name(name or _stem(output))
    found = expand(spec, catalog.default()).diagnostics
    unsound = bool(errors(found))
    if not as_json:
        print_diagnostics(found, spec.to_dict())
    if output is not None and not unsound:
        _write(spec, output, force)
    if as_json:
        where = str(output) if output is not None and not unsound else None
        told = [diagnostic_json(d) for d in found]
        print_json({"ok": not unsound, "path": where, "spec": spec.to_dict(), "diagnostics": told})
    elif output is None and not unsound:
        sys.stdout.write(dumps(spec))
    elif unsound:
        fail("This document would not build, so nothing was written.")
    else:
        tell(f"written  {output}")
    sys.exit(1 if unsound else 0)


def _start(what: str, fields: dict[str, Any]) -> Spec:
    """The document to begin with, from a layout's or a template's name."""
    from archlab.templates import templates
    from archlab.templates.constructors import new as from_layout

    registry, known = catalog.default(), {t.name: t.spec for t in templates()}
    if what in registry.layouts:
        return from_layout(what, fields)
    if what in known:
        return known[what].with_layout(**fields)
    hint = did_you_mean(what, [*sorted(registry.layouts), *known])
    raise typer.BadParameter(f'There is no layout or template "{what}". {hint}', param_hint="LAYOUT")


def _write(spec: Spec, output: Path, force: bool) -> None:
    from archlab.templates.documents import save

    if output.exists() and not force:
        fail(f"{output} exists and was left alone. Choose another name, or say --force to overwrite it.")
    save(spec, output)


def _stem(output: Path | None) -> str:
    return "untitled" if output is None else output.name.removesuffix(".json").removesuffix(".arch") or "untitled"


def _numbers(text: str | None) -> int | list[int] | None:
    if text is None:
        return None
    try:
        numbers = [int(part) for part in text.split(",")]
    except ValueError:
        message = f'"{text}" is neither a number nor numbers parted by commas.'
        raise typer.BadParameter(message, param_hint="--channels") from None
    return numbers if len(numbers) > 1 else numbers[0]


def _assignments(given: list[str] | None) -> dict[str, Any]:
    """`heads=4` and `window=[1,8,8]` as values, `norm=layer` as a word."""
    found: dict[str, Any] = {}
    for entry in given or ():
        key, equals, text = entry.partition("=")
        if not equals or not key:
            raise typer.BadParameter(f'"{entry}" is not of the form NAME=VALUE.')
        try:
            found[key] = json.loads(text)
        except ValueError:
            found[key] = text
    return found
