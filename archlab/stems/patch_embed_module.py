"""The module of the stem `patch_embed`."""

from __future__ import annotations

from torch import Tensor, nn

from archlab.nn.conv_norm import conv_norm_activation, make_norm_or_none
from archlab.nn.frames import from_frames, to_frames


class PatchEmbed(nn.Module):
    """A convolution of kernel and stride `patch`, then a norm of each pixel over its channels, or "none".

    Source: Dosovitskiy et al. 2021 (ViT), section 3.1; Liu et al. 2021 (Swin), section 3.1.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        *,
        patch: int,
        bias: bool = True,
        norm: str = "none",
        norm_eps: float = 1e-5,
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, patch, stride=patch, bias=bias)
        self.norm_name = norm
        self.norm = make_norm_or_none(norm, out_channels, (1, 1, 1), norm_eps)  # over channels alone: of any size

    def forward(self, x: Tensor) -> Tensor:
        """`(B, C_in, [D,] H, W)` to `(B, C_out, [D,] H / patch, W / patch)`.

        Raises:
            ValueError: the patch does not divide H and W.
        """
        (patch, _), (height, width) = self.conv.stride, x.shape[-2:]
        if height % patch or width % patch:
            raise ValueError(
                f"{height}x{width} cannot be cut into patches of {patch}x{patch}; use multiples of {patch}."
            )
        frames, depth = to_frames(x)
        return from_frames(conv_norm_activation(frames, depth, self.conv, self.norm, self.norm_name), x)
