"""The module of the head `dense`."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

from archlab.nn.conv import conv3x3
from archlab.nn.frames import from_frames, to_frames


class DenseHead(nn.Module):
    """A 1x1 or 3x3 convolution per pixel, then linear interpolation to `resize`, (H, W) or (D, H, W), where given."""

    def __init__(self, channels: int, classes: int, *, kernel: int, resize: tuple[int, ...] | None = None) -> None:
        super().__init__()
        self.conv = conv3x3(channels, classes) if kernel == 3 else nn.Conv2d(channels, classes, 1)
        self.resize = resize

    def forward(self, x: Tensor) -> Tensor:
        """`(B, C, [D,] H, W)` to `(B, classes, [D',] H', W')`."""
        frames, _ = to_frames(x)
        frames = self.conv(frames)
        if self.resize is not None and len(self.resize) == 2:
            frames = F.interpolate(frames, size=self.resize, mode="bilinear", align_corners=False)
        out = from_frames(frames, x)
        if self.resize is not None and len(self.resize) == 3:
            out = F.interpolate(out, size=self.resize, mode="trilinear", align_corners=False)
        return out

    def extra_repr(self) -> str:
        """Shown by print(module)."""
        return f"resize={self.resize}"
