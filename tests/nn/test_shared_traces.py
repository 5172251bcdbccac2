"""A traced graph holds masks as constants, and leaves real tensors to everybody else."""

from __future__ import annotations

import shutil
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.fx.experimental.proxy_tensor import make_fx

from archlab.nn import shared
from archlab.nn.resample.resize_map import ResizeMap
from tests.cells.places import built, maps

CASES: dict[str, dict[str, Any]] = {
    "Sw": {},
    "Sh": {},
    "T1": {"causal": True},
    "L1": {"pad": True, "size": (2, 7, 11)},
    "G1": {"pad": True, "size": (2, 7, 11)},
    "V2": {"pad": True, "size": (2, 7, 11)},
}
each_case = pytest.mark.parametrize("code", CASES)


@pytest.fixture(autouse=True)
def from_anew(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No constant is known, and no code compiled."""
    monkeypatch.setattr(shared, "_RECENT", shared.Recent(shared.LIMIT))
    torch.compiler.reset()
    yield
    torch.compiler.reset()


def net_of(code: str) -> nn.Module:
    return built(code, **CASES[code])


def x_of(code: str) -> Tensor:
    return maps(code, 1, size=CASES[code].get("size"))


def exported(net: nn.Module, x: Tensor) -> Tensor:
    out: Tensor = torch.export.export(net, (x,)).module()(x)
    return out


def exported_strictly(net: nn.Module, x: Tensor) -> Tensor:
    out: Tensor = torch.export.export(net, (x,), strict=True).module()(x)
    return out


def compiled(net: nn.Module, x: Tensor) -> Tensor:
    out: Tensor = torch.compile(net, backend="aot_eager", fullgraph=True)(x)
    return out


def scripted(net: nn.Module, x: Tensor) -> Tensor:
    out: Tensor = torch.jit.trace(net, (x,), check_trace=False)(x)
    return out


def recorded(net: nn.Module, x: Tensor) -> Tensor:
    out: Tensor = make_fx(net)(x)(x)
    return out


@each_case
@pytest.mark.parametrize("trace", [exported, exported_strictly, compiled, scripted, recorded])
def test_a_trace_comes_first(code: str, trace: Callable[[nn.Module, Tensor], Tensor]) -> None:
    """Before anybody else has asked for these constants."""
    net, x = net_of(code), x_of(code)
    with torch.no_grad():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the tracers' own, about sizes and their future
            found = trace(net, x)
        for other in (net, net_of(code)):
            torch.testing.assert_close(found, other(x))
    known = [tensor for tensors in shared._RECENT._known.values() for tensor in tensors]
    assert known
    assert all(type(tensor) is Tensor for tensor in known)


def test_compiled_nets_take_further_sizes() -> None:
    net = net_of("Sw")
    run = torch.compile(net, backend="aot_eager", fullgraph=True)
    with torch.no_grad():
        for size in ((2, 8, 6), (2, 12, 9), (2, 16, 6), (2, 8, 6)):
            x = maps("Sw", 1, size=size)
            torch.testing.assert_close(run(x), net(x))


def test_gradients_of_a_compiled_net() -> None:
    net, x = net_of("Sw").train(), x_of("Sw")
    gradients = []
    for model in (net, torch.compile(net, backend="aot_eager", fullgraph=True)):
        net.zero_grad()
        torch.manual_seed(0)
        net.drop_path = 0.0
        model(x).square().mean().backward()
        gradients.append([p.grad.clone() for p in net.parameters() if p.grad is not None])
    assert len(gradients[0]) == len(list(net.parameters()))
    for one, two in zip(*gradients, strict=True):
        torch.testing.assert_close(one, two)


@pytest.mark.skipif(shutil.which("c++") is None, reason="inductor needs a C++ compiler")
@pytest.mark.parametrize("what", ["mask", "spline"])
def test_inductor(what: str) -> None:
    net = net_of("Sw").float() if what == "mask" else ResizeMap(-1, dims=2, mode="spline")
    x = x_of("Sw").float() if what == "mask" else torch.randn(1, 2, 5, 6)
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # inductor's own, about the machine
        torch.testing.assert_close(torch.compile(net, fullgraph=True)(x), net(x), rtol=1e-4, atol=1e-5)
