"""SNRAware's trained weights into a network of archlab: found under their names there, and reported."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from archlab.checkpoints.matching import Offer, match, take, tensors
from archlab.checkpoints.report import WeightsReport, mismatch
from archlab.document.spec import Spec
from archlab.importers.snraware.names import MODEL, children, rename, unprefixed

if TYPE_CHECKING:
    from torch import Tensor

    from archlab.compiler import Backbone

MODEL_END = re.compile(rf"(^|\.)({'|'.join(MODEL)})\.conv\.weight$")


def model_around(spec: Spec, state: Mapping[str, Tensor]) -> Spec:
    """The document with stem and head where the weights are those of a whole denoising model.

    A 3x3 convolution before the backbone, one behind it, and what leaves the first added onto what leaves the backbone.
    """
    shapes = {name.split(".")[-3]: tensor.shape for name, tensor in state.items() if MODEL_END.search(name)}
    if shapes.keys() != set(MODEL):
        return spec
    stem = spec.with_stem("conv", channels=shapes["pre"][0])
    return stem.with_head("dense", classes=shapes["post"][0], kernel=3).with_link("stem>head", "zero_pad")


def take_over(net: Backbone, state: Mapping[str, Tensor], *, strict: bool = True) -> WeightsReport:
    """Give a net the original's tensors under their names here, and report.

    With `strict`, a state that does not match tensor by tensor is refused and the net stays as it is; without it,
    what fits is taken over. Dead are index and mask buffers, norms that a parallel cell does not use, and the second
    copy of a down-sampler. Raises ArchlabError.
    """
    known = children(net.graph)
    parallel = _parallel_cells(net)
    own = tensors(net)
    offers: dict[str, Offer] = {}
    unexpected: list[str] = []
    dead: list[str] = []
    for theirs, bare in unprefixed(state, known).items():
        tensor, ours = state[theirs], rename(bare, known)
        if ours in own and ours not in offers:
            offers[ours] = Offer((theirs,), _as_here(ours, tensor))
        else:
            (dead if ours not in own and _dead(bare, ours, tensor, parallel) else unexpected).append(theirs)
    found = match(net, offers, unexpected=unexpected, dead=dead)
    if strict and not found.report.complete:
        hint = "Import the configuration that they were trained with; in Python, strict=False takes over what fits."
        raise mismatch(f"The weights do not match the configuration: {found.report}.", hint)
    take(net, found.fitting)
    return found.report


def _parallel_cells(net: Backbone) -> set[str]:
    """Cells that have one norm where the original keeps a second without use."""
    return {
        f"{node.id}.cell_{index}"
        for node in net.graph.nodes
        for index, use in enumerate(node.cells)
        if getattr(use.cell, "arrangement", "") == "parallel"
    }


def _dead(bare: str, ours: str, tensor: Tensor, parallel: set[str]) -> bool:
    """Whether the original stores it without learning it."""
    buffer = ".attn." in bare and not (tensor.is_floating_point() or tensor.is_complex())
    unused = re.fullmatch(r"(.+)\.norm2\.\w+", ours)
    return buffer or bare.startswith("downsample.") or (unused is not None and unused[1] in parallel)


def _as_here(ours: str, tensor: Tensor) -> Tensor:
    """Layer norms over all frames are `(C, D, H, W)` in the original, `(D, C, H, W)` here."""
    return tensor.transpose(0, 1) if tensor.dim() == 4 and re.search(r"\bnorm[12]?\.\w+$", ours) else tensor
