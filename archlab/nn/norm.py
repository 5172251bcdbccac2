"""Norms by name. They are torch's own modules, so that tools which look for a type of norm find it."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from archlab.nn.frames import unvolume, volume

LAST_FORMAT = {4: torch.channels_last, 5: torch.channels_last_3d}


def make_norm(
    name: str, channels: int, size: tuple[int, int, int], eps: float = 1e-5, momentum: float = 0.1
) -> nn.Module:
    """The norm of that name for maps of `channels` and `size` (D, H, W); `normalized` calls it.

    Args:
        name: instance2d and instance3d have no parameters, batch2d and batch3d one weight and bias per channel, channel
            as well, layer and layer3d one per element of a frame or of a sample, which binds them to `size`.
        channels, size: of the maps.
        eps: added to the variance before its root is taken.
        momentum: of the running statistics of batch norms; others have none.

    Raises:
        ValueError: no norm has that name.

    Source: Ioffe and Szegedy 2015 (batch), Ulyanov et al. 2016 (instance), Ba et al. 2016 (layer); "channel" as the
    Swin and ConvNeXt blocks use layer norms.
    """
    depth, height, width = size
    match name:
        case "instance2d":
            return nn.InstanceNorm2d(channels, eps)
        case "instance3d":
            return nn.InstanceNorm3d(channels, eps)
        case "batch2d":
            return nn.BatchNorm2d(channels, eps, momentum)
        case "batch3d":
            return nn.BatchNorm3d(channels, eps, momentum)
        case "layer":
            return nn.LayerNorm((channels, height, width), eps)
        case "channel":
            return nn.LayerNorm((channels,), eps)
        case "layer3d":
            return nn.LayerNorm((depth, channels, height, width), eps)
    known = "instance2d, instance3d, batch2d, batch3d, layer, layer3d or channel"
    raise ValueError(f"no norm is called {name!r}: expected {known}.")


def normalized(norm: nn.Module, name: str, frames: Tensor, depth: int) -> Tensor:
    """Frames `(B * depth, C, H, W)` through a norm that `make_norm` made, or through one that took its place.

    The norm gets the axes that its `name` stands for: frames for the 2-d ones and "layer", volumes `(B, C, D, H, W)`
    for the other 3-d ones, `(B, D, C, H, W)` for "layer3d", `(N, H, W, C)` for "channel".
    """
    match name:
        case "instance2d" | "batch2d":
            return _in_order(norm, frames)
        case "instance3d" | "batch3d":
            return unvolume(_in_order(norm, volume(frames, depth)))
        case "channel":
            return norm(frames.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
        case "layer3d":
            return norm(frames.unflatten(0, (-1, depth))).flatten(0, 1)
    return norm(frames)


def _in_order(norm: nn.Module, maps: Tensor) -> Tensor:
    """`norm(maps)` with gradients that are right on a CPU, whatever the layout in memory of those that come back.

    torch 2.13 confuses two layouts in the backward pass of batch and instance norms: channels last, and in order, of
    maps with an axis of size 1, which may look like both. Here the norm sees such maps in order, and its gradient
    comes back in order. Without gradients nothing is done, nor where an identity took the norm's place, nor for a trace
    by TorchScript, whose readers (ONNX) want the plain norm. `tests/nn/test_torch_norms.py` holds the reproduction.
    """
    plain = not torch.is_grad_enabled() or isinstance(norm, nn.Identity) or torch.jit.is_tracing()
    if plain or maps.device.type not in ("cpu", "meta"):
        return norm(maps)
    if 1 in maps.shape and maps.is_contiguous(memory_format=LAST_FORMAT[maps.dim()]):
        maps = maps.contiguous()
    out = norm(maps)
    # the gradient of a row of numbers has a single layout: this copies nothing forward, and at most the gradient back
    return out.flatten().view(out.shape) if out.is_contiguous() else out
