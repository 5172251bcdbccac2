"""What commands print: JSON for machines, sentences for people. Without rich, whose import takes long."""

from __future__ import annotations

import json
import sys
import unicodedata
from collections.abc import Iterable
from typing import Any, NoReturn

import msgspec
import typer

from archlab.document.diagnostics import Diagnostic, errors

_COLOURS = {"error": typer.colors.RED, "warning": typer.colors.YELLOW, "info": typer.colors.BLUE}


def print_json(value: Any) -> None:
    """One JSON object on standard output, in ASCII so that no terminal's encoding can spoil it."""
    sys.stdout.write(json.dumps(value, indent=2) + "\n")


def diagnostic_json(diagnostic: Diagnostic) -> dict[str, Any]:
    """A diagnostic as `archlab check --json` prints it; `span` only where one is known."""
    words = ("code", "severity", "path", "node", "message", "hint")
    found: dict[str, Any] = {word: getattr(diagnostic, word) for word in words}
    if diagnostic.span is not None:
        found["span"] = list(diagnostic.span)
    return found


def check_json(diagnostics: Iterable[Diagnostic]) -> dict[str, Any]:
    """The answer of `archlab check --json`: `{"ok": bool, "diagnostics": [...]}`."""
    found = tuple(diagnostics)
    return {"ok": not errors(found), "diagnostics": [diagnostic_json(d) for d in found]}


def print_diagnostics(diagnostics: Iterable[Diagnostic], document: Any = None, *, err: bool = True) -> None:
    """Diagnostics for people: what and where, then what to do; with the place marked inside a string.

    `document` is the plain JSON that the paths lead into.
    """
    for diagnostic in diagnostics:
        label = typer.style(f"{diagnostic.severity:<7}", fg=_COLOURS[diagnostic.severity], bold=True)
        place = plain_text(" ".join(dict.fromkeys(p for p in (diagnostic.node, diagnostic.path) if p)))
        typer.echo(f"{label} {diagnostic.code}  {place}", err=err)
        typer.echo(f"        {plain_text(diagnostic.message)}", err=err)
        for line in _marked(diagnostic, document):
            typer.echo(f"          {line}", err=err)
        if diagnostic.hint:
            typer.echo(f"        {plain_text(diagnostic.hint)}", err=err)


def tell(message: str) -> None:
    """Print a line to standard error, so that standard output holds results only."""
    typer.echo(plain_text(message), err=True)


class CommandError(Exception):
    """Ends a command; `main` prints the message, as JSON where `--json` was given, and exits with `status`."""

    def __init__(self, message: str, status: int = 1) -> None:
        super().__init__(message)
        self.status = status


def fail(message: str, status: int = 1) -> NoReturn:
    """End the command with a sentence and that status."""
    raise CommandError(message, status)


def say_error(message: str) -> None:
    """Print an error to standard error."""
    label = typer.style("error", fg=typer.colors.RED, bold=True)
    typer.echo(f"{label}   " + "\n".join(plain_text(line) for line in message.splitlines()), err=True)


def plain_text(text: str) -> str:
    """Text without control characters: a name in a document cannot steer the terminal."""
    return "".join(c if c.isprintable() or unicodedata.category(c) == "Zs" else f"\\x{ord(c):02x}" for c in text)


def _marked(diagnostic: Diagnostic, document: Any) -> list[str]:
    """The string at the diagnostic's path with carets under the span."""
    if diagnostic.span is None or document is None:
        return []
    value = _at(document, diagnostic.path)
    first, last = diagnostic.span
    if not isinstance(value, str) or not 0 <= first <= len(value) or len(value) > 200:
        return []
    before = plain_text(value[:first])
    return [plain_text(value), " " * len(before) + "^" * max(1, last - first)]


def _at(document: Any, path: str) -> Any:
    """The value at a path such as `$.blocks.B12[1].heads`; None when there is none."""
    value = document
    for step in path.removeprefix("$").replace("[", ".[").split("."):
        if not step:
            continue
        key: Any = int(step[1:-1]) if step.startswith("[") and step[1:-1].isdigit() else step
        try:
            value = value[key]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def to_json(value: Any) -> Any:
    """A struct as plain JSON values; tuples become lists. JSON has no bytes: take them out before."""
    return msgspec.to_builtins(value)
