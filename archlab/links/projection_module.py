"""The module of the link `projection`."""

from __future__ import annotations

from torch import Tensor, nn

from archlab.nn.activation import make_activation
from archlab.nn.conv import Padding, conv
from archlab.nn.conv_norm import conv_norm_activation, make_norm_or_none
from archlab.nn.frames import from_frames, to_frames


class Projection(nn.Module):
    """A convolution at the same size, then norm and activation where they are named.

    `size` is the (D, H, W) of the map, to which layer norms are bound.

    Source: He et al. 2016 (ResNet), section 3.3, projection shortcuts.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        *,
        size: tuple[int, int, int],
        kernel: int = 1,
        padding: Padding = "mirror",
        bias: bool = False,
        norm: str = "none",
        norm_eps: float = 1e-5,
        norm_momentum: float = 0.1,
        activation: str = "none",
    ) -> None:
        super().__init__()
        self.norm_name = norm
        self.conv = conv(in_channels, out_channels, kernel, bias=bias, padding=padding)
        self.norm = make_norm_or_none(norm, out_channels, size, norm_eps, norm_momentum)
        self.act = make_activation(activation)

    def forward(self, x: Tensor) -> Tensor:
        """`(B, C_in, [D,] H, W)` to `(B, C_out, [D,] H, W)`."""
        frames, depth = to_frames(x)
        return from_frames(conv_norm_activation(frames, depth, self.conv, self.norm, self.norm_name, self.act), x)
