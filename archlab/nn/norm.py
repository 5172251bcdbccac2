"""Norms over frames, chosen by name; each is called as `norm(frames, depth)`."""

from __future__ import annotations

from torch import Tensor, nn

from archlab.nn.frames import volume

# Instance and batch norms see a map's pixels as one axis: torch 2.13's gradients on a CPU are wrong for some memory
# formats of 4-D and 5-D gradients, where a batch holds a single map.


class InstanceNorm2d(nn.InstanceNorm1d):
    """Every channel of every frame to zero mean and unit variance; no parameters."""

    def forward(self, frames: Tensor, depth: int = 1) -> Tensor:
        """`(N, C, H, W)` to the same shape."""
        return super().forward(frames.flatten(2)).view(frames.shape)


class InstanceNorm3d(nn.InstanceNorm1d):
    """Every channel of every sample, over its D frames together; no parameters."""

    def forward(self, frames: Tensor, depth: int = 1) -> Tensor:
        """`(N, C, H, W)` to the same shape, N = B * depth."""
        maps = volume(frames, depth)
        return super().forward(maps.flatten(2)).view(maps.shape).transpose(1, 2).flatten(0, 1)


class BatchNorm(nn.BatchNorm1d):
    """Every channel over the batch, its frames and pixels: the same numbers as a batch norm on 5-D maps."""

    def forward(self, frames: Tensor, depth: int = 1) -> Tensor:
        """`(N, C, H, W)` to the same shape."""
        return super().forward(frames.flatten(2)).view(frames.shape)


class LayerNorm2d(nn.LayerNorm):
    """All of a frame, with a weight and a bias per element: the map's size is fixed."""

    def forward(self, frames: Tensor, depth: int = 1) -> Tensor:
        """`(N, C, H, W)` to the same shape."""
        return super().forward(frames)


class ChannelNorm(nn.LayerNorm):
    """Every pixel over its channels, with a weight and a bias per channel: maps of any size.

    Source: Ba et al. 2016 (layer normalisation), as the Swin and ConvNeXt blocks use it.
    """

    def forward(self, frames: Tensor, depth: int = 1) -> Tensor:
        """`(N, C, H, W)` to the same shape."""
        return super().forward(frames.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class LayerNorm3d(nn.LayerNorm):
    """All of a sample, over its D frames together, with a weight and a bias per element, `(D, C, H, W)`."""

    def forward(self, frames: Tensor, depth: int = 1) -> Tensor:
        """`(N, C, H, W)` to the same shape, N = B * depth."""
        return super().forward(frames.unflatten(0, (-1, depth))).flatten(0, 1)


def make_norm(
    name: str, channels: int, size: tuple[int, int, int], eps: float = 1e-5, momentum: float = 0.1
) -> nn.Module:
    """The norm of that name for maps of `channels` and `size` (D, H, W).

    Batch norms fold the frames into the batch, so `batch2d` and `batch3d` are one module. `eps` is added to the
    variance before its root is taken; `momentum` is that of a batch norm's running statistics.

    Raises:
        ValueError: no norm has that name.
    """
    match name:
        case "instance2d":
            return InstanceNorm2d(channels, eps)
        case "instance3d":
            return InstanceNorm3d(channels, eps)
        case "batch2d" | "batch3d":
            return BatchNorm(channels, eps, momentum)
        case "layer":
            return LayerNorm2d((channels, *size[1:]), eps)
        case "channel":
            return ChannelNorm(channels, eps)
        case "layer3d":
            depth, height, width = size
            return LayerNorm3d((depth, channels, height, width), eps)
    known = "instance2d, instance3d, batch2d, batch3d, layer, layer3d or channel"
    raise ValueError(f"no norm is called {name!r}: expected {known}.")


def normalized(norm: nn.Module, name: str, frames: Tensor, depth: int) -> Tensor:
    """Frames `(B * depth, C, H, W)` through the norm that `make_norm` made for `name`."""
    out: Tensor = norm(frames, depth)
    return out
