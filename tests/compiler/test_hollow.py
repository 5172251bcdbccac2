"""A net of which a part has no numbers says so, whichever part it is."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import Tensor, nn

import archlab as al
from archlab.compiler.hollow import refuse_hollow

SPEC = al.soanet(stages=1, channels=8, cells="C2SwL1", input="3x16x16", heads=4, window=[1, 4, 4], norm="batch2d")


@pytest.fixture(scope="module")
def whole() -> al.Backbone:
    return al.build(SPEC).eval()


def without(net: nn.Module, name: str) -> nn.Module:
    """A copy in which one parameter or buffer is on the meta device."""
    other = copy.deepcopy(net)
    owner, _, leaf = name.rpartition(".")
    module = other.get_submodule(owner)
    held = module._parameters if leaf in module._parameters else module._buffers
    tensor = held[leaf]
    assert tensor is not None
    held[leaf] = nn.Parameter(tensor.detach().to("meta")) if isinstance(tensor, nn.Parameter) else tensor.to("meta")
    return other


@pytest.mark.parametrize("size", [16, 32])
def test_every_tensor_is_missed(whole: al.Backbone, size: int) -> None:
    x = torch.randn(1, 3, size, size)
    for name in whole.state_dict():
        with pytest.raises(RuntimeError, match=f"^{name} is on the meta device and has no numbers") as caught:
            without(whole, name)(x)
        assert "load_state_dict(..., assign=True)" in str(caught.value)


def test_a_partial_load_is_told() -> None:
    with torch.device("meta"):
        net = al.build(SPEC).eval()
    state = al.build(SPEC).state_dict()
    missing = "stage0.cell_1.attn.relative_position.table"
    net.load_state_dict({k: v for k, v in state.items() if k != missing}, strict=False, assign=True)
    with pytest.raises(RuntimeError, match=missing):
        net(torch.randn(1, 3, 16, 16))
    net.load_state_dict(state, assign=True)
    assert net(torch.randn(1, 3, 16, 16))[0].isfinite().all()


def test_shapes_alone_may_be_asked_for() -> None:
    with torch.device("meta"):
        net = al.build(SPEC).eval()
        (out,) = net(torch.empty(2, 3, 16, 16))
    assert out.is_meta
    assert out.shape == (2, 8, 16, 16)


def test_weights_that_a_hook_brings_in_are_waited_for() -> None:
    """As `accelerate` keeps them on a disk: on the meta device until the module runs."""
    net = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    weight = net[1].weight.detach().clone()
    net[1].weight = nn.Parameter(weight.to("meta"))

    def bring(module: nn.Module, arguments: tuple[Tensor, ...]) -> None:
        module.weight = nn.Parameter(weight)

    x = torch.randn(1, 2)
    with pytest.raises(RuntimeError, match=r"^1\.weight is on the meta device"):
        refuse_hollow(net, x)
    net[1].register_forward_pre_hook(bring)
    refuse_hollow(net, x)
    assert net(x).isfinite().all()


def test_a_hook_on_the_net_itself_hides_nothing(whole: al.Backbone) -> None:
    net = without(whole, next(iter(whole.state_dict())))
    net.register_forward_pre_hook(lambda module, args: None)
    with pytest.raises(RuntimeError, match="is on the meta device and has no numbers"):
        net(torch.randn(1, 3, 16, 16))
