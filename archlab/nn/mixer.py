"""Mixers: what follows an attention and mixes the channels."""

from __future__ import annotations

from torch import Tensor, nn

from archlab.geometry.grouping import Grouping
from archlab.nn.activation import make_activation
from archlab.nn.conv import conv
from archlab.nn.frames import unvolume, volume
from archlab.nn.grid import cut, join, triple


class ConvMixer(nn.Module):
    """Convolution to the hidden channels, activation, convolution back; frame by frame.

    With `kernel` 1 it is the MLP of a transformer, on every pixel.

    Source: SNRAware (STCNNT), convolutional mixer.
    """

    def __init__(self, in_channels: int, hidden: int, out_channels: int, *, kernel: int, activation: str) -> None:
        super().__init__()
        self.fc1 = conv(in_channels, hidden, kernel)
        self.act = make_activation(activation)
        self.fc2 = conv(hidden, out_channels, kernel)

    def forward(self, frames: Tensor, depth: int = 1) -> Tensor:
        """`(N, C_in, H, W)` to `(N, C_out, H, W)`."""
        return self.fc2(self.act(self.fc1(frames)))


class LinearMixer(nn.Module):
    """Linear layer, activation, linear layer on each token of `grouping`, a patch or a window with all its channels.

    `volumetric`: tokens have a depth, and are cut out of a sample's frames together.

    Source: SNRAware (STCNNT), linear mixer.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        *,
        ratio: float,
        grouping: Grouping,
        volumetric: bool,
        activation: str,
    ) -> None:
        super().__init__()
        self.grouping = grouping
        self.volumetric = volumetric
        self.fc1 = nn.Linear(in_channels * grouping.pixels, int(out_channels * grouping.pixels * ratio))
        self.act = make_activation(activation)
        self.fc2 = nn.Linear(self.fc1.out_features, out_channels * grouping.pixels)

    def forward(self, frames: Tensor, depth: int = 1) -> Tensor:
        """`(N, C_in, H, W)` to `(N, C_out, H, W)`, N = B * depth."""
        maps = volume(frames, depth) if self.volumetric else frames.unsqueeze(2)
        tokens = self.fc2(self.act(self.fc1(cut(maps, self.grouping))))
        out = join(tokens, self.grouping, triple(maps.shape[2:]))
        return unvolume(out) if self.volumetric else out.squeeze(2)


def make_mixer(
    kind: str,
    in_channels: int,
    out_channels: int,
    *,
    ratio: float,
    kernel: int = 3,
    activation: str,
    grouping: Grouping | None = None,
    volumetric: bool = False,
) -> nn.Module | None:
    """The mixer of that kind ("conv", "linear", "none"); a linear one mixes the tokens of `grouping`.

    Raises:
        ValueError: no mixer has that name, or a linear one got no grouping.
    """
    if kind == "none":
        return None
    if kind == "conv":
        return ConvMixer(in_channels, int(out_channels * ratio), out_channels, kernel=kernel, activation=activation)
    if kind == "linear" and grouping is not None:
        return LinearMixer(
            in_channels, out_channels, ratio=ratio, grouping=grouping, volumetric=volumetric, activation=activation
        )
    raise ValueError(f"no mixer {kind!r} here: expected conv, none, or linear with a grouping into patches.")
