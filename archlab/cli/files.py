"""Reads documents for the commands: from a file, or from standard input as `-`."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import msgspec
import typer

from archlab.cli.output import check_json, fail, print_diagnostics, print_json, tell
from archlab.document.diagnostics import Diagnostic, errors
from archlab.document.entries import Input, as_input
from archlab.document.files import read_limited
from archlab.document.reading import Reading, read_text
from archlab.document.spec import Spec
from archlab.graph import expand
from archlab.parts import catalog

File = Annotated[str, typer.Argument(metavar="FILE", help="A document (*.arch.json), or - for standard input.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object for machines.")]
STDIN = "-"


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """What was read from a file: the document, if it is one, and its diagnostics."""

    spec: Spec | None
    diagnostics: tuple[Diagnostic, ...]

    @property
    def sound(self) -> bool:
        """Whether there is a document without errors, one that builds."""
        return self.spec is not None and not errors(self.diagnostics)

    @property
    def plain(self) -> Any:
        """The document as plain JSON, None without one."""
        return None if self.spec is None else self.spec.to_dict()


def open_document(file: str) -> Opened:
    """Read and check a document. Never raises: what cannot be read is a diagnostic."""
    for sentence in catalog.default().errors:
        tell(sentence)
    reading = read(file)
    if reading.spec is None:
        further = () if reading.draft is None else expand(reading.draft, catalog.default()).diagnostics
        return Opened(spec=None, diagnostics=(*reading.diagnostics, *further))
    return judged(reading.spec)


def judged(spec: Spec) -> Opened:
    """A document with all its diagnostics."""
    return Opened(spec=spec, diagnostics=expand(spec, catalog.default()).diagnostics)


def read(file: str) -> Reading:
    """Read a document. Never raises: a file that cannot be opened is a diagnostic."""
    try:
        return read_text(content(file))
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = getattr(error, "strerror", None) or str(error)
        message = f"{file} cannot be opened: {reason}."
        hint = "Give the path of a document, or - for standard input."
        return Reading(None, (Diagnostic(code="AL008", message=message, hint=hint),))


def content(file: str) -> bytes:
    """The bytes of a file or of standard input, as `read_limited` gives them."""
    return read_limited(sys.stdin.buffer if file == STDIN else file)


def sound_document(file: str, as_json: bool, input: Input | None = None) -> Spec:
    """A document that builds, for another input if one is given; otherwise its diagnostics are printed: status 1."""
    opened = open_document(file)
    if opened.spec is not None and input is not None:
        opened = judged(opened.spec.with_input(input))
    if as_json and not opened.sound:
        print_json(check_json(opened.diagnostics))
        sys.exit(1)
    print_diagnostics(opened.diagnostics, opened.plain)
    if opened.spec is None or not opened.sound:
        fail(f"{'Standard input' if file == STDIN else file} does not build; nothing was done.")
    return opened.spec


def parse_input(text: str) -> Input:
    """`3x224x224` or `2x16x64x64` as an input; wrong usage otherwise."""
    try:
        return as_input(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


InputOption = Annotated[
    Input | None,
    typer.Option(
        "--input", parser=parse_input, metavar="CxHxW", help="Another input than the document's; CxDxHxW for 5-D."
    ),
]
