"""The application: its commands in the order of a working day, and what becomes of errors."""

from __future__ import annotations

import sys
import traceback
from pathlib import Path
from typing import Annotated, Any

import typer

from archlab.cli import catalog, documents, importing, lab, measuring, pictures, training
from archlab.cli.output import fail, plain_text
from archlab.spec.diagnostics import ArchlabError

app = typer.Typer(
    name="archlab",
    help="Build PyTorch backbones from levels, stages and cell strings: check, estimate, measure, train.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("new")(documents.new)
app.command("check")(documents.check)
app.command("draw")(pictures.draw)
app.command("estimate")(measuring.estimate)
app.command("profile")(measuring.profile)
app.command("train")(training.train)
app.add_typer(importing.app, name="import")
app.command("export")(pictures.export)
app.command("catalog")(catalog.catalog)
app.command("lab")(lab.lab)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"archlab {version('archlab')}")
        raise typer.Exit


@app.callback()
def common(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    """Build PyTorch backbones from levels, stages and cell strings: check, estimate, measure, train.

    FILE is a document (*.arch.json), or - for standard input.
    """


def main(arguments: list[str] | None = None) -> Any:
    """Run the command line; ends the process with its status. No error of a user ends in a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            # A terminal that cannot show a sign gets its escape: no message is lost for one letter.
            stream.reconfigure(errors="backslashreplace")
    try:
        app(args=arguments, prog_name="archlab")
    except ArchlabError as error:
        fail(str(error))
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        fail(f"{plain_text(where)}{error.strerror or error}.")
    except ModuleNotFoundError as error:
        fail(f"The Python package {error.name} is needed for this and is not installed: pip install {error.name}")
    except Exception as error:
        frame = traceback.extract_tb(error.__traceback__)[-1]
        fail(
            "This is a defect of archlab or of one of its plugins; your files are not touched. "
            f"{type(error).__name__}: {error} ({Path(frame.filename).name}, line {frame.lineno})"
        )
