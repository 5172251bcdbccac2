"""Activations, chosen by name."""

from __future__ import annotations

from collections.abc import Callable

from torch import nn

ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "prelu": nn.PReLU,  # one slope for all channels
    "elu": nn.ELU,
    "relu": nn.ReLU,
    "leakyrelu": lambda: nn.LeakyReLU(0.1),
    "relu6": nn.ReLU6,
    "selu": nn.SELU,
    "celu": nn.CELU,
    "gelu": lambda: nn.GELU(approximate="tanh"),
    "gelu_exact": nn.GELU,
    "none": nn.Identity,
}


def make_activation(name: str) -> nn.Module:
    """The activation of that name.

    Raises:
        ValueError: no activation has that name.
    """
    if name not in ACTIVATIONS:
        raise ValueError(f"no activation is called {name!r}: expected one of {', '.join(ACTIVATIONS)}.")
    return ACTIVATIONS[name]()
