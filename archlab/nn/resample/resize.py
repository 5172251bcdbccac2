"""Maps at another size, sampled at the centres of the new pixels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from torch import Tensor, nn
from torch.nn import functional as F

from archlab.nn.resample.spline import SplineAxis, resample

Mode = Literal["linear", "nearest", "spline"]


class Resize(nn.Module):
    """The last 2 or 3 axes of a tensor at another size: bilinear / trilinear, nearest pixel, or a spline of order 5.

    `old` and `new` are the sizes `([D,] H, W)` for which a spline's matrices are held; other sizes work too.
    """

    def __init__(self, old: Sequence[int], new: Sequence[int], mode: Mode) -> None:
        super().__init__()
        self.mode = mode
        pairs = zip(old, new, strict=True) if mode == "spline" else ()
        self.axes = nn.ModuleList(SplineAxis(*pair) for pair in pairs)

    def forward(self, x: Tensor, size: Sequence[int]) -> Tensor:
        """`(B, C, [D,] H, W)` to `(B, C, *size)`, `size` being ([D,] H, W)."""
        if self.mode == "spline":
            pairs = zip(self.axes, x.shape[2:], size, strict=True)
            return resample(x, [axis(old, new) for axis, old, new in pairs])
        if self.mode == "nearest":
            return F.interpolate(x, size=tuple(size), mode="nearest")
        return F.interpolate(x, size=tuple(size), mode="bilinear" if x.dim() == 4 else "trilinear", align_corners=False)

    def extra_repr(self) -> str:
        """Shown by print(module)."""
        return f"mode={self.mode}"


def scaled(size: Sequence[int], steps: int) -> tuple[int, ...]:
    """Pixels per axis after `steps` halvings, rounding down; negative `steps` double."""
    return tuple(n // 2**steps if steps > 0 else n * 2**-steps for n in size)
