"""Puts a network on the device to be measured, and leaves the caller's network as it was."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor

from archlab.compiler import Backbone, build
from archlab.document.entries import Input, as_input
from archlab.document.spec import Spec
from archlab.parts.registry import Registry
from archlab.text.sentences import first_line


class Target:
    """What is measured: a network in eval mode on its device, and one input for it."""

    def __init__(self, net: Backbone, x: Tensor) -> None:
        self.net = net
        self.x = x

    @property
    def device(self) -> torch.device:
        """Where network and input are."""
        return self.x.device

    @property
    def name(self) -> str:
        """Name of the document."""
        return self.net.spec.name if self.net.spec is not None else "backbone"

    def forward(self) -> None:
        """Run the network once; the result is freed at once."""
        self.net(self.x)

    def static_bytes(self) -> int:
        """Bytes of parameters, buffers and the input."""
        held = [*self.net.parameters(), *self.net.buffers(), self.x]
        return sum(t.numel() * t.element_size() for t in held)


def pick_device(device: str | torch.device, net: Backbone | None = None) -> torch.device:
    """`auto` = where the network is if that is no CPU, else the attached accelerator, else the CPU.

    Raises ValueError for a device that is not there.
    """
    own = next((p.device for p in net.parameters()), torch.device("cpu")) if net is not None else torch.device("cpu")
    attached = torch.accelerator.current_accelerator() if torch.accelerator.is_available() else None
    if str(device) == "auto":
        return own if own.type not in ("cpu", "meta") else torch.empty(0, device=attached or "cpu").device
    try:
        return torch.empty(0, device=torch.device(device)).device
    except (RuntimeError, AssertionError) as error:
        there = " and ".join(["cpu", *([str(attached)] if attached else [])])
        raise ValueError(
            f'The device "{device}" is not usable here ({first_line(error).rstrip(".")}). Found: {there}.'
        ) from error


@contextmanager
def prepared(
    net_or_spec: Backbone | Spec,
    device: torch.device,
    batch: int,
    input: Input | str | None,
    registry: Registry | None,
) -> Iterator[Target]:
    """The network in eval mode on `device`, with a seeded random input; a network elsewhere is copied there.

    Leaves the given network, its modes and torch's generators as they were.
    """
    if batch < 1:
        raise ValueError(f"A batch holds at least 1 sample; got {batch}.")
    devices = [device] if device.type == "cuda" else []
    with torch.random.fork_rng(devices=devices):
        torch.manual_seed(0)
        net = _on_device(net_or_spec, device, input, registry)
        image = as_input(input).feature_map() if input is not None else net.image
        dtype = next((p.dtype for p in net.parameters()), torch.float32)
        x = torch.randn(image.shape(batch), device=device).to(dtype)
        modes = [(module, module.training) for module in net.modules()]
        net.eval()
        try:
            yield Target(net, x)
        finally:
            for module, training in modes:
                module.training = training


def _on_device(
    net_or_spec: Backbone | Spec, device: torch.device, input: Input | str | None, registry: Registry | None
) -> Backbone:
    if isinstance(net_or_spec, Spec):
        spec = net_or_spec if input is None else net_or_spec.with_input(input)
        with device:
            return build(spec, registry)
    if not isinstance(net_or_spec, Backbone):
        raise TypeError(f"profile() takes a document or a built backbone; got {type(net_or_spec).__name__}.")
    held = {p.device for p in net_or_spec.parameters()}
    if held <= {device}:
        return net_or_spec
    if torch.device("meta") in held:
        raise ValueError("This backbone is on the meta device and has no weights. Profile its document instead.")
    return copy.deepcopy(net_or_spec).to(device)


def out_of_memory(error: BaseException) -> bool:
    """Whether memory ran out: CUDA's error, the CPU allocator's RuntimeError, or Python's."""
    return isinstance(error, torch.OutOfMemoryError | MemoryError) or "can't allocate memory" in str(error)
