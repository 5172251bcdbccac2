"""The application: its commands, in the order in which they are used, and how errors are shown."""

from __future__ import annotations

import sys
import traceback
from pathlib import Path
from typing import Annotated, Any

import typer

from archlab.cli import catalog, documents, importing, lab, measuring, pictures, training
from archlab.cli.output import CommandError, check_json, plain_text, print_json, say_error
from archlab.document.diagnostics import ArchlabError, Diagnostic

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
    as_json = "--json" in (sys.argv[1:] if arguments is None else arguments)
    try:
        # Standalone, typer ends the process on wrong usage before any JSON is written.
        status = app(args=arguments, prog_name="archlab", standalone_mode=not as_json)
    except typer.Abort:
        sys.exit(1)
    except Exception as error:
        if as_json:
            found = getattr(error, "diagnostics", ()) or [Diagnostic(code="AL009", message=_sentence(error))]
            print_json(check_json(found))
        usage: Any = error if hasattr(error, "format_message") else None  # of typer, or of click below older ones
        if usage is not None:
            usage.show()
            sys.exit(usage.exit_code)
        say_error(_sentence(error))
        sys.exit(error.status if isinstance(error, CommandError) else 1)
    sys.exit(status if isinstance(status, int) else 0)


def _sentence(error: Exception) -> str:
    """An exception as a sentence for the user."""
    if hasattr(error, "format_message"):
        return str(error.format_message())
    if isinstance(error, ArchlabError | CommandError):
        return str(error)
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        return f"{plain_text(where)}{error.strerror or error}."
    if isinstance(error, ModuleNotFoundError):
        return f"The Python package {error.name} is needed for this and is not installed: pip install {error.name}"
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return (
        "This is a defect of archlab or of one of its plugins; your files are not touched. "
        f"{type(error).__name__}: {error} ({Path(frame.filename).name}, line {frame.lineno})"
    )
