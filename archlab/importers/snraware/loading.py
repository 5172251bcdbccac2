"""From a configuration of SNRAware, and maybe its weights, to a document and maybe a network."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, Literal

from archlab.document.entries import Input
from archlab.document.files import read_limited
from archlab.document.spec import Spec
from archlab.importers.imported import Imported, Report
from archlab.importers.snraware.config import read_config, refusal
from archlab.importers.snraware.mapping import to_document

Source = str | bytes | os.PathLike[str] | Mapping[str, Any]
Compat = Literal["snraware", "none"]


def import_snraware(source: Source, input: Input | str, *, compat: Compat | None = None) -> tuple[Spec, Report]:
    """The document of a configuration and what became of its settings; as `load_snraware` without weights."""
    return to_document(read_config(_content(source)), input, _original(compat, weights=False))


def load_snraware(
    source: Source,
    input: Input | str,
    *,
    weights: str | os.PathLike[str] | None = None,
    compat: Compat | None = None,
    strict: bool = True,
) -> Imported:
    """Read a configuration of SNRAware and, where given, the weights that were trained with it.

    Codes that archlab does not have stay in the document, so that `check` reports them.

    Args:
        source: path or text of the resolved YAML or JSON, or what it holds: a mapping with the key `backbone`, or
            the backbone's own mapping.
        input: the input, which such a file does not hold, as `CxDxHxW` such as `2x16x32x32`.
        weights: a state_dict as safetensors or by `torch.save`, also inside of a checkpoint, and of a whole denoising
            model, whose convolutions before and behind the backbone become stem and head.
        compat: "snraware" computes with the original's defects, which its weights were trained with; "none" without.
            Left open it is "snraware" where weights are given.
        strict: refuse weights that do not match tensor by tensor; otherwise what fits is taken over.

    Raises:
        ArchlabError: the text cannot be read or holds no backbone; the weights cannot be read, or do not match.
    """
    config = read_config(_content(source))
    spec, report = to_document(config, input, _original(compat, weights=weights is not None))
    if weights is None:
        return Imported(spec=spec, report=report)
    from archlab.checkpoints import read_state
    from archlab.compiler import build
    from archlab.importers.snraware.weights import model_around, take_over

    state = read_state(weights)
    spec = model_around(spec, state)
    net = build(spec).eval()
    taken = take_over(net, state, strict=strict)
    return Imported(spec=spec, report=report, net=net, weights=taken)


def _original(compat: Compat | None, *, weights: bool) -> str | None:
    if compat is None:
        return "snraware" if weights else None
    return None if compat == "none" else compat


def _content(source: Source) -> str | bytes | Mapping[str, Any]:
    """The text itself, or what the file of that name holds; no path has line breaks or brackets."""
    if isinstance(source, Mapping | bytes):
        return source
    if isinstance(source, str) and (not source.strip() or any(mark in source for mark in ("\n", "{", "[", ": "))):
        return source
    try:
        return read_limited(source)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = getattr(error, "strerror", None) or str(error)
        raise refusal("AL008", f"{os.fspath(source)} cannot be opened: {reason}.") from None
