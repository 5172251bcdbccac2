"""The module of the head `classify`."""

from __future__ import annotations

from typing import Literal

from torch import Tensor, nn

from archlab.nn.conv_norm import make_norm_or_none
from archlab.nn.frames import from_frames, to_frames
from archlab.nn.norm import normalized


class ClassifyHead(nn.Module):
    """Mean over all pixels and frames, or the class token, then a linear layer; with norm "channel", after a norm.

    `tokens` are the extra ones of the map, the class token first; `dropout` is the share of the features that is left
    out in training.

    Source: Lin et al. 2014 (Network in Network), section 3.2; Liu et al. 2021 (Swin) for the norm; Dosovitskiy et al.
    2021 (ViT), section 3.1, for the class token.
    """

    def __init__(
        self,
        channels: int,
        classes: int,
        *,
        pool: Literal["mean", "token"] = "mean",
        norm: str = "none",
        norm_eps: float = 1e-5,
        tokens: int = 0,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.pool = pool
        self.tokens = tokens
        self.norm_name = norm
        self.norm = make_norm_or_none(norm, channels, (1, 1, 1), norm_eps)  # over channels alone: of any size
        self.dropout = nn.Dropout(dropout)
        self.linear = nn.Linear(channels, classes)

    def forward(self, x: Tensor) -> Tensor:
        """`(B, C, [D,] H, W)` or `(B, tokens + H * W, C)` to `(B, classes)`."""
        return self.linear(self.dropout(self._of_tokens(x) if x.dim() == 3 else self._of_map(x)))

    def _of_map(self, x: Tensor) -> Tensor:
        if self.norm_name != "none":
            frames, depth = to_frames(x)
            x = from_frames(normalized(self.norm, self.norm_name, frames, depth), x)
        return x.flatten(2).mean(-1)

    def _of_tokens(self, x: Tensor) -> Tensor:
        x = self.norm(x)
        return x[:, 0] if self.pool == "token" else x[:, self.tokens :].mean(1)

    def extra_repr(self) -> str:
        """Shown by print(module)."""
        return f"pool={self.pool}"
