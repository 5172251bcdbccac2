"""The module of the link `resize`."""

from __future__ import annotations

from torch import Tensor, nn

from archlab.nn.frames import from_frames, to_frames
from archlab.nn.resample.resize import Mode, Resize, scaled


class ResizeLevels(nn.Module):
    """Interpolation over `steps` levels at once (positive = coarser): of H and W, with `dims` 3 of D too."""

    def __init__(self, steps: int, *, dims: int = 2, mode: Mode = "linear") -> None:
        super().__init__()
        self.steps = steps
        self.dims = dims
        self.resize = Resize(mode)

    def forward(self, x: Tensor) -> Tensor:
        """`(B, C, [D,] H, W)` to `(B, C, [D',] H', W')`."""
        maps = x if self.dims == 3 else to_frames(x)[0]
        out: Tensor = self.resize(maps, scaled(maps.shape[2:], self.steps))
        return out if self.dims == 3 else from_frames(out, x)

    def extra_repr(self) -> str:
        """Shown by print(module)."""
        return f"steps={self.steps}, dims={self.dims}"
