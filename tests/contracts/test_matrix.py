"""Every code in every condition: it works, its closed form holds, or it is refused with a hint.

`python -m tests.contracts.test_matrix` prints the table.
"""

from __future__ import annotations

import sys
import warnings
from typing import Any, NamedTuple

import msgspec
import pytest
import torch

from archlab.costing.recorder import Conditions, met
from archlab.document.feature_map import FeatureMap
from archlab.parts.catalog import default
from archlab.parts.cell import Cell


class Condition(NamedTuple):
    """A map and fields; `traced` is how a compiler sees the module."""

    size: tuple[int, ...]
    fields: dict[str, Any] = {}
    traced: str = ""


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
    "compile": Condition(VOLUME, traced="compile"),
    "export": Condition(VOLUME, traced="export"),
    "compile, padded": Condition((3, 7, 9), {"pad": True, "window": (2, 4, 4)}, "compile"),
    "export, padded": Condition((3, 7, 9), {"pad": True, "window": (2, 4, 4)}, "export"),
}
BASE: dict[str, Any] = {"window": (1, 4, 4), "patch": (1, 2, 2), "heads": 2}

# What a code cannot do, with the words in which it says so; everything else works.
REFUSED = {
    ("C3", "2-D"): "Use the code C2",
    ("C3", "one frame"): "Use the code C2",
    **{(code, "linear"): "projection" for code in ("T0", "T1", "C2", "C3")},
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
    return works(cell, x, condition.traced)


def works(cell: Cell, x: FeatureMap, traced: str) -> str:
    """Build, run forward and backward, and compare with the closed form, or with what a compiler makes of it."""
    torch.manual_seed(0)
    module = cell.build(x, 8)
    image = torch.randn(x.shape(2))
    if traced:
        module.eval()
        with torch.no_grad(), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch's own, while it traces
            if traced == "compile":
                found = torch.compile(module, backend="aot_eager", fullgraph=True)(image)
                torch.compiler.reset()
            else:
                found = torch.export.export(module, (image,)).module()(image)
            torch.testing.assert_close(found, module(image))
        return "works"
    out = module(image)
    assert tuple(out.shape) == cell.out(x, 8).shape(2)
    out.square().sum().backward()
    for parameter in module.parameters():
        assert parameter.grad is not None
        assert torch.isfinite(parameter.grad).all()
    with met(Conditions(batch=2)):
        cost = cell.cost(x, 8)
    assert cost is not None
    assert cost.params == sum(p.numel() for p in module.parameters())
    return "works"


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
    rows = [["code", *CONDITIONS], ["---"] * (len(CONDITIONS) + 1)]
    rows += [[code, *(outcome(code, name) for name in CONDITIONS)] for code in sorted(default().codes)]
    sys.stdout.write("".join(f"| {' | '.join(row)} |\n" for row in rows))


if __name__ == "__main__":
    main()
