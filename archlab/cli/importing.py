"""`archlab import`: reads other projects' files into documents, one command for each project."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from archlab.cli.files import Json, content, parse_input
from archlab.cli.output import check_json, fail, print_diagnostics, print_json, tell, to_json
from archlab.document.diagnostics import ArchlabError
from archlab.document.entries import Input

if TYPE_CHECKING:
    from archlab.importers.imported import Imported
    from archlab.importers.snraware import Compat

app = typer.Typer(
    name="import", help="Read other people's files into documents.", no_args_is_help=True, rich_markup_mode=None
)


@app.callback()
def group() -> None:
    """Read other people's files into documents."""


Output = Annotated[
    Path | None, typer.Option("--output", "-o", metavar="FILE", help="Where to; standard output without it.")
]
Weights = Annotated[
    Path | None, typer.Option("--weights", metavar="FILE", help="Its trained weights: .safetensors, .pth or .pt.")
]
WeightsOut = Annotated[
    Path | None, typer.Option("--weights-out", metavar="FILE", help="Where the weights go under their names here.")
]


@app.command("snraware")
def snraware(
    config: Annotated[str, typer.Argument(metavar="CONFIG", help="Resolved YAML or JSON, or - for standard input.")],
    input: Annotated[
        Input,
        typer.Option("--input", parser=parse_input, metavar="CxDxHxW", help="The input, which the file does not hold."),
    ],
    output: Output = None,
    compat: Annotated[
        bool | None,
        typer.Option("--compat/--no-compat", help="With the original's defects; as --weights are given if left out."),
    ] = None,
    weights: Weights = None,
    weights_out: WeightsOut = None,
    as_json: Json = False,
) -> None:
    """Read a configuration of SNRAware: its backbone, as the original really builds it.

    What became of every setting is told on standard error: mapped, ignored, or different on purpose. Weights are
    read without executing anything, and taken over only if they match tensor by tensor.
    """
    from archlab.importers.snraware import load_snraware

    _refuse_useless_names(Path(config), weights, weights_out, output)
    original: Compat | None = None if compat is None else "snraware" if compat else "none"
    with _told(config, as_json):
        imported = load_snraware(content(config), input, weights=weights, compat=original)
    _deliver(imported, output, weights_out, as_json)


@app.command("timm")
def timm(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A model such as hrnet_w18, with any tag behind a dot.")],
    weights: Weights = None,
    features: Annotated[bool, typer.Option("--features", help="The maps that timm returns for features.")] = False,
    output: Output = None,
    weights_out: WeightsOut = None,
    as_json: Json = False,
) -> None:
    """Make the document of a model that timm knows by this name; timm itself is not needed.

    Weights are read without executing anything, and taken over only if they match tensor by tensor. A head of other
    classes is left out, and told.
    """
    from archlab.importers.timm import load_timm

    _refuse_useless_names(None, weights, weights_out, output)
    with _told(name, as_json):
        imported = load_timm(name, weights, features_only=features)
    _deliver(imported, output, weights_out, as_json)


@contextmanager
def _told(source: str, as_json: bool) -> Iterator[None]:
    """Whatever keeps the source from being imported is told, and ends the command."""
    try:
        yield
    except ArchlabError as error:
        if as_json:
            print_json(check_json(error.diagnostics))
            sys.exit(1)
        print_diagnostics(error.diagnostics)
        fail(f"{source} was not imported.")


def _deliver(imported: Imported, output: Path | None, weights_out: Path | None, as_json: bool) -> None:
    """Tell what became of the source, and write the document and the weights."""
    from archlab.document.writing import dumps
    from archlab.templates.documents import check, save

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


def _refuse_useless_names(
    config: Path | None, weights: Path | None, weights_out: Path | None, output: Path | None
) -> None:
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
        from archlab.checkpoints import save_weights

        save_weights(imported.net, weights_out)
        tell(f"written  {weights_out}")


def _weights_json(imported: Imported, weights_out: Path | None) -> Any:
    if imported.weights is None:
        return None
    return {**to_json(imported.weights), "path": None if weights_out is None else str(weights_out)}
