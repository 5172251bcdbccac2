"""Links between levels: chains of steps, each halving or doubling H and W."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

from archlab.nn.conv import conv3x3
from archlab.nn.frames import from_frames, to_frames


def chain(in_channels: int, out_channels: int, steps: int) -> list[tuple[int, int]]:
    """Channels in and out of every step: the first changes them, the others keep them."""
    return [(in_channels, out_channels), *[(out_channels, out_channels)] * (steps - 1)]


class PatchMerge(nn.Module):
    """Per step: the four pixels of every 2x2 square side by side as channels, then a 1x1 convolution.

    The phases are stacked as (row 0, column 0), (1, 0), (0, 1), (1, 1).

    Source: SNRAware (STCNNT), DownSample; Liu et al. 2021 (Swin), section 3.1.
    """

    def __init__(self, in_channels: int, out_channels: int, steps: int) -> None:
        super().__init__()
        self.convs = nn.ModuleList(
            nn.Conv2d(4 * c_in, c_out, 1, bias=False) for c_in, c_out in chain(in_channels, out_channels, steps)
        )

    def forward(self, x: Tensor) -> Tensor:
        """`(B, C_in, [D,] H, W)` to `(B, C_out, [D,] H / 2**steps, W / 2**steps)`."""
        frames, _ = to_frames(x)
        for conv in self.convs:
            frames = conv(_phases(frames))
        return from_frames(frames, x)


def _phases(frames: Tensor) -> Tensor:
    """`(N, C, H, W)` to `(N, 4C, H/2, W/2)`."""
    height, width = frames.shape[-2:]
    if height % 2 or width % 2:
        raise ValueError(f"patch merging halves H and W, but {height}x{width} is odd; use even sizes.")
    squares = frames.unflatten(3, (-1, 2)).unflatten(2, (-1, 2))
    return squares.permute(0, 5, 3, 1, 2, 4).flatten(1, 3)


class InterpConv(nn.Module):
    """Per step: bilinear to twice (`up`) or half the H and W, then a convolution without bias, at the new size.

    `kernel` is 1 or 3; an odd size halves to the smaller integer.

    Source: SNRAware (STCNNT), UpSample.
    """

    def __init__(self, in_channels: int, out_channels: int, steps: int, *, kernel: int, up: bool) -> None:
        super().__init__()
        self.up = up
        self.convs = nn.ModuleList(
            conv3x3(c_in, c_out, bias=False) if kernel == 3 else nn.Conv2d(c_in, c_out, 1, bias=False)
            for c_in, c_out in chain(in_channels, out_channels, steps)
        )

    def forward(self, x: Tensor) -> Tensor:
        """`(B, C_in, [D,] H, W)` to `(B, C_out, [D,] H * f, W * f)`, f = 2**steps or 2**-steps."""
        frames, _ = to_frames(x)
        for conv in self.convs:
            height, width = frames.shape[-2:]
            size = (2 * height, 2 * width) if self.up else (height // 2, width // 2)
            frames = conv(F.interpolate(frames, size=size, mode="bilinear", align_corners=False))
        return from_frames(frames, x)

    def extra_repr(self) -> str:
        """Shown by print(module)."""
        return f"up={self.up}"


class StridedConv(nn.Module):
    """Per step a 3x3 convolution of stride 2 without bias; an odd size halves to the larger integer."""

    def __init__(self, in_channels: int, out_channels: int, steps: int) -> None:
        super().__init__()
        self.convs = nn.ModuleList(
            conv3x3(c_in, c_out, bias=False, stride=2) for c_in, c_out in chain(in_channels, out_channels, steps)
        )

    def forward(self, x: Tensor) -> Tensor:
        """`(B, C_in, [D,] H, W)` to `(B, C_out, [D,] H / 2**steps, W / 2**steps)`."""
        frames, _ = to_frames(x)
        for conv in self.convs:
            frames = conv(frames)
        return from_frames(frames, x)


class Pointwise(nn.Module):
    """A 1x1 convolution without bias at the same size."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """`(B, C_in, [D,] H, W)` to `(B, C_out, [D,] H, W)`."""
        frames, _ = to_frames(x)
        return from_frames(self.conv(frames), x)
