"""Maps at another size, sampled at the centres of the new pixels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from torch import Tensor, nn
from torch.nn import functional as F

from archlab.nn.resample.spline import resample

Mode = Literal["linear", "nearest", "spline"]


class Resize(nn.Module):
    """The last 2 or 3 axes of a tensor at another size: bilinear / trilinear, nearest pixel, or a spline of order 5."""

    def __init__(self, mode: Mode) -> None:
        super().__init__()
        self.mode = mode

    def forward(self, x: Tensor, size: Sequence[int]) -> Tensor:
        """`(B, C, [D,] H, W)` to `(B, C, *size)`, `size` being ([D,] H, W)."""
        if self.mode == "spline":
            return resample(x, size)
        if self.mode == "nearest":
            return F.interpolate(x, size=tuple(size), mode="nearest")
        return F.interpolate(x, size=tuple(size), mode="bilinear" if x.dim() == 4 else "trilinear", align_corners=False)

    def extra_repr(self) -> str:
        """Shown by print(module)."""
        return f"mode={self.mode}"


def scaled(size: Sequence[int], steps: int) -> tuple[int, ...]:
    """Pixels per axis after `steps` halvings, rounding down; negative `steps` double."""
    return tuple(n // 2**steps if steps > 0 else n * 2**-steps for n in size)
