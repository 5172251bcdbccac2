"""The module of the links `interp_conv1` and `interp_conv3`."""

from __future__ import annotations

from torch import Tensor, nn

from archlab.nn.conv import conv
from archlab.nn.frames import from_frames, to_frames
from archlab.nn.resample.chain import chain
from archlab.nn.resample.resize import Mode, Resize, scaled


class InterpConv(nn.Module):
    """Per step: interpolation to twice (`up`) or half the size, then a convolution without bias, at the new size.

    `dims` is 2 to change H and W, 3 to change D as well; `kernel` is 1 or 3 along each of these axes. An odd size
    halves to the smaller integer. The last step goes to `target`, ([D,] H, W), where one is given.

    Source: SNRAware (STCNNT), UpSample.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        steps: int,
        *,
        kernel: int,
        up: bool,
        dims: int = 2,
        mode: Mode = "linear",
        target: tuple[int, ...] | None = None,
    ) -> None:
        super().__init__()
        self.way = -1 if up else 1
        self.dims = dims
        self.target = target
        self.resizes = nn.ModuleList(Resize(mode) for _ in range(steps))
        self.convs = nn.ModuleList(
            conv(c_in, c_out, kernel, axes=self.dims, bias=False)
            for c_in, c_out in chain(in_channels, out_channels, steps)
        )

    def forward(self, x: Tensor) -> Tensor:
        """`(B, C_in, [D,] H, W)` to `(B, C_out, [D',] H * f, W * f)`, f = 2**steps or 2**-steps."""
        out = x if self.dims == 3 else to_frames(x)[0]
        for left, resize, step in zip(reversed(range(len(self.convs))), self.resizes, self.convs, strict=True):
            size = scaled(out.shape[2:], self.way) if left or self.target is None else self.target
            out = step(resize(out, size))
        return out if self.dims == 3 else from_frames(out, x)

    def extra_repr(self) -> str:
        """Shown by print(module)."""
        return f"up={self.way < 0}, dims={self.dims}"
