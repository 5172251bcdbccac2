"""The module of the link `conv_stride`."""

from __future__ import annotations

from torch import Tensor, nn

from archlab.nn.conv import conv
from archlab.nn.frames import from_frames, to_frames
from archlab.nn.resample.chain import chain


class StridedConv(nn.Module):
    """Per step a 3x3 (or 3x3x3) convolution of stride 2 without bias; an odd size halves to the larger integer."""

    def __init__(self, in_channels: int, out_channels: int, steps: int, *, dims: int = 2) -> None:
        super().__init__()
        self.dims = dims
        self.convs = nn.ModuleList(
            conv(c_in, c_out, 3, axes=dims, stride=2, bias=False)
            for c_in, c_out in chain(in_channels, out_channels, steps)
        )

    def forward(self, x: Tensor) -> Tensor:
        """`(B, C_in, [D,] H, W)` to `(B, C_out, [D',] H / 2**steps, W / 2**steps)`."""
        out = x if self.dims == 3 else to_frames(x)[0]
        for step in self.convs:
            out = step(out)
        return out if self.dims == 3 else from_frames(out, x)

    def extra_repr(self) -> str:
        """Shown by print(module)."""
        return f"dims={self.dims}"
