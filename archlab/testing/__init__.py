"""Tests for everybody's parts: `archlab.testing.check_part(MyCell)` holds a part to every contract of archlab's own."""

from __future__ import annotations

from archlab.testing.check import CONTRACTS, Contract, ContractError, Fault, check_part, faults

__all__ = ["CONTRACTS", "Contract", "ContractError", "Fault", "check_part", "faults"]
