"""The refusal to compute with parameters that have no numbers."""

from __future__ import annotations

from typing import NoReturn

from torch import Tensor, nn


def refuse_hollow(net: nn.Module, x: Tensor) -> None:
    """Raises RuntimeError where a parameter or buffer lies on the meta device and `x` does not.

    torch would compute with whatever the memory holds: a convolution on a CPU whose weight is on the meta device
    answers with numbers. A module below `net` whose forward is hooked or replaced is left out, with all below it: tools
    that keep weights elsewhere, on a disk perhaps, bring them in there. The hooks of `net` itself have run already.
    """
    if x.is_meta:
        return
    rest: list[nn.Module | None] = [net]
    while rest:  # at every forward, so without names, which cost ten times as much
        module = rest.pop()
        if module is None or (module is not net and (module._forward_pre_hooks or "forward" in module.__dict__)):
            continue
        for parameter in module._parameters.values():
            if parameter is not None and parameter.is_meta:
                _refuse(net, parameter)
        for buffer in module._buffers.values():
            if buffer is not None and buffer.is_meta:
                _refuse(net, buffer)
        rest.extend(module._modules.values())


def _refuse(net: nn.Module, tensor: Tensor) -> NoReturn:
    held = (*net.named_parameters(), *net.named_buffers())
    name = next(name for name, other in held if other is tensor)
    raise RuntimeError(
        f"{name} is on the meta device and has no numbers, but the input has. "
        "Load all weights first, with load_state_dict(..., assign=True) or after to_empty(device=...)."
    )
