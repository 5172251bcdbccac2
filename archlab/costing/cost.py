"""What a node or a link costs: integers only, exact."""

from __future__ import annotations

import msgspec


class Cost(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What one part costs on one map: integers, exact.

    Attributes:
        params: trainable parameters.
        macs: multiply-accumulates of convolutions and matrix products, forward, one sample; FLOPs = 2 x MACs,
            as torch.utils.flop_counter counts on the meta device (attention as two matmuls).
        elementwise: operations of norms, activations, sums, resampling, one sample: never mixed into `macs`.
        saved_bytes: bytes kept for the backward pass inside the part, float32, training mode; parameters,
            buffers and shared constants (masks) excepted, and the part's own input and output, which the flags tell.
            None = not known.
        saves_input: the part keeps its input tensor for backward.
        saves_output: the part keeps its output tensor for backward.
        saves_query: the part keeps its second input (of a gate) for backward.
        aliases_input: the output is the input tensor itself, not a new one.
        batch: the batch size that `saved_bytes` is for; a larger batch is scaled from it.
        strides: how the output lies in memory at that batch size; None = in order of its shape.
        uncounted: operations that do arithmetic which no column counts, by name.
    """

    params: int = 0
    macs: int = 0
    elementwise: int = 0
    saved_bytes: int | None = 0
    saves_input: bool = False
    saves_output: bool = False
    saves_query: bool = False
    aliases_input: bool = False
    batch: int = 1
    strides: tuple[int, ...] | None = None
    uncounted: tuple[str, ...] = ()

    @property
    def flops(self) -> int:
        """Floating-point operations: two per multiply-accumulate."""
        return 2 * self.macs
