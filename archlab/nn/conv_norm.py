"""A convolution, its norm and its activation, where "none" names the absence of the latter two."""

from __future__ import annotations

from torch import Tensor, nn

from archlab.nn.frames import unvolume, volume
from archlab.nn.norm import make_norm, normalized


def make_norm_or_none(
    name: str, channels: int, size: tuple[int, int, int], eps: float = 1e-5, momentum: float = 0.1
) -> nn.Module:
    """The norm of that name, as `make_norm`; an identity for "none"."""
    return nn.Identity() if name == "none" else make_norm(name, channels, size, eps, momentum)


def conv_norm_activation(
    x: Tensor, depth: int, conv: nn.Module, norm: nn.Module, norm_name: str, activation: nn.Module | None = None
) -> Tensor:
    """Frames `(B * depth, C, H, W)` or volumes `(B, C, D, H, W)` through the three, in that order.

    `norm` is what `make_norm_or_none` gave for `norm_name`; `depth` is not looked at for volumes, which have their own.
    """
    out: Tensor = conv(x)
    if norm_name != "none" and out.dim() == 5:
        deep = out.shape[2]
        out = volume(normalized(norm, norm_name, unvolume(out), deep), deep)
    elif norm_name != "none":
        out = normalized(norm, norm_name, out, depth)
    return out if activation is None else activation(out)
