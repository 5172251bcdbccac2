"""How numbers lie in memory changes none of them: of a gradient that comes back, of maps, of weights."""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations, product

import pytest
import torch
from torch import Tensor

from archlab.nn.norm import make_norm, normalized
from tests.cells.places import CODES, built, maps, place

NORMS = ["instance2d", "instance3d", "batch2d", "batch3d", "layer", "layer3d", "channel"]


def laid_out(x: Tensor, order: tuple[int, ...]) -> Tensor:
    """The same tensor with its axes in that order in memory."""
    back = [order.index(axis) for axis in range(x.dim())]
    return x.permute(order).contiguous().permute(back)


def single(x: Tensor) -> Tensor:
    """The same tensor, channels last and with a stride of one along a batch of one, as views leave it."""
    _, c, _, w = x.shape
    return torch.as_strided(x.permute(0, 2, 3, 1).contiguous(), x.shape, (1, 1, w * c, c))


@pytest.mark.parametrize(("samples", "depth"), [(1, 1), (1, 3), (2, 1), (2, 3)])
@pytest.mark.parametrize("name", NORMS)
def test_any_layout_of_maps_and_gradients_through_a_norm(name: str, samples: int, depth: int) -> None:
    norm = make_norm(name, 5, (depth, 4, 6)).double()
    frames = torch.randn(samples * depth, 5, 4, 6, dtype=torch.float64)
    gradient = torch.randn(frames.shape, dtype=torch.float64)

    def run(maps: Tensor, arrived: Tensor) -> list[Tensor]:
        maps = maps.detach().requires_grad_()
        out = normalized(norm, name, maps, depth)
        return [out, *torch.autograd.grad(out, [maps, *norm.parameters()], arrived)]

    expected = run(frames, gradient)
    layouts: list[Callable[[Tensor], Tensor]] = [
        lambda x, order=order: laid_out(x, order) for order in permutations(range(4))
    ]
    layouts += [single] if samples * depth == 1 else []
    for of_maps, of_gradient in product(layouts, layouts):
        maps, arrived = of_maps(frames), of_gradient(gradient)
        assert torch.equal(maps, frames)
        assert torch.equal(arrived, gradient)
        for found, right in zip(run(maps, arrived), expected, strict=True):
            assert torch.allclose(found, right, rtol=0, atol=1e-12), (maps.stride(), arrived.stride())


@pytest.mark.parametrize("samples", [1, 2])
@pytest.mark.parametrize(
    ("code", "flat"), [(code, False) for code in CODES] + [(code, True) for code in CODES if code != "C3"]
)
def test_channels_last(code: str, flat: bool, samples: int) -> None:
    size = place(code)[1].dhw[1:] if flat else None
    net, x = built(code, size=size), maps(code, samples, size=size).requires_grad_()
    direction = torch.randn(x.shape, dtype=torch.float64)
    results = []
    for form in (torch.contiguous_format, torch.channels_last if flat else torch.channels_last_3d):
        here = x.detach().to(memory_format=form).requires_grad_()
        out = net(here)
        gradients = torch.autograd.grad(out, [here, *net.parameters()], direction.to(memory_format=form))
        results.append([out, *gradients])
    for name, a, b in zip(["output", "x", *dict(net.named_parameters())], *results, strict=True):
        torch.testing.assert_close(a, b, rtol=0, atol=1e-9, msg=lambda m, name=name: f"{name}: {m}")
