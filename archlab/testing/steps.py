"""What leaves every module on the way through a part: the shapes on its page, where it does not say them itself."""

from __future__ import annotations

from typing import Any

import torch

from archlab.testing.trials import AnyTrial, Shape, tensors


def steps(trial: AnyTrial, batch: int = 2) -> list[tuple[str, Shape]]:
    """Name and output shape of every inner module that returns a tensor, in order of computation.

    A module that is called more than once is told once for each other shape.
    """
    found: dict[tuple[str, Shape], None] = {}

    def note(name: str, out: Any) -> None:
        if isinstance(out, torch.Tensor):
            found[name, tuple(out.shape)] = None

    net = trial.build().eval()
    for name, module in net.named_modules():
        if name:
            module.register_forward_hook(lambda _, __, out, name=name: note(name, out))
    with torch.no_grad():
        net(*tensors(trial, batch))
    return list(found)
