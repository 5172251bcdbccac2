"""Resampling by B-splines of order 5, as a matrix per axis.

The spline through the pixels of an axis is linear in them, and so are its values at the centres of the new pixels:
`y = M x`, with `M = E inv(B)` of shape (new, old). `B` holds the basis functions at the old centres (prefilter), `E`
at the new ones. Beyond its ends the axis is mirrored with the end pixel repeated (`d c b a | a b c d | d c b a`).

Source: Unser et al. 1993, "B-spline signal processing". SNRAware's upsampling "bspline" (package torch-interpol) is
this spline; `scipy.ndimage.zoom(order=5, mode="reflect", grid_mode=True)` gives the same numbers, but on axes of less
than about 20 pixels, where its prefilter is cut short.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from archlab.nn.shared import constant, maker

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
    places = torch.arange(new, dtype=torch.float64)
    at_new = _values((places + 0.5) * (old / new) - 0.5, old)
    at_old = _values(torch.arange(old, dtype=torch.float64), old)
    return torch.linalg.solve(at_old, at_new, left=False)


def _values(at: Tensor, pixels: int) -> Tensor:
    """What each of `pixels` coefficients, mirrored beyond the ends, gives at each place: (places, pixels)."""
    first = at.floor().long() - REACH + 1
    places = first[:, None] + torch.arange(2 * REACH)
    folded = places % (2 * pixels)
    folded = torch.minimum(folded, 2 * pixels - 1 - folded)
    empty = torch.zeros(len(at), pixels, dtype=torch.float64)
    return empty.scatter_add(1, folded, basis(at[:, None] - places))


@maker
def spline_of_an_axis(old: int, new: int) -> tuple[Tensor]:
    """The matrix alone, as a constant of the two sizes."""
    return (spline_matrix(old, new),)


def resample(x: Tensor, size: Sequence[int]) -> Tensor:
    """The last axes of `x` `(B, C, [D,] H, W)` at another `size`, ([D,] H, W)."""
    pairs = zip(x.shape[2:], size, strict=True)
    matrices = [constant(spline_of_an_axis, pair, like=x) for pair in pairs]
    x = F.linear(x, matrices[-1])
    x = torch.matmul(matrices[-2], x)
    if len(matrices) == 3:
        height, width = x.shape[-2:]
        x = torch.matmul(matrices[0], x.flatten(-2)).unflatten(-1, (height, width))
    return x
