"""The module of the link `patch_merge`."""

from __future__ import annotations

from torch import Tensor, nn

from archlab.nn.conv_norm import make_norm_or_none
from archlab.nn.frames import from_frames, to_frames, volume
from archlab.nn.norm import normalized
from archlab.nn.resample.chain import chain


class PatchMerge(nn.Module):
    """Per step: the pixels of every 2x2 square, or 2x2x2 cube, side by side as channels, then a 1x1 convolution.

    With norm "channel", the layer norm of Swin's patch merging stands before each convolution.

    The phases of a square are stacked as (row 0, column 0), (1, 0), (0, 1), (1, 1); of a cube first those of its
    first frame in this order, then those of its second.

    Source: SNRAware (STCNNT), DownSample; Liu et al. 2021 (Swin), section 3.1.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        steps: int,
        *,
        dims: int = 2,
        norm: str = "none",
        norm_eps: float = 1e-5,
    ) -> None:
        super().__init__()
        self.dims = dims
        self.norm_name = norm
        widths = [(2**dims * c_in, c_out) for c_in, c_out in chain(in_channels, out_channels, steps)]
        # a norm over channels alone asks for no size
        self.norms = nn.ModuleList(make_norm_or_none(norm, stacked, (1, 1, 1), norm_eps) for stacked, _ in widths)
        self.convs = nn.ModuleList(nn.Conv2d(stacked, c_out, 1, bias=False) for stacked, c_out in widths)

    def forward(self, x: Tensor) -> Tensor:
        """`(B, C_in, [D,] H, W)` to `(B, C_out, [D',] H / 2**steps, W / 2**steps)`."""
        frames, depth = to_frames(x)
        for norm, conv in zip(self.norms, self.convs, strict=True):
            height, width = frames.shape[-2:]
            if height % 2 or width % 2 or (self.dims == 3 and depth % 2):
                size = f"{depth}x{height}x{width}" if self.dims == 3 else f"{height}x{width}"
                raise ValueError(f"patch merging halves every axis, but {size} is odd; use even sizes.")
            frames = _squares(frames) if self.dims == 2 else _cubes(frames, depth)
            depth = depth // 2 if self.dims == 3 else depth
            frames = conv(frames if self.norm_name == "none" else normalized(norm, self.norm_name, frames, depth))
        return volume(frames, depth) if self.dims == 3 else from_frames(frames, x)

    def in_words(self) -> list[str]:
        """Every step, for people: the convolutions alone do not say where their channels come from."""
        pixels, told = "x".join("2" * self.dims), []
        for norm, conv in zip(self.norms, self.convs, strict=True):
            told += [f"{pixels} pixels side by side as channels"]
            told += [] if isinstance(norm, nn.Identity) else [type(norm).__name__]
            told += [f"convolution 1x1, {conv.in_channels} to {conv.out_channels} channels"]
        return told

    def extra_repr(self) -> str:
        """Shown by print(module)."""
        return f"dims={self.dims}"


def _squares(frames: Tensor) -> Tensor:
    """`(N, C, H, W)` to `(N, 4C, H/2, W/2)`."""
    squares = frames.unflatten(3, (-1, 2)).unflatten(2, (-1, 2))
    return squares.permute(0, 5, 3, 1, 2, 4).flatten(1, 3)


def _cubes(frames: Tensor, depth: int) -> Tensor:
    """`(B * D, C, H, W)` to `(B * D/2, 8C, H/2, W/2)`."""
    cubes = frames.unflatten(3, (-1, 2)).unflatten(2, (-1, 2)).unflatten(0, (-1, depth // 2, 2))
    return cubes.permute(0, 1, 2, 7, 5, 3, 4, 6).flatten(2, 5).flatten(0, 1)
