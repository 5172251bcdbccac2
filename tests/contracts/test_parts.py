"""Every registered part keeps every contract of `archlab.testing`, and a part that breaks one is told."""

from __future__ import annotations

import pytest

from archlab.parts.part import Part
from archlab.testing import CONTRACTS, Contract, faults
from tests.contracts.registered import called, classes

CALLED = called()
OF_CLASSES = [contract for contract in CONTRACTS if contract.of is None]
OF_MODULES = [contract for contract in CONTRACTS if contract.of is not None]


def by_name(contract: Contract) -> str:
    return contract.name


@pytest.mark.parametrize("contract", OF_CLASSES, ids=by_name)
@pytest.mark.parametrize("cls", classes(), ids=lambda cls: cls.__name__)
def test_a_class_keeps_its_contracts(cls: type[Part], contract: Contract) -> None:
    assert [str(fault) for fault in faults(contract, cls)] == []


@pytest.mark.parametrize("contract", OF_MODULES, ids=by_name)
@pytest.mark.parametrize("name", CALLED)
def test_a_module_keeps_its_contracts(name: str, contract: Contract) -> None:
    cls, word = CALLED[name]
    assert [str(fault) for fault in faults(contract, cls, word)] == []
