"""Constants of modules: made once, in no state_dict, never again in a forward, and real whatever traced a module."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensor, FakeTensorMode

from archlab.cells.temporal import module as temporal
from archlab.nn import mask, shared
from archlab.nn.shared import Constants
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


def net_of(code: str) -> nn.Module:
    return built(code, **CASES[code])


def x_of(code: str) -> Tensor:
    return maps(code, 1, size=CASES[code].get("size"))


def constants(key: str, calls: list[str] | None = None) -> Constants:
    """Two small tensors; `calls` gets the key whenever they are made."""

    def make() -> dict[str, Tensor]:
        if calls is not None:
            calls.append(key)
        return {"halves": torch.tensor([0.5, 1.5]), "counts": torch.tensor([1, 2])}

    return Constants(key, ("halves", "counts"), make)


def test_equal_keys_share_and_are_made_once() -> None:
    calls: list[str] = []
    first, second = (constants("equal keys", calls) for _ in range(2))
    other = constants("another key", calls)
    assert calls == ["equal keys", "another key"]
    assert first.tensor("halves").data_ptr() == second.tensor("halves").data_ptr()
    assert first.tensor("halves").data_ptr() != other.tensor("halves").data_ptr()
    assert not first.state_dict()


def test_they_share_after_a_change_of_type_and_copies_too() -> None:
    made = [constants("a change of type").double() for _ in range(2)]
    made.append(copy.deepcopy(made[0]).bfloat16().double())
    assert made[0].tensor("halves").dtype == torch.float64
    assert made[0].tensor("counts").dtype == torch.int64
    assert torch.equal(made[2].tensor("halves"), torch.tensor([0.5, 1.5], dtype=torch.float64))
    assert len({one.tensor("halves").data_ptr() for one in made}) == 1


def test_what_nobody_holds_is_forgotten() -> None:
    held = constants("held for a while")
    assert any(key[0] == "held for a while" for key in shared._KNOWN)
    del held
    assert not any(key[0] == "held for a while" for key in shared._KNOWN)


@pytest.mark.gpu
def test_they_share_on_a_gpu() -> None:
    first, second = (constants("on a gpu").cuda() for _ in range(2))
    assert first.tensor("halves").is_cuda
    assert first.tensor("halves").data_ptr() == second.tensor("halves").data_ptr()
    assert torch.equal(first.cpu().tensor("halves"), torch.tensor([0.5, 1.5]))


@each_case
def test_a_forward_makes_none(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    net, x = net_of(code), x_of(code)
    before = {name: buffer.data_ptr() for name, buffer in net.named_buffers()}
    assert before

    def refuse(*_: Any) -> None:
        raise AssertionError("a constant is made in a forward")

    monkeypatch.setattr(mask, "make_mask", refuse)
    monkeypatch.setattr(temporal, "only_past", refuse)
    first = net(x)
    assert torch.equal(net(x), first)
    assert {name: buffer.data_ptr() for name, buffer in net.named_buffers()} == before


def exported(net: nn.Module, x: Tensor) -> Tensor:
    out: Tensor = torch.export.export(net, (x,)).module()(x)
    return out


def compiled(net: nn.Module, x: Tensor) -> Tensor:
    out: Tensor = torch.compile(net, backend="aot_eager", fullgraph=True)(x)
    return out


@each_case
@pytest.mark.parametrize("trace", [exported, compiled])
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning")
def test_a_trace_leaves_real_tensors(code: str, trace: Callable[[nn.Module, Tensor], Tensor]) -> None:
    net, x = net_of(code), x_of(code)
    expected = net(x)
    try:
        with torch.no_grad():
            torch.testing.assert_close(trace(net, x), expected)
    finally:
        torch.compiler.reset()
    assert all(type(tensor) is Tensor for tensor in shared._KNOWN.values())
    for other in (net, net_of(code)):
        assert torch.equal(other(x), expected)


def test_constants_made_while_tracing_are_nobody_else_s() -> None:
    """A tracer's stand-in is not what later modules get."""
    with FakeTensorMode():
        traced = constants("made while tracing")
    assert type(traced.tensor("halves")) is FakeTensor
    real = constants("made while tracing")
    assert torch.equal(real.tensor("halves"), torch.tensor([0.5, 1.5]))
