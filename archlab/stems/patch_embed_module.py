"""The module of the stem `patch_embed`."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from archlab.nn.conv_norm import conv_norm_activation, make_norm_or_none
from archlab.nn.frames import from_frames, to_frames


class PatchEmbed(nn.Module):
    """Every patch of `patch` x `patch` pixels by one linear map, then norm, positions and extra tokens.

    Args:
        in_channels, out_channels: of the input, and of what leaves.
        patch: side of a patch in pixels.
        grid: patches along (H, W); positions and extra tokens are bound to it.
        bias: of the linear map.
        norm, norm_eps: "channel", a layer norm of every patch over its channels before the positions, or "none".
        position: whether a learned vector is added per place of the grid.
        class_position: whether the table begins with one for the class token.
        tokens: learned tokens in front of the patches: a class token, then registers.

    Source: Dosovitskiy et al. 2021 (ViT), section 3.1; Liu et al. 2021 (Swin), section 3.1 (norm);
    Darcet et al. 2024 (registers), section 3.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        *,
        patch: int,
        grid: tuple[int, int],
        bias: bool = True,
        norm: str = "none",
        norm_eps: float = 1e-5,
        position: bool = False,
        class_position: bool = True,
        tokens: int = 0,
    ) -> None:
        super().__init__()
        self.grid = grid if position or tokens else None  # None: any
        self.conv = nn.Conv2d(in_channels, out_channels, patch, stride=patch, bias=bias)
        self.norm_name = norm
        self.norm = make_norm_or_none(norm, out_channels, (1, 1, 1), norm_eps)  # over channels alone: of any size
        self.class_position = position and class_position and tokens > 0
        places = grid[0] * grid[1] + self.class_position
        self.position = _table(places, out_channels) if position else None
        self.class_token = _table(1, out_channels) if tokens else None
        self.register_tokens = _table(tokens - 1, out_channels) if tokens > 1 else None

    def forward(self, x: Tensor) -> Tensor:
        """`(B, C_in, [D,] H, W)` to `(B, C, [D,] H / patch, W / patch)`, or to `(B, tokens + patches, C)`.

        Raises:
            ValueError: the patch does not divide H and W; with positions or extra tokens, another grid of patches.
        """
        (patch, _), (height, width) = self.conv.stride, x.shape[-2:]
        if height % patch or width % patch:
            raise ValueError(
                f"{height}x{width} cannot be cut into patches of {patch}x{patch}; use multiples of {patch}."
            )
        frames, depth = to_frames(x)
        maps = conv_norm_activation(frames, depth, self.conv, self.norm, self.norm_name)
        if self.grid is not None and tuple(maps.shape[2:]) != self.grid:
            raise ValueError(f"patches stand on a grid of {self.grid}, not of {tuple(maps.shape[2:])}")
        patches = maps.flatten(2).transpose(1, 2)
        if self.position is not None:
            patches = patches + (self.position[:, 1:] if self.class_position else self.position)
        if self.class_token is None:
            return from_frames(patches.transpose(1, 2).unflatten(2, maps.shape[2:]), x)
        first = self.class_token.expand(patches.shape[0], -1, -1)
        if self.position is not None and self.class_position:
            first = first + self.position[:, :1]
        registers = [] if self.register_tokens is None else [self.register_tokens.expand(patches.shape[0], -1, -1)]
        return torch.cat([first, *registers, patches], dim=1)

    def extra_repr(self) -> str:
        """Shown by print(module)."""
        return f"grid={self.grid}, class_position={self.class_position}"


def _table(rows: int, channels: int) -> nn.Parameter:
    """Learned vectors, `(1, rows, channels)`."""
    return nn.Parameter(nn.init.trunc_normal_(torch.empty(1, rows, channels), std=0.02))
