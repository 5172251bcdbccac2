"""A map brought to another level by interpolation alone."""

from __future__ import annotations

from torch import Tensor, nn

from archlab.nn.frames import from_frames, to_frames
from archlab.nn.resample.resize import Mode, Resize, scaled


class ResizeMap(nn.Module):
    """A map straight to 2**-steps of its size: H and W, and D as well where `dims` is 3.

    `steps` > 0 makes it smaller. `target` is another size to bring it to, ([D,] H, W).
    """

    def __init__(self, steps: int, *, dims: int, mode: Mode, target: tuple[int, ...] | None = None) -> None:
        super().__init__()
        self.steps = steps
        self.dims = dims
        self.target = target
        self.resize = Resize(mode)

    def forward(self, x: Tensor) -> Tensor:
        """`(B, C, [D,] H, W)` to `(B, C, [D',] H', W')`."""
        if self.dims == 3:
            resized: Tensor = self.resize(x, self.target or scaled(x.shape[2:], self.steps))
            return resized
        frames, _ = to_frames(x)
        return from_frames(self.resize(frames, self.target or scaled(frames.shape[2:], self.steps)), x)

    def extra_repr(self) -> str:
        """Shown by print(module)."""
        return f"steps={self.steps}, dims={self.dims}"
