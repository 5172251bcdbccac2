"""Trained weights as safetensors files that say which document they belong to."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import torch
from safetensors.torch import save

from archlab.checkpoints.matching import tensors
from archlab.document import files
from archlab.document.diagnostics import ArchlabError

if TYPE_CHECKING:
    from archlab.compiler import Backbone

FORMAT = "archlab-weights/1"


def save_weights(net: Backbone, path: str | os.PathLike[str]) -> None:
    """Write all parameters and buffers, with the document and archlab's version in the file's metadata.

    Written beside `path` first and moved there, so that an older file is never left half overwritten.

    Raises ArchlabError for a copy by `optimize`, whose tensors are not those of the document.
    """
    if getattr(net, "optimize_report", None):
        raise ArchlabError(
            "save_weights: the net is optimised, its tensors are folded. Save the net that it was made of."
        )
    from importlib.metadata import version

    from archlab.document.writing import dumps

    metadata = {"format": FORMAT, "archlab": version("archlab")}
    if net.spec is not None:
        metadata["spec"] = dumps(net.spec)
    # Copies: safetensors refuses tensors that share memory (tied weights).
    copies = {n: t.detach().cpu().clone(memory_format=torch.contiguous_format) for n, t in tensors(net).items()}
    files.replace(save(copies, metadata=metadata), path)
