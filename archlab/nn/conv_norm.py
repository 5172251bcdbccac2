"""A convolution, its norm and its activation, where "none" names the absence of the latter two."""

from __future__ import annotations

from torch import Tensor, nn

from archlab.nn.activation import make_activation
from archlab.nn.conv import Padding, conv
from archlab.nn.frames import from_frames, to_frames, unvolume, volume
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


class ConvNormActivation(nn.Module):
    """A convolution of every frame of a map, then norm and activation where they are named.

    Args:
        in_channels, out_channels: of the convolution.
        size: (D, H, W) of the map that is normalised, to which layer norms are bound.
        kernel: pixels along H and W.
        stride: of the convolution; an axis that it does not divide rounds up.
        padding: what stands beyond the border.
        bias: of the convolution.
        norm, activation: their names, or "none".
        norm_eps, norm_momentum: as in `make_norm`.

    Source: Ioffe and Szegedy 2015, section 3.2, for the order of the three.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        *,
        size: tuple[int, int, int],
        kernel: int = 1,
        stride: int = 1,
        padding: Padding = "mirror",
        bias: bool = False,
        norm: str = "none",
        norm_eps: float = 1e-5,
        norm_momentum: float = 0.1,
        activation: str = "none",
    ) -> None:
        super().__init__()
        self.norm_name = norm
        self.conv = conv(in_channels, out_channels, kernel, stride=stride, bias=bias, padding=padding)
        self.norm = make_norm_or_none(norm, out_channels, size, norm_eps, norm_momentum)
        self.act = make_activation(activation)

    def forward(self, x: Tensor) -> Tensor:
        """`(B, C_in, [D,] H, W)` to `(B, C_out, [D,] H / stride, W / stride)`."""
        frames, depth = to_frames(x)
        return from_frames(conv_norm_activation(frames, depth, self.conv, self.norm, self.norm_name, self.act), x)
