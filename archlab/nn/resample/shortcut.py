"""Links along a level: other channels at the same size."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

from archlab.nn.frames import from_frames, to_frames


class Pointwise(nn.Module):
    """A 1x1 convolution without bias at the same size."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """`(B, C_in, [D,] H, W)` to `(B, C_out, [D,] H, W)`."""
        frames, _ = to_frames(x)
        return from_frames(self.conv(frames), x)


class ZeroPad(nn.Module):
    """The map as it is, followed by `extra` channels of zeros.

    Source: He et al. 2016 (ResNet), section 3.3, shortcut option A.
    """

    def __init__(self, extra: int) -> None:
        super().__init__()
        self.extra = extra

    def forward(self, x: Tensor) -> Tensor:
        """`(B, C, [D,] H, W)` to `(B, C + extra, [D,] H, W)`."""
        return F.pad(x, (*(0, 0) * (x.dim() - 2), 0, self.extra))

    def extra_repr(self) -> str:
        """Shown by print(module)."""
        return f"extra={self.extra}"
