"""Mixers: what follows an attention and mixes the channels."""

from __future__ import annotations

from torch import Tensor, nn

from archlab.nn.activation import make_activation
from archlab.nn.conv import conv3x3
from archlab.nn.window import Grid


class ConvMixer(nn.Module):
    """3x3 convolution to the hidden channels, activation, 3x3 convolution back; frame by frame.

    Source: SNRAware (STCNNT), convolutional mixer.
    """

    def __init__(self, in_channels: int, hidden: int, out_channels: int, *, activation: str) -> None:
        super().__init__()
        self.fc1 = conv3x3(in_channels, hidden)
        self.act = make_activation(activation)
        self.fc2 = conv3x3(hidden, out_channels)

    def forward(self, frames: Tensor) -> Tensor:
        """`(N, C_in, H, W)` to `(N, C_out, H, W)`."""
        return self.fc2(self.act(self.fc1(frames)))


class LinearMixer(nn.Module):
    """Linear layer, activation, linear layer on each patch with all its channels.

    Source: SNRAware (STCNNT), linear mixer.
    """

    def __init__(self, in_channels: int, out_channels: int, *, ratio: float, grid: Grid, activation: str) -> None:
        super().__init__()
        pixels = grid.patch[0] * grid.patch[1]
        self.grid = grid
        self.fc1 = nn.Linear(in_channels * pixels, int(out_channels * pixels * ratio))
        self.act = make_activation(activation)
        self.fc2 = nn.Linear(self.fc1.out_features, out_channels * pixels)

    def forward(self, frames: Tensor) -> Tensor:
        """`(N, C_in, H, W)` to `(N, C_out, H, W)`."""
        _, _, height, width = frames.shape
        return self.grid.join(self.fc2(self.act(self.fc1(self.grid.cut(frames)))), height, width)


def make_mixer(
    kind: str, in_channels: int, out_channels: int, *, ratio: float, activation: str, grid: Grid | None = None
) -> nn.Module | None:
    """The mixer of that kind ("conv", "linear", "none"); a linear one mixes the patches of `grid`.

    Raises:
        ValueError: no mixer has that name, or a linear one got no grid.
    """
    if kind == "none":
        return None
    if kind == "conv":
        return ConvMixer(in_channels, int(out_channels * ratio), out_channels, activation=activation)
    if kind == "linear" and grid is not None:
        return LinearMixer(in_channels, out_channels, ratio=ratio, grid=grid, activation=activation)
    raise ValueError(f"no mixer {kind!r} here: expected conv, none, or linear with a grid of patches.")
