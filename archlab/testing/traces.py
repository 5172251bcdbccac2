"""A module as compilers see it: each trial is traced once in a process, whoever asks."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from typing import Any

import torch

from archlab.testing.trials import AnyTrial, tensors


@functools.cache
def faults(trial: AnyTrial) -> tuple[str, ...]:
    """What `torch.compile` (backend aot_eager, whole graph) and `torch.export` make other than the module itself.

    The compiled module is compared forward and backward, in evaluation: what is drawn at random while training is
    not the same twice.
    """
    torch.manual_seed(0)
    module = trial.build().eval()
    xs = tensors(trial)
    found: list[str] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch's own, while it traces
        outputs, gradients = _results(module, module, xs)

        def compiled() -> None:
            run = torch.compile(module, backend="aot_eager", fullgraph=True)
            made, back = _results(run, module, xs)
            torch.testing.assert_close(made, outputs)
            for one, other in zip(back, gradients, strict=True):
                largest = max(1.0, float(other.abs().max()))  # sums over a map cancel to an error of that size
                torch.testing.assert_close(one, other, atol=1e-4 * largest, rtol=1e-4)

        def exported() -> None:
            plain = tuple(x.detach() for x in xs)
            with torch.no_grad():
                made = torch.export.export(module, plain).module()(*plain)
            torch.testing.assert_close(listed(made), [y.detach() for y in outputs])

        torch.compiler.reset()
        try:
            found += _fault("torch.compile", compiled) + _fault("torch.export", exported)
        finally:
            torch.compiler.reset()
    return tuple(found)


def listed(y: Any) -> list[torch.Tensor]:
    """What a module returns, as a list: a backbone returns several maps, everything else one."""
    return [y] if isinstance(y, torch.Tensor) else list(y)


def _results(
    run: Any, module: torch.nn.Module, xs: list[torch.Tensor]
) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
    """Outputs, and the gradients of inputs and parameters for the sum of the outputs' squares."""
    outputs = listed(run(*xs))
    loss = torch.stack([y.square().sum() for y in outputs]).sum()
    gradients = torch.autograd.grad(loss, [*xs, *module.parameters()], allow_unused=True)
    return outputs, [torch.zeros(()) if g is None else g for g in gradients]


def _fault(name: str, compare: Callable[[], None]) -> list[str]:
    try:
        compare()
    except AssertionError as error:
        return [f"{name} computes something else: {' '.join(str(error).split())}"]
    except Exception as error:
        return [f"{name} fails: {type(error).__name__}: {str(error).strip().splitlines()[0]}"]
    return []
