"""Documents and nets written to files for other programs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from archlab.document.diagnostics import ArchlabError
from archlab.document.spec import Spec
from archlab.templates.documents import save
from archlab.views import drawing

if TYPE_CHECKING:
    from archlab.compiler import Backbone

ExportFormat = Literal["json", "svg", "png", "dot", "weights"]
SUFFIXES: dict[str, ExportFormat] = {
    ".json": "json",
    **drawing.SUFFIXES,
    ".safetensors": "weights",
}


def export(
    spec: Spec | Backbone, path: str | os.PathLike[str], *, format: ExportFormat | None = None, seed: int = 0
) -> Path:
    """Write a document or a built net to a file and return its path.

    The suffix chooses: `.json` the document, `.svg`, `.png`, `.dot` its picture, `.safetensors` weights with the
    document inside. Weights are those of the net; of a document, those that a net built with `seed` starts with.
    `format` chooses where the suffix does not. Raises ArchlabError for an unknown suffix and for a document that
    does not build.
    """
    target = Path(path)
    chosen = format or SUFFIXES.get(target.suffix.lower())
    if chosen is None or chosen not in SUFFIXES.values():
        raise ArchlabError(
            f'"{target.name}": nothing is exported to "{chosen or target.suffix}". '
            f"Suffixes: {', '.join(SUFFIXES)}; formats: {', '.join(dict.fromkeys(SUFFIXES.values()))}."
        )
    match chosen:
        case "json":
            save(drawing.document(spec), target)
        case "weights":
            _weights(spec, target, seed)
        case picture:
            drawing.draw(spec).save(target, picture)
    return target


def _weights(spec: Spec | Backbone, target: Path, seed: int) -> None:
    from archlab.checkpoints import save_weights

    if isinstance(spec, Spec):
        import torch

        from archlab.compiler import build

        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            save_weights(build(spec), target)
    else:
        save_weights(spec, target)
