"""What a node or a link costs: integers only, exact."""

from __future__ import annotations

import msgspec


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """Cost of one part for one sample (batch 1); everything but `params` grows with the batch.

    Attributes:
        params: trainable parameters.
        macs: multiply-accumulates of convolutions and matrix products, forward; FLOPs = 2 x MACs,
            as torch.utils.flop_counter counts on the meta device (attention as two matmuls).
        elementwise: operations of norms, activations, sums, resampling: never mixed into `macs`.
        saved_bytes: bytes kept for the backward pass inside the part, float32, training mode;
            the part's own input and output are not in it (see the two flags). None = not known.
        saves_input: the part keeps its input tensor for backward.
        saves_output: the part keeps its output tensor for backward.
    """

    params: int = 0
    macs: int = 0
    elementwise: int = 0
    saved_bytes: int | None = 0
    saves_input: bool = False
    saves_output: bool = False

    @property
    def flops(self) -> int:
        """2 x MACs."""
        return 2 * self.macs
