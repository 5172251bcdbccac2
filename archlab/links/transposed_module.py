"""The module of the link `transposed`."""

from __future__ import annotations

from torch import Tensor, nn

from archlab.nn.frames import from_frames, to_frames
from archlab.nn.resample.chain import chain

CONVOLUTIONS = {2: nn.ConvTranspose2d, 3: nn.ConvTranspose3d}


class Transposed(nn.Module):
    """Per step a transposed convolution of stride 2 that makes 2x2 pixels of one, 2x2x2 with `dims` 3.

    Source: Ronneberger et al. 2015 (U-Net), section 2, up-convolution.
    """

    def __init__(self, in_channels: int, out_channels: int, steps: int, *, dims: int = 2, bias: bool = True) -> None:
        super().__init__()
        self.dims = dims
        kind = CONVOLUTIONS[dims]
        self.convs = nn.ModuleList(
            kind(c_in, c_out, 2, stride=2, bias=bias) for c_in, c_out in chain(in_channels, out_channels, steps)
        )

    def forward(self, x: Tensor) -> Tensor:
        """`(B, C_in, [D,] H, W)` to `(B, C_out, [D',] H * 2**steps, W * 2**steps)`."""
        maps = x if self.dims == 3 else to_frames(x)[0]
        for step in self.convs:
            maps = step(maps)
        return maps if self.dims == 3 else from_frames(maps, x)

    def extra_repr(self) -> str:
        """Shown by print(module)."""
        return f"dims={self.dims}"
