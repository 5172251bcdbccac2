"""`archlab import`: reads other projects' files into documents, one command for each project."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from archlab.cli.files import Json, content, parse_input
from archlab.cli.output import check_json, fail, print_diagnostics, print_json, tell, to_json
from archlab.document.diagnostics import ArchlabError
from archlab.document.entries import Input

if TYPE_CHECKING:
    from archlab.importers.snraware import Compat, Imported

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
    compat: Annotated[
        bool | None,
        typer.Option("--compat/--no-compat", help="With the original's defects; as --weights are given if left out."),
    ] = None,
    weights: Annotated[
        Path | None, typer.Option("--weights", metavar="FILE", help="Its trained weights: .safetensors, .pth or .pt.")
    ] = None,
    weights_out: Annotated[
        Path | None,
        typer.Option("--weights-out", metavar="FILE", help="Where the weights go under their names here."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Read a configuration of SNRAware: its backbone, as the original really builds it.

    What became of every setting is told on standard error: mapped, ignored, or different on purpose. Weights are
    read without executing anything, and taken over only if they match tensor by tensor.
    """
    from archlab.document.writing import dumps
    from archlab.importers.snraware import load_snraware
    from archlab.templates.documents import check, save

    _refuse_useless_names(Path(config), weights, weights_out, output)
    original: Compat | None = None if compat is None else "snraware" if compat else "none"
    try:
        imported = load_snraware(content(config), input, weights=weights, compat=original)
    except ArchlabError as error:
        if as_json:
            print_json(check_json(error.diagnostics))
            sys.exit(1)
        print_diagnostics(error.diagnostics)
        fail(f"{config} was not imported.")
    spec = imported.spec
    for line in str(imported.report).splitlines():
        tell(line)
    found = check(spec)
    print_diagnostics(found, spec.to_dict())
    _tell_weights(imported, weights_out)
    if output is not None:
        save(spec, output)
        tell(f"written  {output}")
    if as_json:
        told = check_json(found)["diagnostics"]  # imported is imported; whether it builds, `check` says
        print_json(
            {
                "ok": True,
                "path": None if output is None else str(output),
                "spec": spec.to_dict(),
                "notes": list(imported.report.notes),
                "report": to_json(imported.report),
                "weights": _weights_json(imported, weights_out),
                "diagnostics": told,
            }
        )
    elif output is None:
        sys.stdout.write(dumps(spec))


def _refuse_useless_names(config: Path, weights: Path | None, weights_out: Path | None, output: Path | None) -> None:
    """Refuse options that would be ignored, and two outputs of the same name."""
    if weights_out is not None and weights is None:
        fail("--weights-out needs the weights: --weights FILE.", status=2)
    if weights_out is not None and weights_out.suffix != ".safetensors":
        fail(f"{weights_out}: weights are written as .safetensors.", status=2)
    taken = {file.resolve() for file in (config, weights) if file is not None}
    for file in (file for file in (output, weights_out) if file is not None):
        if file.resolve() in taken:
            fail(f"{file} is named twice.", status=2)
        taken.add(file.resolve())


def _tell_weights(imported: Imported, weights_out: Path | None) -> None:
    if imported.net is None:
        return
    tell(f"weights  {imported.weights}")
    if weights_out is not None:
        from archlab.trainer.weights import save_weights

        save_weights(imported.net, weights_out)
        tell(f"written  {weights_out}")


def _weights_json(imported: Imported, weights_out: Path | None) -> Any:
    if imported.weights is None:
        return None
    return {**to_json(imported.weights), "path": None if weights_out is None else str(weights_out)}
