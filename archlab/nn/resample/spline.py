"""Resampling by B-splines of order 5, as a matrix per axis.

The spline through the pixels of an axis is linear in them, and so are its values at the centres of the new pixels:
`y = M x`, with `M = E inv(B)` of shape (new, old). `B` holds the basis functions at the old centres (prefilter), `E`
at the new ones. Beyond its ends the axis is mirrored with the end pixel repeated (`d c b a | a b c d | d c b a`).

Source: Unser et al. 1993, "B-spline signal processing". SNRAware's upsampling "bspline" (package torch-interpol) is
this spline; `scipy.ndimage.zoom(order=5, mode="reflect", grid_mode=True)` gives the same numbers, but on axes of less
than about 20 pixels, where its prefilter is cut short.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

ORDER = 5
REACH = (ORDER + 1) // 2  # pixels beyond which a basis function is 0


def basis(x: Tensor) -> Tensor:
    """The centred B-spline of order 5 at `x`."""
    a = x.abs()
    inner = 11 / 20 - a**2 / 2 + a**4 / 4 - a**5 / 12
    middle = 17 / 40 + 5 * a / 8 - 7 * a**2 / 4 + 5 * a**3 / 4 - 3 * a**4 / 8 + a**5 / 24
    outer = (3 - a).clamp(min=0) ** 5 / 120
    return torch.where(a < 1, inner, torch.where(a < 2, middle, outer))


def spline_matrix(old: int, new: int) -> Tensor:
    """The matrix (new, old) that brings an axis of `old` pixels to `new` ones; float64, on the CPU.

    Raises:
        ValueError: an axis without pixels.
    """
    if min(old, new) < 1:
        raise ValueError(f"a spline brings {old} pixels to {new}; both must be 1 at least.")
    places = torch.arange(new, dtype=torch.float64, device="cpu")
    at_new = _values((places + 0.5) * (old / new) - 0.5, old)
    at_old = _values(torch.arange(old, dtype=torch.float64, device="cpu"), old)
    return torch.linalg.solve(at_old, at_new, left=False)


def _values(at: Tensor, pixels: int) -> Tensor:
    """What each of `pixels` coefficients, mirrored beyond the ends, gives at each place: (places, pixels)."""
    first = at.floor().long() - REACH + 1
    places = first[:, None] + torch.arange(2 * REACH, device="cpu")
    folded = places % (2 * pixels)
    folded = torch.minimum(folded, 2 * pixels - 1 - folded)
    empty = torch.zeros(len(at), pixels, dtype=torch.float64, device="cpu")
    return empty.scatter_add(1, folded, basis(at[:, None] - places))


class SplineAxis(nn.Module):
    """The matrix of one axis, for the sizes that it was built for; others are made when they come.

    The matrix is a buffer, in no state_dict, and as exact as its precision allows after every change of it.
    """

    matrix: Tensor

    def __init__(self, old: int, new: int) -> None:
        super().__init__()
        self.sizes = (old, new)
        self.register_buffer("matrix", torch.empty(new, old), persistent=False)
        self._fill()

    def forward(self, old: int, new: int) -> Tensor:
        """The matrix (new, old)."""
        return self.matrix if (old, new) == self.sizes else spline_matrix(old, new).to(self.matrix)

    def _apply(self, fn: Any, recurse: bool = True) -> SplineAxis:
        before = self.matrix
        super()._apply(fn, recurse)  # type: ignore[no-untyped-call]
        if (self.matrix.dtype, self.matrix.device) != (before.dtype, before.device):
            self._fill()  # not rounded twice, and not left empty by to_empty
        return self

    def _fill(self) -> None:
        if not self.matrix.is_meta:
            self.matrix.copy_(spline_matrix(*self.sizes))

    def extra_repr(self) -> str:
        """Shown by print(module)."""
        old, new = self.sizes
        return f"{old} to {new}"


def resample(x: Tensor, matrices: list[Tensor]) -> Tensor:
    """`x` `(B, C, [D,] H, W)` with one matrix (new, old) for each of its last axes, [D,] H, W in order."""
    x = F.linear(x, matrices[-1])
    x = torch.matmul(matrices[-2], x)
    if len(matrices) == 3:
        height, width = x.shape[-2:]
        x = torch.matmul(matrices[0], x.flatten(-2)).unflatten(-1, (height, width))
    return x
