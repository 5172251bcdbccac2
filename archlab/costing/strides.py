"""Strides as torch computes them: which reshapes are views, how results lie in memory.

Only shapes and strides, so that closed forms know without torch where a copy is made.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

Ints = tuple[int, ...]


@lru_cache(maxsize=4096)
def contiguous(shape: Ints) -> Ints:
    """Strides of a tensor whose elements lie in order."""
    strides = [1] * len(shape)
    for a in range(len(shape) - 2, -1, -1):
        strides[a] = strides[a + 1] * max(shape[a + 1], 1)
    return tuple(strides)


@lru_cache(maxsize=4096)
def is_contiguous(shape: Ints, strides: Ints) -> bool:
    """Whether elements lie in order; the stride of an axis of size 1 does not matter."""
    expected = 1
    for n, s in zip(reversed(shape), reversed(strides), strict=True):
        if n != 1:
            if s != expected:
                return False
            expected *= n
    return True


def is_channels_last(shape: Ints, strides: Ints) -> bool:
    """Whether elements of a 4-D or 5-D tensor lie in order once axis 1 is put last; axes of size 1 do not matter."""
    return is_contiguous((shape[0], *shape[2:], shape[1]), (strides[0], *strides[2:], strides[1]))


@lru_cache(maxsize=4096)
def channels_last(shape: Ints, strides: Ints) -> bool:
    """Whether a 4-D or 5-D tensor counts as channels-last, in which layout many operations then answer."""
    if len(shape) not in (4, 5) or strides[-1] < strides[1] * shape[1]:  # most lie in order: seen at once
        return False
    # As torch's is_channels_last_strides: the channel must be the fastest axis, then W, H, (D,) and last the batch.
    # Samples of a single number lie in both orders (at the batch, `least` is then still the channel's stride): torch
    # takes them to be in order.
    least = 0
    for a in (1, *range(len(shape) - 1, 1, -1), 0):
        if strides[a] < least or strides[a] == 0 or (a == 0 and least == strides[1]):
            return False
        least = strides[a] * max(shape[a], 1)
    return True


def like(memory: Sequence[tuple[Ints, Ints]], shape: Ints) -> Ints:
    """Strides of what a convolution, padding, resampling or concatenation of such tensors makes."""
    if len(shape) in (4, 5) and all(channels_last(*given) for given in memory):
        inner = contiguous((shape[0], *shape[2:], shape[1]))
        return (inner[0], inner[-1], *inner[1:-1])
    return contiguous(shape)


@lru_cache(maxsize=4096)
def view(shape: Ints, strides: Ints, new: Ints) -> Ints | None:
    """Strides of `new` looking at the same memory; None where it must be copied."""
    if is_contiguous(shape, strides):
        return contiguous(new)
    # As torch's computeStride: axes of `shape`, last first, are gathered into stretches that lie in memory without a
    # gap (each axis begins where the next one's numbers end). A stretch can be divided anew at will, its border not:
    # the sizes of `new` must multiply up exactly to `count`, the numbers of the stretch, or there is no view.
    result = [0] * len(new)
    at = len(new) - 1  # the axis of `new` that is next
    base = strides[-1]  # the step between two numbers of the stretch
    count = room = 1  # numbers of the stretch, and those of them that axes of `new` have taken
    for a in range(len(shape) - 1, -1, -1):
        count *= shape[a]
        if a == 0 or (shape[a - 1] != 1 and strides[a - 1] != count * base):
            while at >= 0 and (room < count or new[at] == 1):
                result[at] = room * base
                room *= new[at]
                at -= 1
            if room != count:
                return None
            if a > 0:
                base = strides[a - 1]
                count = room = 1
    return tuple(result) if at == -1 else None


def broadcast(*shapes: Ints) -> Ints:
    """The common shape of tensors that are combined element by element."""
    rank = max(map(len, shapes))
    padded = [(1,) * (rank - len(s)) + s for s in shapes]
    return tuple(next((n for n in column if n != 1), 1) for column in zip(*padded, strict=True))


def elementwise(shape: Ints, operands: Sequence[tuple[Ints, Ints]]) -> Ints:
    """Strides of the result of an element-wise operation: the memory order of its operands, first one first."""
    own, strides = operands[0]
    if own == shape and 1 not in shape and 0 not in strides and len(set(strides)) == len(strides):
        # Every axis has a stride of its own, so that the first operand alone settles their order.
        return _laid(shape, sorted(range(len(shape)), key=strides.__getitem__))
    if all(s == shape for s, _ in operands):
        if all(is_contiguous(s, t) for s, t in operands):
            return contiguous(shape)
        if len(shape) in (4, 5) and all(is_channels_last(s, t) for s, t in operands):
            return _laid(shape, (1, *range(len(shape) - 1, 1, -1), 0))
        if all(t == strides for _, t in operands) and _dense(shape, strides):
            return strides
    known = [_expanded(shape, s, t) for s, t in operands]
    order = list(range(len(shape) - 1, -1, -1))  # fastest axis first
    for i in range(1, len(order)):
        at = i
        for j in range(i - 1, -1, -1):
            comparison = _compare(shape, known, order[j], order[at])
            if comparison > 0:
                order[j], order[at] = order[at], order[j]
                at = j
            elif comparison < 0:
                break
    return _laid(shape, order)


def _laid(shape: Ints, order: Sequence[int]) -> Ints:
    """Strides of a tensor that lies without gaps, its axes in this order, the fastest first."""
    result = [0] * len(shape)
    step = 1
    for a in order:
        result[a] = step
        step *= shape[a]
    return tuple(result)


def _compare(shape: Ints, known: Sequence[Ints], a: int, b: int) -> int:
    """-1 where axis `a` is the faster one, 1 where `b` is, 0 where nobody can tell."""
    for strides in known:
        if strides[a] and strides[b]:
            if strides[a] != strides[b]:
                return -1 if strides[a] < strides[b] else 1
            if shape[a] > shape[b]:
                return 1
    return 0


def _expanded(shape: Ints, own: Ints, strides: Ints) -> Ints:
    lead = len(shape) - len(own)
    return (0,) * lead + tuple(
        0 if n == 1 and shape[lead + a] != 1 else s for a, (n, s) in enumerate(zip(own, strides, strict=True))
    )


def _dense(shape: Ints, strides: Ints) -> bool:
    """Whether every place in memory is used exactly once."""
    expected = 1
    for s, n in sorted((s, n) for s, n in zip(strides, shape, strict=True) if n != 1):
        if s != expected:
            return False
        expected *= n
    return True
