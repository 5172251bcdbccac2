"""Every code in every condition: it works, its cost holds, or it is refused with a hint.

`python -m tests.contracts.test_matrix` prints the table. Its last column comes from the contract that compiles and
exports every code on the first and the last of its samples; no test does that a second time.
"""

from __future__ import annotations

import sys
from typing import Any, NamedTuple

import msgspec
import pytest

from archlab.cells.convolution.cells import ConvolutionCell
from archlab.cells.temporal.cells import TemporalAttention
from archlab.cells.windows.base import WindowCell
from archlab.document.feature_map import FeatureMap
from archlab.parts.catalog import default
from archlab.parts.cell import Cell
from archlab.testing import CONTRACTS, faults
from archlab.testing.modules import cost, gradients, shape
from archlab.testing.trials import Trial


class Condition(NamedTuple):
    """A map and fields."""

    size: tuple[int, ...]
    fields: dict[str, Any] = {}


FRAMES, VOLUME = (3, 8, 8), (4, 8, 8)
CONDITIONS = {
    "2-D": Condition((8, 8)),
    "2-D+T": Condition(FRAMES),
    "3-D": Condition(VOLUME, {"window": (2, 4, 4), "patch": (2, 2, 2)}),
    "one frame": Condition((1, 8, 8)),
    "non-square": Condition((4, 8, 12), {"window": (2, 4, 6), "patch": (1, 2, 3)}),
    "padded": Condition((3, 7, 9), {"pad": True, "window": (2, 4, 4)}),
    "parallel": Condition(VOLUME, {"arrangement": "parallel"}),
    "linear": Condition(VOLUME, {"projection": "linear", "mixer": "linear"}),
}
BASE: dict[str, Any] = {"window": (1, 4, 4), "patch": (1, 2, 2), "heads": 2}

SNRAWARE = (ConvolutionCell, TemporalAttention, WindowCell)
WITHOUT_SHELL = [code for code, (cls, _) in default().codes.items() if not issubclass(cls, SNRAWARE)]

# What a code cannot do, with the words in which it says so; everything else works.
REFUSED = {
    ("C3", "2-D"): "Use the code C2",
    ("C3", "one frame"): "Use the code C2",
    **{(code, "linear"): "projection" for code in ("T0", "T1", "C2", "C3")},
    # published blocks of others, which have no mixer and no arrangement to choose
    **{(code, "linear"): "mixer" for code in WITHOUT_SHELL},
    **{(code, "parallel"): "arrangement" for code in WITHOUT_SHELL},
}
# Fields that a code has no use for: maps of any size need no padding where there are no windows.
IDLE = {"pad", "window", "patch", "heads"}


def outcome(code: str, name: str) -> str:
    """`works`, or why not."""
    cls, preset = default().codes[code]
    condition = CONDITIONS[name]
    given = {**BASE, **condition.fields}
    fields = {k: v for k, v in given.items() if k not in preset and (k in cls.__struct_fields__ or k not in IDLE)}
    unknown = sorted(set(fields) - set(cls.__struct_fields__))
    if unknown:
        return f"refused: it has no {unknown[0]}"
    cell: Cell = msgspec.convert({**fields, **preset}, cls)
    x = FeatureMap(channels=4, size=condition.size)
    wrong = [p for p in cell.problems(x, 8) if p.severity == "error"]
    if wrong:
        return f"refused: {wrong[0].hint}"
    return works(Trial(code, cell, x, (8,)))


def works(trial: Trial) -> str:
    """Shape, cost and gradients are what the contracts ask for."""
    wrong = [*shape(trial), *cost(trial), *gradients(trial)]
    return "; ".join(wrong) or "works"


@pytest.mark.parametrize("name", CONDITIONS)
@pytest.mark.parametrize("code", sorted(default().codes))
def test_every_code_in_every_condition(code: str, name: str) -> None:
    told = outcome(code, name)
    if (code, name) in REFUSED:
        assert told.startswith("refused")
        assert REFUSED[code, name] in told
    else:
        assert told == "works"


def main() -> None:
    """Print the table."""
    (compiled,) = (contract for contract in CONTRACTS if contract.name == "compiled")
    rows = [["code", *CONDITIONS, "compile, export"], ["---"] * (len(CONDITIONS) + 2)]
    for code, (cls, _) in sorted(default().codes.items()):
        traced = "; ".join(fault.message for fault in faults(compiled, cls, code)) or "works"
        rows.append([code, *(outcome(code, name) for name in CONDITIONS), traced])
    sys.stdout.write("".join(f"| {' | '.join(row)} |\n" for row in rows))


if __name__ == "__main__":
    main()
