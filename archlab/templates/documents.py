"""Documents in and out: load, save, parse, check."""

from __future__ import annotations

import os

from archlab.document import files
from archlab.document.diagnostics import ArchlabError, Diagnostic
from archlab.document.reading import Reading, read_text
from archlab.document.spec import Spec
from archlab.document.writing import dumps
from archlab.graph import expand
from archlab.parts import catalog
from archlab.parts.registry import Registry


def read(path: str | os.PathLike[str]) -> Reading:
    """Read a file: the document, or None, and every diagnostic. A file that is not there raises OSError."""
    return read_text(files.read_limited(path))


def load(path: str | os.PathLike[str]) -> Spec:
    """Load a document from a file.

    Raises ArchlabError with all diagnostics when it is no sound document: not JSON, unknown fields, wrong types.
    A document that is well formed but does not build (heads that do not divide, say) is loaded; `check` tells.
    """
    return _accept(read(path), f"{path} is not a document that archlab can read.")


def parse(text: str | bytes) -> Spec:
    """As `load`, from text."""
    return _accept(read_text(text), "This is not a document that archlab can read.")


def _accept(reading: Reading, message: str) -> Spec:
    if reading.spec is None:
        raise ArchlabError(message, reading.diagnostics)
    frame = [d for d in check(reading.spec) if d.code in FRAME]
    if frame:
        raise ArchlabError(message, frame)
    return reading.spec


FRAME = ("AL011", "AL012", "AL013")  # unknown, missing and out-of-range fields


def save(spec: Spec, path: str | os.PathLike[str]) -> None:
    """Write a document in canonical order. The file is replaced in one step: a crash leaves the old one whole."""
    files.replace(dumps(spec).encode(), path)


def check(spec: Spec, registry: Registry | None = None) -> list[Diagnostic]:
    """Everything that is wrong, doubtful or worth knowing about a document; empty when it is sound.

    Never raises on what a document says; TypeError for what is no document, such as the path of one.
    """
    return list(expand(spec, registry or catalog.default()).diagnostics)
