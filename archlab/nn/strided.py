"""Convolutions of stride 2 in a row: the way down of stems and links."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor, nn

from archlab.nn.activation import make_activation
from archlab.nn.conv import Padding, conv
from archlab.nn.conv_norm import conv_norm_activation, make_norm_or_none
from archlab.nn.frames import from_frames, to_frames


class StridedConvolutions(nn.Module):
    """Per step a 3x3 (or 3x3x3) convolution of stride 2, then norm and activation; an odd axis halves rounding up.

    Args:
        widths: channels that come in, and those after each step.
        sizes: (D, H, W) after each step, to which layer norms are bound.
        dims: 2 halves H and W of every frame, 3 halves D as well.
        padding: what stands beyond the border of each convolution.
        bias: of the convolutions.
        norm, activation: their names, or "none".
        last_activation: whether the last step has one too.
        norm_eps, norm_momentum: as in `make_norm`.

    Source: Wang et al. 2020 (HRNet), section 3: stem and links to coarser levels.
    """

    def __init__(
        self,
        widths: Sequence[int],
        sizes: Sequence[tuple[int, int, int]],
        *,
        dims: int = 2,
        padding: Padding = "mirror",
        bias: bool = False,
        norm: str = "none",
        activation: str = "none",
        last_activation: bool = True,
        norm_eps: float = 1e-5,
        norm_momentum: float = 0.1,
    ) -> None:
        super().__init__()
        self.dims = dims
        self.norm_name = norm
        self.convs = nn.ModuleList(
            conv(c_in, c_out, axes=dims, stride=2, bias=bias, padding=padding) for c_in, c_out in pairwise(widths)
        )
        self.norms = nn.ModuleList(
            make_norm_or_none(norm, width, size, norm_eps, norm_momentum)
            for width, size in zip(widths[1:], sizes, strict=True)
        )
        names = [activation] * (len(sizes) - 1) + [activation if last_activation else "none"]
        self.acts = nn.ModuleList(make_activation(name) for name in names)

    def forward(self, x: Tensor) -> Tensor:
        """`(B, C_in, [D,] H, W)` to `(B, C_out, [D',] H / 2**steps, W / 2**steps)`."""
        out, depth = (x, 1) if self.dims == 3 else to_frames(x)
        for conv_, norm, act in zip(self.convs, self.norms, self.acts, strict=True):
            out = conv_norm_activation(out, depth, conv_, norm, self.norm_name, act)
        return out if self.dims == 3 else from_frames(out, x)

    def extra_repr(self) -> str:
        """Shown by print(module)."""
        return f"dims={self.dims}"
