"""Masks belong to no module alone: whatever becomes of one module, the others mask as before."""

from __future__ import annotations

import copy
import gc
import io
from typing import Any

import pytest
import torch
from torch import nn

from archlab.document.feature_map import FeatureMap
from tests.cells.places import CHANNELS, built, maps, place

CASES: dict[str, dict[str, Any]] = {
    "Sw": {},
    "Sh": {},
    "T1": {"causal": True},
    "L1": {"pad": True, "size": (2, 7, 11)},
}


def net_of(code: str) -> nn.Module:
    return built(code, **CASES[code])


def x_of(code: str) -> torch.Tensor:
    return maps(code, 1, size=CASES[code].get("size"))


@pytest.mark.parametrize("code", CASES)
def test_a_module_from_the_meta_device_gives_what_others_give(code: str) -> None:
    """Built without memory, given memory, then weights: as large networks are loaded."""
    gc.collect()
    fields = dict(CASES[code])
    cell, x_map = place(code, **{k: v for k, v in fields.items() if k != "size"})
    if "size" in fields:
        x_map = FeatureMap(channels=CHANNELS, size=fields["size"])
    with torch.device("meta"):
        hollow = cell.build(x_map, CHANNELS)
    filled = hollow.to_empty(device="cpu").double().eval()
    usual, x = net_of(code), x_of(code)
    twin = copy.deepcopy(usual)
    filled.load_state_dict(usual.state_dict())
    torch.testing.assert_close(usual(x), twin(x), rtol=0, atol=0)
    torch.testing.assert_close(filled(x), usual(x), rtol=0, atol=1e-12)


@pytest.mark.parametrize("code", CASES)
def test_copies_and_files_mask_as_the_module_did(code: str) -> None:
    net, x = net_of(code), x_of(code)
    before = net(x)
    file = io.BytesIO()
    torch.save(net, file)
    file.seek(0)
    for other in (copy.deepcopy(net), torch.load(file, weights_only=False)):
        assert torch.equal(other(x), before)
        assert torch.equal(other.float().double()(x.float().double()).isfinite(), before.isfinite())
    assert torch.equal(net(x), before)


@pytest.mark.parametrize("code", CASES)
def test_a_change_of_one_module_reaches_no_other(code: str) -> None:
    """Its type, its device, its end."""
    net, x = net_of(code), x_of(code)
    before = net(x)
    other = net_of(code)
    other.bfloat16()
    other.to("meta")
    assert torch.equal(net(x), before)
    del other
    gc.collect()
    assert torch.equal(net(x), before)
    assert torch.equal(net_of(code).double()(x).isfinite(), before.isfinite())


@pytest.mark.parametrize("code", CASES)
def test_equal_modules_share_their_masks(code: str) -> None:
    nets = [net_of(code) for _ in range(3)]
    places = [{buffer.data_ptr() for buffer in net.buffers()} for net in nets]
    assert places[0] == places[1] == places[2] != set()
    assert all(len(net.state_dict()) == len(list(net.parameters())) for net in nets)


@pytest.mark.parametrize("code", CASES)
def test_what_is_left_of_a_module_hinders_no_other(code: str) -> None:
    """A graph may keep one of its buffers longer than the module lives."""
    gc.collect()
    net, x = net_of(code), x_of(code)
    before, state = net(x), net.state_dict()
    kept = [buffer for buffer in net.buffers() if not buffer.is_floating_point()]
    del net
    gc.collect()
    other = net_of(code)
    other.load_state_dict(state)
    assert torch.equal(other(x), before)
    assert kept


@pytest.mark.parametrize("code", CASES)
def test_a_new_module_has_the_precision_that_is_asked_for(code: str) -> None:
    gc.collect()
    cell, x_map = place(code, **{k: v for k, v in CASES[code].items() if k != "size"})
    if "size" in CASES[code]:
        x_map = FeatureMap(channels=CHANNELS, size=CASES[code]["size"])
    half = cell.build(x_map, CHANNELS).half()
    types = {buffer.dtype for buffer in cell.build(x_map, CHANNELS).buffers()}
    assert types == {torch.float32, torch.long}
    assert torch.float16 in {buffer.dtype for buffer in half.buffers()}


@pytest.mark.parametrize("code", CASES)
def test_memory_without_numbers_is_filled(code: str) -> None:
    """`to_empty` of a module that is on no meta device."""
    gc.collect()
    net, x = net_of(code), x_of(code)
    with torch.no_grad():
        before = net(x)
    state = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    net._apply(lambda tensor: torch.full_like(tensor, 7))  # as `to_empty`, with numbers that are surely wrong
    net.load_state_dict(state)
    assert torch.equal(net(x), before)
