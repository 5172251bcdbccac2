"""A part that breaks a contract is told which, on which map, with which fields, and what to do."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

import pytest
import torch
from msgspec import Meta
from torch import Tensor, nn

from archlab.costing.cost import Cost
from archlab.document.diagnostics import Problem
from archlab.document.feature_map import FeatureMap
from archlab.parts.cell import Cell
from archlab.parts.head import Head
from archlab.parts.wiring import Output, Wiring
from archlab.testing import CONTRACTS, ContractError, check_part, faults


class Good(Cell, frozen=True, kw_only=True):
    """A convolution of a side, on frames."""

    codes = {"Q1": {}}
    family = "convolution"
    samples = ("4x6x8", "4x8x6")

    side: Annotated[Literal[1, 3, 5], Meta(description="Pixels along a side.")] = 3

    def build(self, x: FeatureMap, width: int) -> nn.Module:
        return nn.Conv2d(x.channels, width, self.side, padding="same")


class NoWord(Good, frozen=True, kw_only=True):
    """A cell that no word stands for."""

    codes = {}


class NoWords(Good, frozen=True, kw_only=True):
    family = "other"
    loud: bool = False


class NoSample(Good, frozen=True, kw_only=True):
    """Admits nothing, and does not say what to do."""

    def problems(self, x: FeatureMap, width: int) -> Iterator[Problem]:
        yield Problem(code="MY001", message="no map will do")


class Dead(Good, frozen=True, kw_only=True):
    """A field that nothing reads."""

    loud: Annotated[bool, Meta(description="Read by nobody.")] = False


class WronglyInert(Good, frozen=True, kw_only=True):
    """Says that its only field does nothing."""

    def inert(self) -> Mapping[str, str]:
        return {"side": "nobody looks"}


class OtherShape(Good, frozen=True, kw_only=True):
    """Announces a map of half the size."""

    def out(self, x: FeatureMap, width: int) -> FeatureMap:
        return x.resized(x.height // 2, x.width // 2).with_channels(width)


class OtherCost(Good, frozen=True, kw_only=True):
    """Costs nothing, it says."""

    def cost(self, x: FeatureMap, width: int) -> Cost:
        return Cost(params=1)


class Module(nn.Conv2d):
    """A convolution in which a test does something wrong."""

    def __init__(self, x: FeatureMap, width: int) -> None:
        super().__init__(x.channels, width, 3, padding="same")


class Unused(Module):
    def __init__(self, x: FeatureMap, width: int) -> None:
        super().__init__(x, width)
        self.idle = nn.Parameter(torch.zeros(1))


class Drawn(Module):
    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x) * random.random()


class Kept(Module):
    def __init__(self, x: FeatureMap, width: int) -> None:
        super().__init__(x, width)
        self.factor = float(torch.rand(()))

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x) * self.factor


class OnDevice(Module):
    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x) * torch.ones(1, device="cpu")


class Branching(Module):
    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x if float(x.sum()) > 0 else -x)


def building(module: type[Module]) -> type[Cell]:
    """A sound cell around a module that is not."""

    class Around(Good, frozen=True, kw_only=True):
        """A cell around a module of the tests."""

        def build(self, x: FeatureMap, width: int) -> nn.Module:
            return module(x, width)

    return Around


class SmallFails(Good, frozen=True, kw_only=True):
    """Mirrors the border and does not say that a pixel is too few."""

    def build(self, x: FeatureMap, width: int) -> nn.Module:
        return nn.Conv2d(x.channels, width, 3, padding=1, padding_mode="reflect")


BROKEN = [
    ("registers", NoWord, "No word stands for it."),
    ("explained", NoWords, "The field `loud` has no description."),
    ("explained", NoWords, "It has no family, the group in the palette."),
    ("samples", NoSample, "admits none of its samples. It says: no map will do"),
    ("samples", NoSample, "has no hint that says what to do."),
    ("options", Dead, "loud=True, loud=False changes nothing on any sample"),
    ("options", WronglyInert, "but `inert` says: nobody looks."),
    ("shape", OtherShape, "`out` says [(2, 4, 3, 4)], the module gives [(2, 4, 6, 8)]."),
    ("cost", OtherCost, "The closed form says params 1, the module has 148."),
    ("gradients", building(Unused), "No finite gradient reaches idle."),
    ("seed", building(Drawn), "it gives two results."),
    ("weights", building(Kept), "it computes something else than that."),
    ("meta", building(OnDevice), "Tensor on device cpu"),
    ("compiled", building(Branching), "torch.export fails"),
    ("compiled", building(Branching), "torch.compile fails"),
    ("smallest", SmallFails, "Padding size should be less than"),
]


def test_a_sound_part_passes() -> None:
    check_part(Good)


@pytest.mark.parametrize(("name", "part", "said"), BROKEN)
def test_what_is_broken_is_told(name: str, part: type[Cell], said: str) -> None:
    (contract,) = (contract for contract in CONTRACTS if contract.name == name)
    found = faults(contract, part)
    assert any(said in fault.message for fault in found), found
    assert all(fault.remedy == contract.remedy for fault in found)


def test_every_contract_is_broken_by_some_part() -> None:
    assert {contract.name for contract in CONTRACTS} - {name for name, _, _ in BROKEN} == {"plain"}


def test_all_faults_are_told_at_once_with_map_and_fields() -> None:
    class Worse(OtherShape, frozen=True, kw_only=True):
        """Announces another size than it has."""

        codes = {"Q5": {"side": 5}}

    with pytest.raises(ContractError) as raised:
        check_part(Worse)
    assert isinstance(raised.value, AssertionError)
    assert {fault.contract for fault in raised.value.faults} >= {"shape", "meta"}
    assert "shape: Q5 on 4x6x8, 4 (side=5): `out` says [(2, 4, 3, 4)]" in str(raised.value)
    assert "Let `out` and `build` agree." in str(raised.value)


def test_a_sample_that_cannot_be_read_is_told() -> None:
    class Unreadable(Good, frozen=True, kw_only=True):
        """Has a sample without channels."""

        samples = ("6x8",)

    with pytest.raises(ContractError, match="CxHxW"):
        check_part(Unreadable)


class Lifted(Head, frozen=True, kw_only=True):
    """A projection as a node, and the mean of its channels."""

    type = "lifted"
    samples = ("8x16x16",)

    width: Annotated[int, Meta(ge=1, le=64, description="Channels of the node.")] = 4

    def wire(self, wiring: Wiring, outputs: tuple[Output, ...]) -> str:
        last = outputs[-1]
        lifted = [wiring.wire(last.id, "projection", channels=self.width)]
        wiring.fusion("lift", level=last.level, stage=last.stage + 1, inputs=lifted)
        inputs = [wiring.wire("lift")]
        return wiring.part("head", self, inputs=inputs, level=last.level, stage=last.stage + 2, kind="head")

    def out(self, x: FeatureMap, image: FeatureMap) -> FeatureMap:
        return FeatureMap(channels=x.channels, size=(), stride=x.stride)

    def build(self, x: FeatureMap, image: FeatureMap) -> nn.Module:
        return nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())


def test_a_head_wired_as_nodes_is_tried_on_a_small_network() -> None:
    check_part(Lifted)


def test_what_is_broken_in_wired_nodes_is_told() -> None:
    class Wrong(Lifted, frozen=True, kw_only=True):
        """Announces other channels than it leaves."""

        def out(self, x: FeatureMap, image: FeatureMap) -> FeatureMap:
            return FeatureMap(channels=x.channels + 1, size=(), stride=x.stride)

    (contract,) = (contract for contract in CONTRACTS if contract.name == "shape")
    assert len(faults(contract, Wrong)) == 2  # on a chain, and its module by itself
