"""Resampling by B-splines of order 5, as a matrix per axis.

The spline through the pixels of an axis is linear in them, and so are its values at the centres of the new pixels:
`y = M x`, with `M = E inv(B)` of shape (new, old). `B` holds the basis functions at the old centres (prefilter), `E`
at the new ones. Beyond its ends the axis is mirrored with the end pixel repeated (`d c b a | a b c d | d c b a`).

Source: Unser et al. 1993, "B-spline signal processing". SNRAware's upsampling "bspline" (package torch-interpol) is
this spline; `scipy.ndimage.zoom(order=5, mode="reflect", grid_mode=True)` gives the same numbers, but on axes of less
than about 20 pixels, where its prefilter is cut short.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional as F

ORDER = 5
REACH = (ORDER + 1) // 2  # pixels beyond which a basis function is 0

Matrix = npt.NDArray[np.floating[Any]]


def basis(x: Matrix) -> Matrix:
    """The centred B-spline of order 5 at `x`."""
    a = np.abs(x)
    inner = 11 / 20 - a**2 / 2 + a**4 / 4 - a**5 / 12
    middle = 17 / 40 + 5 * a / 8 - 7 * a**2 / 4 + 5 * a**3 / 4 - 3 * a**4 / 8 + a**5 / 24
    outer = np.maximum(3 - a, 0) ** 5 / 120
    return np.where(a < 1, inner, np.where(a < 2, middle, outer))


@functools.lru_cache(maxsize=64)
def spline_matrix(old: int, new: int) -> Matrix:
    """The matrix (new, old) that brings an axis of `old` pixels to `new` ones, float64, not to be written to."""
    centres = (np.arange(new) + 0.5) * (old / new) - 0.5
    matrix = np.linalg.solve(_values(np.arange(old, dtype=np.float64), old).T, _values(centres, old).T).T
    matrix = np.ascontiguousarray(matrix)
    matrix.setflags(write=False)
    return matrix


def _values(at: Matrix, pixels: int) -> Matrix:
    """What each of `pixels` coefficients, mirrored beyond the ends, gives at each place: (len(at), pixels)."""
    rows = np.arange(len(at))
    first = np.floor(at).astype(np.int64) - REACH + 1
    values = np.zeros((len(at), pixels))
    for offset in range(2 * REACH):
        place = first + offset
        folded = place % (2 * pixels)
        np.add.at(values, (rows, np.minimum(folded, 2 * pixels - 1 - folded)), basis(at - place))
    return values


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
        return self.matrix if (old, new) == self.sizes else _tensor(old, new).to(self.matrix)

    def _apply(self, fn: Any, recurse: bool = True) -> SplineAxis:
        before = self.matrix
        super()._apply(fn, recurse)  # type: ignore[no-untyped-call]
        if (self.matrix.dtype, self.matrix.device) != (before.dtype, before.device):
            self._fill()  # not rounded twice, and not left empty by to_empty
        return self

    def _fill(self) -> None:
        if not self.matrix.is_meta:
            self.matrix.copy_(_tensor(*self.sizes))

    def extra_repr(self) -> str:
        """Shown by print(module)."""
        old, new = self.sizes
        return f"{old} to {new}"


@torch.compiler.assume_constant_result  # type: ignore[untyped-decorator]
def _tensor(old: int, new: int) -> Tensor:
    return torch.tensor(spline_matrix(old, new), device="cpu")


def resample(x: Tensor, matrices: list[Tensor]) -> Tensor:
    """`x` `(B, C, [D,] H, W)` with one matrix (new, old) for each of its last axes, [D,] H, W in order."""
    x = F.linear(x, matrices[-1])
    x = torch.matmul(matrices[-2], x)
    if len(matrices) == 3:
        height, width = x.shape[-2:]
        x = torch.matmul(matrices[0], x.flatten(-2)).unflatten(-1, (height, width))
    return x
