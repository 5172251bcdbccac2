"""The module of the head `classify`."""

from __future__ import annotations

from typing import Literal

from torch import Tensor, nn

from archlab.nn.frames import from_frames, to_frames
from archlab.nn.norm import normalized


class ClassifyHead(nn.Module):
    """Mean over all pixels and frames, or the class token, then a linear layer.

    `norm`: a layer norm over the channels of every pixel and token, before that; `tokens` are the extra ones of the
    map, the class token first.
    """

    def __init__(
        self,
        channels: int,
        classes: int,
        *,
        pool: Literal["mean", "token"] = "mean",
        norm: bool = False,
        norm_eps: float = 1e-5,
        tokens: int = 0,
    ) -> None:
        super().__init__()
        self.pool = pool
        self.tokens = tokens
        self.norm = nn.LayerNorm((channels,), norm_eps) if norm else None
        self.linear = nn.Linear(channels, classes)

    def forward(self, x: Tensor) -> Tensor:
        """`(B, C, [D,] H, W)` or `(B, tokens + H * W, C)` to `(B, classes)`."""
        return self.linear(self._of_tokens(x) if x.dim() == 3 else self._of_map(x))

    def _of_map(self, x: Tensor) -> Tensor:
        if self.norm is not None:
            frames, depth = to_frames(x)
            x = from_frames(normalized(self.norm, "channel", frames, depth), x)
        return x.flatten(2).mean(-1)

    def _of_tokens(self, x: Tensor) -> Tensor:
        x = x if self.norm is None else self.norm(x)
        return x[:, 0] if self.pool == "token" else x[:, self.tokens :].mean(1)

    def extra_repr(self) -> str:
        """Shown by print(module)."""
        return f"pool={self.pool}"
