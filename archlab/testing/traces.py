"""A module as compilers see it."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import torch

from archlab.testing.trials import AnyTrial, tensors


def faults(trial: AnyTrial) -> list[str]:
    """What `torch.compile` (backend aot_eager, whole graph) and `torch.export` make other than the module itself.

    The module is in evaluation and needs no gradients: what is drawn at random while training is not the same twice,
    and compiling the way back takes four times as long as all the rest.
    """
    torch.manual_seed(0)
    module = trial.build().eval()
    xs = tuple(x.detach() for x in tensors(trial))
    torch.compiler.reset()
    try:
        with torch.no_grad(), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch's own, while it traces
            expected = listed(module(*xs))

            def compiled() -> None:
                run = torch.compile(module, backend="aot_eager", fullgraph=True)
                torch.testing.assert_close(listed(run(*xs)), expected)

            def exported() -> None:
                torch.testing.assert_close(listed(torch.export.export(module, xs).module()(*xs)), expected)

            return _fault("torch.compile", compiled) + _fault("torch.export", exported)
    finally:
        torch.compiler.reset()


def listed(y: Any) -> list[torch.Tensor]:
    """What a module returns, as a list: a backbone returns several maps, everything else one."""
    return [y] if isinstance(y, torch.Tensor) else list(y)


def _fault(name: str, compare: Callable[[], None]) -> list[str]:
    try:
        compare()
    except AssertionError as error:
        return [f"{name} computes something else: {' '.join(str(error).split())}"]
    except Exception as error:
        return [f"{name} fails: {type(error).__name__}: {str(error).strip().splitlines()[0]}"]
    return []
