"""A module as compilers see it."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import torch

from archlab.testing.trials import AnyTrial, tensors


def faults(trial: AnyTrial, *, backward: bool) -> list[str]:
    """What `torch.compile` (backend aot_eager, whole graph) and `torch.export` make other than the module itself.

    The module is in evaluation: what is drawn at random while training is not the same twice.
    """
    torch.manual_seed(0)
    module = trial.build().eval()
    xs = tensors(trial)
    plain = tuple(x.detach() for x in xs)
    with torch.no_grad():
        outputs = listed(module(*plain))

    def compiled() -> None:
        run = torch.compile(module, backend="aot_eager", fullgraph=True)
        if not backward:
            with torch.no_grad():
                torch.testing.assert_close(listed(run(*plain)), outputs)
            return
        made = listed(run(*xs))
        torch.testing.assert_close([y.detach() for y in made], outputs)
        expected = _gradients(listed(module(*xs)), module, xs)
        for one, other in zip(_gradients(made, module, xs), expected, strict=True):
            largest = max(1.0, float(other.abs().max()))  # sums over a map cancel to an error of that size
            torch.testing.assert_close(one, other, atol=1e-4 * largest, rtol=1e-4)

    def exported() -> None:
        with torch.no_grad():
            made = torch.export.export(module, plain).module()(*plain)
        torch.testing.assert_close(listed(made), outputs)

    torch.compiler.reset()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch's own, while it traces
            return _fault("torch.compile", compiled) + _fault("torch.export", exported)
    finally:
        torch.compiler.reset()


def listed(y: Any) -> list[torch.Tensor]:
    """What a module returns, as a list: a backbone returns several maps, everything else one."""
    return [y] if isinstance(y, torch.Tensor) else list(y)


def _gradients(outputs: list[torch.Tensor], module: torch.nn.Module, xs: list[torch.Tensor]) -> list[torch.Tensor]:
    """Gradients of inputs and parameters for the sum of the outputs' squares."""
    loss = torch.stack([y.square().sum() for y in outputs]).sum()
    found = torch.autograd.grad(loss, [*xs, *module.parameters()], allow_unused=True)
    return [torch.zeros(()) if g is None else g for g in found]


def _fault(name: str, compare: Callable[[], None]) -> list[str]:
    try:
        compare()
    except AssertionError as error:
        return [f"{name} computes something else: {' '.join(str(error).split())}"]
    except Exception as error:
        return [f"{name} fails: {type(error).__name__}: {str(error).strip().splitlines()[0]}"]
    return []
