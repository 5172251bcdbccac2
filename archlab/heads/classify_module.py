"""The module of the head `classify`."""

from __future__ import annotations

from torch import Tensor, nn

from archlab.nn.conv_norm import make_norm_or_none
from archlab.nn.frames import from_frames, to_frames
from archlab.nn.norm import normalized


class ClassifyHead(nn.Module):
    """Mean over all pixels and frames, then a linear layer; with norm "channel", each pixel is normalised first.

    Source: Lin et al. 2014 (Network in Network), section 3.2; Liu et al. 2021 (Swin) for the norm.
    """

    def __init__(self, channels: int, classes: int, *, norm: str = "none", norm_eps: float = 1e-5) -> None:
        super().__init__()
        self.norm_name = norm
        self.norm = make_norm_or_none(norm, channels, (1, 1, 1), norm_eps)  # over channels alone: of any size
        self.linear = nn.Linear(channels, classes)

    def forward(self, x: Tensor) -> Tensor:
        """`(B, C, [D,] H, W)` to `(B, classes)`."""
        if self.norm_name != "none":
            frames, depth = to_frames(x)
            x = from_frames(normalized(self.norm, self.norm_name, frames, depth), x)
        return self.linear(x.flatten(2).mean(-1))
