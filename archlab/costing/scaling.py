"""Operations that answer at another size, window by window: max pooling and transposed convolution."""

from __future__ import annotations

import math
from collections.abc import Sequence

from archlab.costing.recorder import INT64, Recorder, Value


class Scaling(Recorder):
    """The part of a tape that plays them; every method behaves as its torch counterpart."""

    def max_pool(self, x: Value, window: Sequence[int]) -> Value:
        """The largest number of each window of the last axes, rounding down; keeps its input and a place per number."""
        axes = len(window)
        size = [n // k for n, k in zip(x.shape[-axes:], window, strict=True)]
        out = self._after((*x.shape[:-axes], *size), x.grad, x)
        self.elementwise += x.elements
        if x.grad:
            self._keep(x)
            self._keep_extra(INT64 * out.elements)
        return out

    def conv_transpose(self, x: Value, channels: int, window: Sequence[int], *, bias: bool = True) -> Value:
        """Transposed convolution whose stride is its kernel: every pixel becomes a window."""
        weights = x.shape[1] * math.prod(window)
        self.params += channels * (weights + bias)
        self.macs += x.elements * channels * math.prod(window)
        size = [n * k for n, k in zip(x.shape[2:], window, strict=True)]
        self._keep(x)
        return self._after((x.shape[0], channels, *size), True, x)
