"""Strides are torch's own, on random tensors."""

from __future__ import annotations

import torch
from hypothesis import given, settings
from hypothesis import strategies as some

from archlab.costing import strides

# An example costs less than a millisecond, and there are many ways in which a tensor may lie.
many = settings(max_examples=10 * settings.default.max_examples)


@some.composite
def tensors(draw: some.DrawFn, ranks: tuple[int, ...] = (1, 2, 3, 4, 5)) -> torch.Tensor:
    """A tensor in any memory order, sometimes cut out of a larger one."""
    n = draw(some.sampled_from(ranks))
    shape = draw(some.lists(some.integers(1, 4), min_size=n, max_size=n))
    order = draw(some.permutations(range(n)))
    tensor = torch.empty([shape[a] for a in order]).permute([order.index(a) for a in range(n)])
    if draw(some.booleans()):
        axis = draw(some.integers(0, n - 1))
        tensor = tensor.narrow(axis, 0, max(1, tensor.shape[axis] - 1))
    return tensor


def layouts_agree(shape: tuple[int, ...], a: tuple[int, ...], b: tuple[int, ...]) -> bool:
    """Equal strides wherever an axis has more than one entry."""
    return all(n == 1 or s == t for n, s, t in zip(shape, a, b, strict=True))


@given(tensors())
def test_contiguity(x: torch.Tensor) -> None:
    assert strides.is_contiguous(tuple(x.shape), x.stride()) == x.is_contiguous()


@many
@given(tensors((4,)), some.integers(1, 3))
def test_spatial_operations_answer_channels_last_where_torch_does(x: torch.Tensor, channels: int) -> None:
    memory = [(tuple(x.shape), x.stride())]
    larger = torch.nn.functional.interpolate(x, scale_factor=2, mode="bilinear")
    assert layouts_agree(tuple(larger.shape), strides.like(memory, tuple(larger.shape)), larger.stride())
    filtered = torch.nn.functional.conv2d(x, torch.zeros(channels, x.shape[1], 1, 1))
    assert layouts_agree(tuple(filtered.shape), strides.like(memory, tuple(filtered.shape)), filtered.stride())
    joined = torch.cat([x, x], dim=1)
    assert layouts_agree(tuple(joined.shape), strides.like(memory * 2, tuple(joined.shape)), joined.stride())


@many
@given(tensors(), some.data())
def test_reshape_is_a_view_or_a_copy_as_in_torch(x: torch.Tensor, data: some.DataObject) -> None:
    new, rest = [], x.numel()
    for _ in range(data.draw(some.integers(0, 3))):
        new.append(data.draw(some.sampled_from([d for d in range(1, rest + 1) if rest % d == 0])))
        rest //= new[-1]
    new.append(rest)
    mine = strides.view(tuple(x.shape), x.stride(), tuple(new))
    theirs = x.reshape(new)
    is_view = theirs.untyped_storage().data_ptr() == x.untyped_storage().data_ptr()
    assert (mine is not None) == is_view
    if mine is not None:
        assert layouts_agree(tuple(new), mine, theirs.stride())


@many
@given(tensors((4,)), some.data())
def test_results_of_elementwise_operations_lie_as_in_torch(x: torch.Tensor, data: some.DataObject) -> None:
    order = data.draw(some.permutations(range(4)))
    y = torch.empty([x.shape[a] for a in order]).permute([order.index(a) for a in range(4)])
    if data.draw(some.booleans()):
        y = y.narrow(axis := data.draw(some.integers(0, 3)), 0, 1)
        assert y.shape[axis] == 1
    result = x + y
    shape = strides.broadcast(tuple(x.shape), tuple(y.shape))
    assert shape == tuple(result.shape)
    mine = strides.elementwise(shape, [(tuple(x.shape), x.stride()), (tuple(y.shape), y.stride())])
    assert layouts_agree(shape, mine, result.stride())
