"""The module of the link `conv_interp`."""

from __future__ import annotations

from torch import Tensor, nn

from archlab.nn.conv_norm import conv_norm_activation, make_norm_or_none
from archlab.nn.frames import from_frames, to_frames, volume
from archlab.nn.resample.resize import Mode, Resize, scaled


class ConvInterp(nn.Module):
    """A 1x1 convolution and a norm, then interpolation to 2**`steps` times H and W; of D too with `dims` 3.

    `target` is another size to bring them to, ([D,] H, W). `size` is the (D, H, W) of the map that comes in, to which
    layer norms are bound.

    Source: Wang et al. 2020 (HRNet), section 3: the way up of a fusion.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        steps: int,
        *,
        size: tuple[int, int, int],
        dims: int = 2,
        mode: Mode = "nearest",
        target: tuple[int, ...] | None = None,
        bias: bool = False,
        norm: str = "batch2d",
        norm_eps: float = 1e-5,
        norm_momentum: float = 0.1,
    ) -> None:
        super().__init__()
        self.steps = steps
        self.dims = dims
        self.target = target
        self.norm_name = norm
        self.conv = nn.Conv2d(in_channels, out_channels, 1, bias=bias)
        self.norm = make_norm_or_none(norm, out_channels, size, norm_eps, norm_momentum)
        self.resize = Resize(mode)

    def forward(self, x: Tensor) -> Tensor:
        """`(B, C_in, [D,] H, W)` to `(B, C_out, [D',] H * 2**steps, W * 2**steps)`."""
        frames, depth = to_frames(x)
        frames = conv_norm_activation(frames, depth, self.conv, self.norm, self.norm_name)
        out = volume(frames, depth) if self.dims == 3 else frames
        larger: Tensor = self.resize(out, self.target or scaled(out.shape[2:], -self.steps))
        return larger if self.dims == 3 else from_frames(larger, x)

    def extra_repr(self) -> str:
        """Shown by print(module)."""
        return f"steps={self.steps}, dims={self.dims}"
