"""Every contract of a part in one call: for plugin authors, and for archlab's own tests."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from archlab.parts.part import Part
from archlab.testing import modules, options, parts
from archlab.testing.samples import of_ends, one_of_each_way, trials, words
from archlab.testing.trials import AnyTrial
from archlab.text.sentences import plural


class Contract(NamedTuple):
    """One promise that every part keeps, with how it is checked.

    Attributes:
        name: the word for it, in reports and in the names of tests.
        check: yields a sentence for everything that is wrong.
        remedy: what to do.
        of: the trials of a word on which a module is checked; None for what a class owes by itself.
    """

    name: str
    check: Callable[[Any], Iterator[str]]
    remedy: str
    of: Callable[[list[AnyTrial]], Iterable[AnyTrial]] | None = None


def _all(found: list[AnyTrial]) -> list[AnyTrial]:
    return found


CONTRACTS = (
    Contract("registers", parts.registers, "Give it `codes` (a cell) or `type` (every other part)."),
    Contract("explained", parts.explained, "These words are the tooltip, the form and the page: write them."),
    Contract("plain", parts.plain, "Fields are frozen plain data: numbers, texts, switches, choices, tuples of them."),
    Contract("samples", parts.sampled, "Set `samples` to maps, and fields for them, that the part admits."),
    Contract("options", options.effective, "Name such a field in `inert()` with the reason, or remove it."),
    Contract("shape", modules.shape, "Let `out` and `build` agree.", _all),
    Contract("cost", modules.cost, "Mend `cost`, or leave it out: then archlab measures.", _all),
    Contract("gradients", modules.gradients, "Build no parameter that the forward pass leaves alone.", one_of_each_way),
    Contract("seed", modules.seed, "Draw every random number from torch's own generator.", one_of_each_way),
    Contract("weights", modules.weights, "Keep all that is learned in parameters and buffers.", one_of_each_way),
    Contract("meta", modules.meta, "Create tensors on the default device, and read no values.", one_of_each_way),
    Contract("compiled", modules.compiled, "Take no branch on a tensor's values.", of_ends),
    Contract("smallest", modules.smallest, "Let `problems` refuse what it cannot do, with a hint.", one_of_each_way),
)


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """A contract that a part does not keep.

    Attributes:
        contract: its name.
        where: the class, or word, map and fields.
        message: what was expected and found.
        remedy: what to do.
    """

    contract: str
    where: str
    message: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.contract}: {self.where}: {self.message} {self.remedy}"


class ContractError(AssertionError):
    """A part does not keep its contracts; `faults` lists everything that is wrong."""

    def __init__(self, part: str, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        told = f"{part} breaks its contracts in {plural(len(self.faults), 'place')}."
        super().__init__("\n".join([told, *(f"  {f}" for f in self.faults)]))


def check_part(cls: type[Part]) -> None:
    """Put a part through every contract that archlab's own parts keep.

    It is tried on the maps in its `samples`; it needs not be registered. Compiling makes it slow: count on some
    seconds for every word.

    Raises:
        ContractError: an AssertionError that says for each fault which contract, on which map, with which fields,
            and what to do.
    """
    if not (isinstance(cls, type) and issubclass(cls, Part)):
        raise TypeError(f"check_part takes the class of a part, such as a cell of your own, not {cls!r}.")
    found = [fault for contract in CONTRACTS[:4] for fault in faults(contract, cls)]
    if not found:  # what follows needs words and samples that work
        found = [fault for contract in CONTRACTS[4:] for fault in faults(contract, cls)]
    if found:
        raise ContractError(cls.__name__, found)


def faults(contract: Contract, cls: type[Part], word: str | None = None) -> list[Fault]:
    """What is wrong with a part by one contract; with `word`, of that word only."""
    found: list[Fault] = []
    if contract.of is None:
        found += _checked(contract, cls, cls.__name__)
        return found
    for name in [word] if word else words(cls):
        admitted = [trial for trial in trials(cls, name) if trial.admitted]
        for trial in contract.of(admitted):
            found += _checked(contract, trial, trial.where)
    return found


def _checked(contract: Contract, subject: Any, where: str) -> list[Fault]:
    try:
        messages = list(contract.check(subject))
    except Exception as error:  # a part that raises breaks the contract; the rest is still checked
        last = traceback.extract_tb(error.__traceback__)[-1]
        messages = [f"{type(error).__name__} in {Path(last.filename).name}:{last.lineno}: {error}"]
    return [Fault(contract=contract.name, where=where, message=m, remedy=contract.remedy) for m in messages]
