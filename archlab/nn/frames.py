"""Between maps `(B, C, [D,] H, W)` and frames `(B*D, C, H, W)`."""

from __future__ import annotations

from torch import Tensor


def to_frames(x: Tensor) -> tuple[Tensor, int]:
    """Frames `(B*D, C, H, W)` of a 4-D or 5-D map, and D.

    A 4-D map is returned as it is. A 5-D map that came out of `from_frames` is a view: no copy.
    """
    if x.dim() == 4:
        return x, 1
    return x.transpose(1, 2).flatten(0, 1), x.shape[2]


def from_frames(frames: Tensor, like: Tensor) -> Tensor:
    """Frames back as a map with as many axes as `like` and its D; a view, frame-major in memory for 5-D."""
    if like.dim() == 4:
        return frames
    return frames.unflatten(0, (-1, like.shape[2])).transpose(1, 2)


def volume(frames: Tensor, depth: int) -> Tensor:
    """Frames as a volume `(B, C, D, H, W)`; a view."""
    return frames.unflatten(0, (-1, depth)).transpose(1, 2)


def unvolume(volumes: Tensor) -> Tensor:
    """The frames `(B*D, C, H, W)` of volumes `(B, C, D, H, W)`."""
    return volumes.transpose(1, 2).flatten(0, 1)
