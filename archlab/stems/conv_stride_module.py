"""The module of the stem `conv_stride`."""

from __future__ import annotations

from itertools import pairwise

from torch import Tensor, nn

from archlab.nn.activation import make_activation
from archlab.nn.conv import conv3x3
from archlab.nn.frames import from_frames, to_frames
from archlab.nn.norm import make_norm


class StridedStem(nn.Module):
    """Steps of 3x3 convolution with stride 2, norm and activation; every step halves H and W, rounding up.

    `sizes` are the (D, H, W) after each step.

    Source: Wang et al. 2020 (HRNet), section 3: a stem of two such steps.
    """

    def __init__(
        self, in_channels: int, out_channels: int, sizes: list[tuple[int, int, int]], *, norm: str, activation: str
    ) -> None:
        super().__init__()
        channels = [in_channels, *[out_channels] * len(sizes)]
        self.convs = nn.ModuleList(conv3x3(c_in, c_out, bias=False, stride=2) for c_in, c_out in pairwise(channels))
        self.norms = nn.ModuleList(make_norm(norm, out_channels, size) for size in sizes)
        self.acts = nn.ModuleList(make_activation(activation) for _ in sizes)

    def forward(self, x: Tensor) -> Tensor:
        """`(B, C_in, [D,] H, W)` to `(B, C_out, [D,] H / 2**steps, W / 2**steps)`."""
        frames, depth = to_frames(x)
        for conv, norm, act in zip(self.convs, self.norms, self.acts, strict=True):
            frames = act(norm(conv(frames), depth))
        return from_frames(frames, x)
