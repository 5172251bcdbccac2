"""The module of the link `depthwise_down`."""

from __future__ import annotations

from torch import Tensor, nn

from archlab.nn.conv_norm import conv_norm_activation, make_norm_or_none
from archlab.nn.frames import from_frames, to_frames


class DepthwiseDown(nn.Module):
    """A depth-wise convolution of stride `reduction` and kernel `reduction` + 1, then a point-wise one with bias.

    A norm follows each; `size` is the (D, H, W) of the map that leaves, to which layer norms are bound.

    Source: Gu et al. 2022 (HRViT), section 3.1, cross-resolution fusion.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        reduction: int,
        *,
        size: tuple[int, int, int],
        norm: str = "batch2d",
        norm_eps: float = 1e-5,
        norm_momentum: float = 0.1,
    ) -> None:
        super().__init__()
        self.norm_name = norm
        self.depthwise = nn.Conv2d(
            in_channels,
            in_channels,
            reduction + 1,
            stride=reduction,
            padding=reduction // 2,
            groups=in_channels,
            bias=False,
        )
        self.norm1 = make_norm_or_none(norm, in_channels, size, norm_eps, norm_momentum)
        self.conv = nn.Conv2d(in_channels, out_channels, 1)
        self.norm2 = make_norm_or_none(norm, out_channels, size, norm_eps, norm_momentum)

    def forward(self, x: Tensor) -> Tensor:
        """`(B, C_in, [D,] H, W)` to `(B, C_out, [D,] H / reduction, W / reduction)`, rounding up."""
        frames, depth = to_frames(x)
        out = conv_norm_activation(frames, depth, self.depthwise, self.norm1, self.norm_name)
        out = conv_norm_activation(out, depth, self.conv, self.norm2, self.norm_name)
        return from_frames(out, x)
