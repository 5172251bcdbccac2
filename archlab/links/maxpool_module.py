"""The module of the link `maxpool`."""

from __future__ import annotations

from torch import Tensor, nn

from archlab.nn.conv import conv
from archlab.nn.frames import from_frames, to_frames

POOLS = {2: nn.MaxPool2d, 3: nn.MaxPool3d}


class MaxPool(nn.Module):
    """The largest of 2**`steps` pixels along H and W, of D too with `dims` 3; a 1x1 convolution where channels change.

    The largest of the largest of 2x2 pixels is that of 4x4, and rounding down twice is rounding down once: all steps
    are one pooling.

    Source: Ronneberger et al. 2015 (U-Net), section 2.
    """

    def __init__(self, in_channels: int, out_channels: int, steps: int, *, dims: int = 2) -> None:
        super().__init__()
        self.dims = dims
        self.pool = POOLS[dims](2**steps)
        changes = in_channels != out_channels
        self.conv = conv(in_channels, out_channels, 1, axes=dims, bias=False) if changes else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        """`(B, C_in, [D,] H, W)` to `(B, C_out, [D',] H / 2**steps, W / 2**steps)`."""
        maps = x if self.dims == 3 else to_frames(x)[0]
        out: Tensor = self.conv(self.pool(maps))
        return out if self.dims == 3 else from_frames(out, x)

    def extra_repr(self) -> str:
        """Shown by print(module)."""
        return f"dims={self.dims}"
