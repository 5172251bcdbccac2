"""Copies for inference held against their nets, map by map."""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

import archlab as al
from archlab.compiler.optimized import Optimized


def grown(net: nn.Module) -> nn.Module:
    """As if trained: parameters and statistics of which none is 0 or 1; float64."""
    generator = torch.Generator().manual_seed(1)
    net.double()
    with torch.no_grad():
        for name, tensor in (*net.named_parameters(), *net.named_buffers()):
            if tensor.is_floating_point():
                drawn = torch.rand(tensor.shape, generator=generator, dtype=tensor.dtype)
                tensor.mul_(0.5).add_(drawn if "var" in name else drawn - 0.5)
    return net


def net_of(spec: al.Spec) -> al.Backbone:
    net = grown(al.build(spec))
    assert isinstance(net, al.Backbone)
    return net


def image(net: al.Backbone, batch: int = 2) -> Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.randn(net.image.shape(batch), generator=generator, dtype=torch.float64)


def told(net: al.Backbone) -> Optimized:
    assert net.optimize_report is not None
    return net.optimize_report


class Maps:
    """Everything that an observer is told."""

    def __init__(self) -> None:
        self.seen: dict[str, Tensor] = {}

    def node(self, id: str, inputs: dict[str, Tensor], merged: Tensor, out: Tensor) -> None:
        self.seen |= {f"{id} in": merged, f"{id} out": out}

    def link(self, id: str, x: Tensor, out: Tensor) -> None:
        self.seen[id] = out


def held(net: al.Backbone) -> al.Backbone:
    """An optimised copy that computes at every node and link what the net does, while the net stays as it was."""
    before = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    modes = [module.training for module in net.modules()]
    fast = al.optimize(net)
    assert modes == [module.training for module in net.modules()]
    assert before.keys() == net.state_dict().keys()
    assert all(torch.equal(tensor, before[name]) for name, tensor in net.state_dict().items())
    x, plain, ours = image(net), Maps(), Maps()
    with torch.no_grad():
        copy.deepcopy(net).eval().run(x, plain)
        fast.run(x, ours)
    assert plain.seen.keys() == ours.seen.keys()
    for id, expected in plain.seen.items():
        assert (ours.seen[id] - expected).abs().max() <= 1e-9 * expected.abs().max().clamp(min=1), id
    norms = [name for name, module in net.named_modules() if isinstance(module, _BatchNorm)]
    assert sorted(norms) == sorted([norm for _, norm in told(fast).folded] + [norm for norm, _ in told(fast).alone])
    for conv, norm in told(fast).folded:
        assert type(fast.get_submodule(norm)) is nn.Identity
        assert fast.get_submodule(conv).bias is not None
    return fast
