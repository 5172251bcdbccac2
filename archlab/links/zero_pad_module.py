"""The module of the link `zero_pad`."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F


class ZeroPad(nn.Module):
    """The map as it is, followed by `extra` channels of zeros.

    Source: He et al. 2016 (ResNet), section 3.3, shortcut option A.
    """

    def __init__(self, extra: int) -> None:
        super().__init__()
        self.extra = extra

    def forward(self, x: Tensor) -> Tensor:
        """`(B, C, [D,] H, W)` to `(B, C + extra, [D,] H, W)`."""
        return F.pad(x, (*(0, 0) * (x.dim() - 2), 0, self.extra))

    def extra_repr(self) -> str:
        """Shown by print(module)."""
        return f"extra={self.extra}"
