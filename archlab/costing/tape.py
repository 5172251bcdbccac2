"""Closed forms without torch: a tape that plays a module's operations on shapes.

A cell's `cost()` writes down the operations of its module on a `Tape`; the tape counts parameters, MACs and
element-wise operations, and keeps account of what autograd would hold for the backward pass. No numbers flow,
only shapes, strides and storages, so the answer is exact and takes microseconds.

Conventions, shared with `archlab.estimator.probe`:

* **MACs**: convolutions and matrix products, biases free, attention as two matrix products: what
  `torch.utils.flop_counter` counts on the meta device, halved.
* **Element-wise operations**, never mixed into MACs: 1 per output element of a sum, product, activation or
  bias of a score; 2 of a dropout; 4 of a norm (5 with scale and shift); 5 of a softmax; 3 of an L2 normalisation
  and 1 per length; 4 of a bilinear resampling; 1 per input element of a mean or a max pooling. Copies, padding and
  nearest resampling are 0.
* **Saved bytes**: training mode, float32, as `torch.autograd.graph.saved_tensors_hooks` sees them, every storage
  once; parameters, buffers and constants that all modules share (masks, spline matrices) excepted. Views share a
  storage; a reshape that torch must copy makes a new one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from archlab.costing import strides as st
from archlab.costing.recorder import FLOAT, Conditions, Value, under
from archlab.costing.scaling import Scaling

__all__ = ["Conditions", "Tape", "Value", "under"]


class Tape(Scaling):
    """Plays the operations of one part. `x` is the part's input, `cost(y)` the sum of what was played.

    Every method is named and behaves as its torch counterpart; shapes carry the batch axis. Views and copies
    (`reshape`, `permute`, ...) come from `Recorder`, max pooling and transposed convolution from `Scaling`.
    """

    def pad(self, x: Value, *amounts: int, mode: str = "reflect") -> Value:
        """`amounts` on both sides of the last axes, last axis last; reflection keeps its input."""
        if not any(amounts):
            return x
        count = len(amounts)
        padded = [n + 2 * amount for n, amount in zip(x.shape[-count:], amounts, strict=True)]
        shape = (*x.shape[:-count], *padded)
        if x.grad and mode != "constant":
            self._keep(x)
        if count == 3 and mode != "constant":  # torch's reflection_pad3d answers in order
            return self._new(shape, x.grad)
        return self._after(shape, x.grad, x)

    def fill_up(self, x: Value, size: Sequence[int]) -> Value:
        """Zeros at the end of the last `len(size)` axes; keeps nothing."""
        shape = (*x.shape[: -len(size)], *size)
        return x if shape == x.shape else self._after(shape, x.grad, x)

    def roll(self, x: Value, shift: Sequence[int]) -> Value:
        """The last `len(shift)` axes moved cyclically; keeps nothing."""
        return self._after(x.shape, x.grad, x) if any(shift) else x

    def index_select(self, x: Value, axis: int, index: Value) -> Value:
        """Entries of one axis; keeps the index."""
        if x.grad:
            self._keep(index)
        shape = list(x.shape)
        shape[axis] = index.shape[0]
        return self._new(tuple(shape), x.grad)

    # -- products ---------------------------------------------------------------------------------------------------

    def conv(
        self,
        x: Value,
        channels: int,
        kernel: Sequence[int],
        *,
        stride: int | Sequence[int] = 1,
        padding: int = 0,
        groups: int = 1,
        bias: bool = True,
    ) -> Value:
        """Convolution over `len(kernel)` axes, of one stride or one per axis; `padding` zeros around each of them."""
        c_in = x.shape[1] // groups
        axes = len(kernel)
        strides = (stride,) * axes if isinstance(stride, int) else stride
        given = zip(x.shape[2:], kernel, strides, strict=True)
        size = [(n + 2 * padding - k) // step + 1 for n, k, step in given]
        weights = c_in * math.prod(kernel)
        self.params += channels * (weights + bias)
        out = self._after((x.shape[0], channels, *size), True, x)
        self.macs += out.elements * weights
        self._keep(x)
        return out

    def linear(self, x: Value, features: int, *, bias: bool = True) -> Value:
        """Matrix product along the last axis."""
        rows = self.reshape(x, -1, x.shape[-1])
        self.params += features * (x.shape[-1] + bias)
        self.macs += rows.elements * features
        self._keep(rows)
        return self._new((*x.shape[:-1], features), grad=True)

    def matmul(self, a: Value, b: Value) -> Value:
        """Batched product `(..., n, k) @ (..., k, m)` with equal leading axes."""
        n, k, m = a.shape[-2], a.shape[-1], b.shape[-1]
        flat_a, flat_b = self.reshape(a, -1, n, k), self.reshape(b, -1, k, m)
        self.macs += flat_a.elements * m
        if a.grad:
            self._keep(flat_b)
        if b.grad:
            self._keep(flat_a)
        return self._new((*a.shape[:-1], m), a.grad or b.grad)

    def attention_in_pieces(
        self,
        q: Value,
        k: Value,
        v: Value,
        *,
        normalized: str = "not",
        bias: Value | None = None,
        masked: bool = False,
        scaled: bool = False,
    ) -> Value:
        """`archlab.nn.pieces.AttendInPieces` of `(G, h, tokens, features)`: keeps q, k, v as they come, and the bias.

        `normalized` to unit "length" or "variance" counts as `normalize` or `standardize` do; of many tokens that
        have more features still, it is the scores that are divided by the lengths.
        """
        groups, heads, rows, features = q.shape
        scores = groups * heads * rows * k.shape[-2]
        a_number, a_token = {"length": (3, 1), "variance": (6, 2), "not": (0, 0)}[normalized]
        if normalized == "length" and features > k.shape[-2] >= 16:
            a_number = 2
            self.elementwise += 2 * scores
        self.elementwise += sum(a_number * x.elements + a_token * x.elements // features for x in (q, k))
        self.elementwise += scores * (5 + (bias is not None) + masked) + scaled * q.elements
        self.macs += scores * (features + v.shape[-1])
        grad = any(t.grad for t in (q, k, v))
        if grad:
            self._keep(q, k, v, *([bias] if bias is not None else []))
        return self.transpose(self._new((groups, rows, heads, v.shape[-1]), grad), 1, 2)

    # -- element by element -----------------------------------------------------------------------------------------

    def pointwise(self, *xs: Value, ops: int = 1) -> Value:
        """An operation per element that keeps nothing (sums, scaling); broadcasts."""
        shapes = [x.shape for x in xs]
        alike = shapes.count(shapes[0]) == len(shapes)
        return self._elementwise(shapes[0] if alike else st.broadcast(*shapes), xs, ops)

    def _elementwise(self, shape: tuple[int, ...], xs: Sequence[Value], ops: int) -> Value:
        """The result, of that shape, of an operation per element."""
        first, strides = xs[0], None
        # The first operand settles the order of every axis, if it lies in order and no two of its strides are alike.
        if first.strides is not None or first.shape != shape or (1 in shape[1:] and len(xs) > 1):
            strides = st.elementwise(shape, [x.memory for x in xs])
        out = self._new(shape, True in [x.grad for x in xs], strides)
        self.elementwise += ops * out.elements
        return out

    def add(self, *xs: Value) -> Value:
        """Sum from left to right."""
        total = xs[0]
        for x in xs[1:]:
            total = self.pointwise(total, x)
        return total

    def mul(self, a: Value, b: Value) -> Value:
        """Product; each factor that needs a gradient keeps the other."""
        if a.grad:
            self._keep(b)
        if b.grad:
            self._keep(a)
        return self.pointwise(a, b)

    def div(self, a: Value, b: Value) -> Value:
        """Quotient; backward needs the divisor, and the dividend where the divisor learns."""
        if a.grad or b.grad:
            self._keep(b)
        if b.grad:
            self._keep(a)
        return self.pointwise(a, b)

    def activation(self, x: Value, name: str) -> Value:
        """Activation by name; relu and sigmoid keep their output, the others their input."""
        out = self.pointwise(x)
        if name == "prelu":
            self.parameter(1)
            out.grad = True
        if out.grad:
            self._keep(out if name in ("relu", "sigmoid") else x)
        return out

    def softmax(self, x: Value, ops: int = 5) -> Value:
        """Softmax along the last axis; keeps its output."""
        out = self._new(x.shape, x.grad)
        self.elementwise += ops * x.elements
        if x.grad:
            self._keep(out)
        return out

    def normalize(self, x: Value) -> Value:
        """L2 normalisation along the last axis, as `torch.nn.functional.normalize`."""
        length = self._new((*x.shape[:-1], 1), x.grad)
        bound = self._new(length.shape, x.grad)
        if x.grad:
            self._keep(x, length, bound)
        self.elementwise += 2 * x.elements + length.elements
        return self.pointwise(x, bound)

    def standardize(self, x: Value) -> Value:
        """Zero mean and unit variance along the last axis: `var_mean`, difference, root, quotient."""
        narrow = (*x.shape[:-1], 1)
        if x.grad:
            self._keep(x)
        self.elementwise += 4 * x.elements
        mean, variance = self._new(narrow, x.grad), self._new(narrow, x.grad)
        root = self.pointwise(self.pointwise(variance))
        if x.grad:
            self._keep(root)
        return self.div(self.pointwise(x, mean), root)

    def dropout(self, x: Value, p: float) -> Value:
        """Dropout in training; keeps its mask of floats."""
        if not p:
            return x
        self.elementwise += x.elements  # the mask is divided by the share that is kept
        return self.mul(x, self.constant(*x.shape))

    def drop_path(self, x: Value, p: float) -> Value:
        """Stochastic depth by sample; keeps one number a sample."""
        if not p:
            return x
        mask = self.constant(x.shape[0], *(1,) * (len(x.shape) - 1))
        self.elementwise += mask.elements  # the mask is divided by the share that is kept
        if x.grad:
            self._keep(mask)
        return self._elementwise(x.shape, (x, mask), 1)

    # -- norms ------------------------------------------------------------------------------------------------------

    def instance_norm(self, x: Value) -> Value:
        """Each channel of each sample for itself, without parameters."""
        x = self.contiguous(x)
        self._statistics(x, x.shape[0] * x.shape[1])
        self.elementwise += 4 * x.elements
        return self._new(x.shape, x.grad)

    def batch_norm(self, x: Value) -> Value:
        """Each channel over the batch, with scale and shift; running statistics are buffers.

        As `nn.norm.normalized` calls it: maps whose layout is ambiguous are brought in order first.
        """
        if 1 in x.shape and st.is_channels_last(*x.memory):
            x = self.contiguous(x)
        self.params += 2 * x.shape[1]
        out = self._after(x.shape, True, x)
        self._keep(x)
        self._keep_extra(2 * FLOAT * x.shape[1])
        self.elementwise += 5 * x.elements
        return out

    def layer_norm(self, x: Value, axes: int) -> Value:
        """Over the last `axes` axes, with scale and shift per element."""
        shape = x.shape[-axes:]
        self.params += 2 * math.prod(shape)
        out = self._new(x.shape, grad=True)
        self._keep(x)
        self._keep_extra(2 * FLOAT * math.prod(x.shape[:-axes]))
        self.elementwise += 5 * x.elements
        return out

    def _statistics(self, x: Value, groups: int) -> None:
        if x.grad:
            self._keep(x)
            self._keep_extra(2 * FLOAT * groups)

    # -- resolution -------------------------------------------------------------------------------------------------

    def interpolate(self, x: Value, size: Sequence[int], mode: str = "bilinear") -> Value:
        """Another size of the last `len(size)` axes; keeps nothing."""
        out = self._after((*x.shape[: -len(size)], *size), x.grad, x)
        self.elementwise += 0 if mode == "nearest" else 4 * out.elements
        return out

    def mean(self, x: Value, axes: Sequence[int]) -> Value:
        """Mean over `axes`, which vanish; keeps nothing."""
        self.elementwise += x.elements
        gone = {a % len(x.shape) for a in axes}
        return self._new(tuple(n for a, n in enumerate(x.shape) if a not in gone), x.grad)
