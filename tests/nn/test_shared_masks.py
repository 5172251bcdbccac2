"""Masks and spline matrices stay right whatever is done to a module: nothing of them lies in it."""

from __future__ import annotations

import copy
import io
import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

import archlab as al
from archlab.document.feature_map import FeatureMap
from archlab.nn import shared
from tests.cells.places import CHANNELS, built, maps, place

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
def from_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """No constant is known."""
    monkeypatch.setattr(shared, "_RECENT", shared.Recent(shared.LIMIT))


def net_of(code: str) -> nn.Module:
    return built(code, **CASES[code])


def x_of(code: str) -> Tensor:
    return maps(code, 1, size=CASES[code].get("size"))


def hollow(code: str) -> nn.Module:
    """As `net_of`, on the meta device."""
    fields = dict(CASES[code])
    size = fields.pop("size", None)
    cell, x_map = place(code, **fields)
    x_map = x_map if size is None else FeatureMap(channels=CHANNELS, size=size)
    with torch.device("meta"):
        return cell.build(x_map, CHANNELS).double().eval()


def assigned(net: nn.Module, code: str) -> nn.Module:
    other = hollow(code)
    other.load_state_dict(net.state_dict(), assign=True)
    return other


def filled(net: nn.Module, code: str) -> nn.Module:
    other = hollow(code).to_empty(device="cpu")
    other.load_state_dict(net.state_dict())
    return other


def emptied(net: nn.Module, code: str) -> nn.Module:
    state = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    net._apply(lambda tensor: torch.full_like(tensor, 7))  # as `to_empty`, with numbers that are surely wrong
    net.load_state_dict(state)
    return net


def read(net: nn.Module, code: str) -> nn.Module:
    file = io.BytesIO()
    torch.save(net, file)
    file.seek(0)
    shared._RECENT._known.clear()
    other: nn.Module = torch.load(file, weights_only=False)
    return other


WAYS: list[Callable[[nn.Module, str], nn.Module]] = [
    assigned,
    filled,
    emptied,
    read,
    lambda net, code: copy.deepcopy(net),
]


@each_case
@pytest.mark.parametrize("way", WAYS, ids=["assign", "to_empty", "emptied", "pickle", "deepcopy"])
def test_the_module_computes_what_it_did(code: str, way: Callable[[nn.Module, str], nn.Module]) -> None:
    net, x = net_of(code), x_of(code)
    with torch.no_grad():
        before = net(x)
        assert before.isfinite().all()
        assert torch.equal(way(net, code)(x), before)


@each_case
def test_there_and_back_through_half_precision(code: str) -> None:
    net, x = net_of(code), x_of(code)
    with torch.no_grad():
        for parameter in net.parameters():  # so that rounding them changes nothing
            parameter.copy_(parameter.half())
        before = net(x)
        assert net.half()(x.half()).isfinite().all()
        assert torch.equal(net.double()(x), before)


@each_case
def test_averages_with_buffers_are_those_of_the_weights(code: str) -> None:
    net, x = net_of(code), x_of(code)
    averages = [AveragedModel(net, use_buffers=True, multi_avg_fn=get_ema_multi_avg_fn(0.5))]
    averages.append(AveragedModel(net, use_buffers=True))
    with torch.no_grad():
        before = net(x)
        for average in averages:
            for _ in range(3):
                average.update_parameters(net)
            torch.testing.assert_close(average(x), before, rtol=0, atol=1e-12)


@each_case
def test_nothing_is_written_to_a_module(code: str) -> None:
    net, x = net_of(code), x_of(code)
    assert not list(net.buffers())

    def told() -> list[dict[str, Any]]:
        return [{k: v for k, v in vars(module).items() if k[0] != "_"} for module in net.modules()]

    before = told()
    net(x)
    assert told() == before
    assert not list(net.buffers())


@each_case
@pytest.mark.parametrize("other", CASES)
def test_inference_first_then_training(code: str, other: str) -> None:
    """Of the same module, and of another one with the same sizes."""
    with torch.inference_mode():
        net_of(other)(x_of(other))
    net = net_of(code).train()
    net(x_of(code)).square().mean().backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in net.parameters())


def test_threads_with_several_sizes_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also while constants come and go: not all of them are remembered here."""
    monkeypatch.setattr(shared, "_RECENT", shared.Recent(limit=6000))
    spec = al.soanet(stages=1, channels=8, cells="SwL1", input="3x16x16", heads=4, window=[1, 4, 4], pad=True)
    net = al.build(spec).eval()
    inputs = [torch.randn(1, 3, n, n) for n in (16, 24, 30, 32)]
    with torch.no_grad():
        alone = [net(x)[-1] for x in inputs]
    wrong: list[int] = []

    def serve(index: int) -> None:
        with torch.no_grad():
            right = (torch.allclose(net(inputs[index])[-1], alone[index], atol=1e-5) for _ in range(60))
            wrong.extend(index for ok in right if not ok)

    interval, threads = sys.getswitchinterval(), torch.get_num_threads()
    sys.setswitchinterval(1e-6)
    torch.set_num_threads(1)
    try:
        serving = [threading.Thread(target=serve, args=(index,)) for index in range(len(inputs))]
        for thread in serving:
            thread.start()
        for thread in serving:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
        torch.set_num_threads(threads)
    assert wrong == []


def test_links_with_splines_are_averaged_and_loaded_as_others() -> None:
    spec = al.hrnet(levels=2, channels=4, cells="C2", input="3x16x16").with_link(
        "B11>F0", "interp_conv1", mode="spline"
    )
    net, x = al.build(spec).eval(), torch.randn(1, 3, 16, 16)
    with torch.device("meta"):
        other = al.build(spec).eval()
    other.load_state_dict(net.state_dict(), assign=True)
    average = AveragedModel(net, use_buffers=True)
    for _ in range(2):
        average.update_parameters(net)
    with torch.no_grad():
        before = net(x)
        for again in (other(x), average.eval()(x)):
            assert all(torch.allclose(a, b, rtol=0, atol=1e-6) for a, b in zip(again, before, strict=True))
