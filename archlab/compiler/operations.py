"""What a module does, step by step in words: one run on the meta device, looking at its innermost modules."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from archlab.document.feature_map import FeatureMap
from archlab.text.sizes import times

CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d, nn.ConvTranspose2d, nn.ConvTranspose3d)
NORMS = (nn.modules.batchnorm._BatchNorm, nn.modules.instancenorm._InstanceNorm, nn.LayerNorm)


def operations(module: nn.Module, *maps: FeatureMap) -> tuple[str, ...]:
    """The steps of a module on maps of these sizes, in the order in which it takes them; none for an identity.

    Built under `torch.device("meta")` it costs no memory. What is no module of its own (a sum, a reshape) is told only
    by a module that has words for it: its method `in_words()`.
    """
    own = getattr(module, "in_words", None)
    if callable(own):
        return tuple(own())
    found: list[str] = []

    def seen(part: nn.Module, given: Any, out: Any) -> None:
        word = in_words(part, tuple(out.shape) if isinstance(out, Tensor) else ())
        if word:
            found.append(word)

    leaves = [part for part in module.modules() if not any(part.children())]
    handles = [leaf.register_forward_hook(seen) for leaf in leaves]
    try:
        with torch.no_grad():
            module.to("meta")(*(torch.empty(x.shape(1), device="meta") for x in maps))
    finally:
        for handle in handles:
            handle.remove()
    return tuple(found)


def in_words(part: nn.Module, shape: tuple[int, ...] = ()) -> str:
    """An innermost module in words: `depth-wise convolution 5x5, stride 4`; empty for what changes nothing.

    `shape` is that of what it leaves, with the batch axis, where that says more than its name.
    """
    if isinstance(part, nn.Identity):
        return ""
    if isinstance(part, CONVOLUTIONS):
        return _convolution(part)
    if isinstance(part, NORMS):
        return type(part).__name__
    if isinstance(part, nn.Linear):
        return f"linear layer {part.in_features} to {part.out_features}"
    mode = getattr(part, "mode", None)
    if isinstance(mode, str) and shape:
        return f"{mode} interpolation to {times(shape[2:])}"
    return type(part).__name__


def _convolution(part: Any) -> str:
    depthwise = part.groups > 1 and part.groups == part.in_channels
    kind = "transposed convolution" if part.transposed else "convolution"
    words = [f"{'depth-wise ' if depthwise else ''}{kind} {times(part.kernel_size)}"]
    if part.in_channels != part.out_channels:
        words.append(f"{part.in_channels} to {part.out_channels} channels")
    if max(part.stride) > 1:
        words.append(f"stride {part.stride[0]}")
    return ", ".join(words)
