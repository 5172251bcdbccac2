"""One cell, link, stem, neck, head and layout from a package: the files of each are all that is touched.

They are what the how-tos show. Each is found, keeps every contract, and works in one document with the others.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.plugin.installed import ROOT, install, said

PACKAGE = Path(__file__).parent / "one_of_each"
POINTS: dict[str, str] = tomllib.loads((PACKAGE / "pyproject.toml").read_text())["project"]["entry-points"][
    "archlab.parts"
]

SCRIPT = """
import json
import torch
import archlab as al
from archlab.parts import catalog
from archlab.testing import ContractError, check_part
from my_cell.cells import SeparableConvolution
from my_parts.ladder import Ladder
from my_parts.maxpool import MaxPool
from my_parts.patches import Patches
from my_parts.tagger import Tagger
from my_parts.topdown import TopDown

faults = []
for part in (SeparableConvolution, MaxPool, Patches, TopDown, Tagger, Ladder):
    try:
        check_part(part)
    except ContractError as error:
        faults.append(str(error))

spec = al.new("ladder", {"channels": 8}, cells="D2D5", input="3x32x32").with_stem("patches")
spec = spec.with_neck("topdown").with_head("tagger")
spec = spec.with_link("stem>coarse0", "maxpool_conv")
known = catalog.default()
shelves = (known.codes, known.links, known.stems, known.necks, known.heads, known.layouts)
net = al.build(spec)
print(json.dumps({
    "errors": known.errors,
    "found": [w for shelf in shelves for w in shelf],
    "faults": faults,
    "diagnostics": [str(d) for d in al.check(spec) if d.severity == "error"],
    "shape": list(net(torch.zeros(2, 3, 32, 32)).shape),
    "params": [al.estimate(spec).params, sum(p.numel() for p in net.parameters())],
}))
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a process says that has the package installed."""
    site = tmp_path_factory.mktemp("site")
    install(PACKAGE, site)
    result: dict[str, Any] = said(SCRIPT, site)
    return result


def test_are_found(told: dict[str, Any]) -> None:
    assert told["errors"] == []
    assert {"D2", "D5", "maxpool_conv", "patches", "topdown", "tagger", "ladder"} <= set(told["found"])


def test_keep_every_contract(told: dict[str, Any]) -> None:
    assert told["faults"] == []


def test_work_in_one_document(told: dict[str, Any]) -> None:
    assert told["diagnostics"] == []
    assert told["shape"] == [2, 8]
    assert told["params"][0] == told["params"][1]


def files(kind: str) -> list[str]:
    """The files that make up a part: its own, and the module beside it where it has one."""
    package, _, name = POINTS[kind].partition(".")
    names = ["cells.py", "module.py"] if name == "cells" else [f"{name}.py", f"{name}_module.py"]
    return [name for name in names if (PACKAGE / package / name).exists()]


def test_every_file_of_the_package_belongs_to_a_part() -> None:
    there = sorted(path.name for path in PACKAGE.rglob("*.py"))
    assert sorted(name for kind in POINTS for name in files(kind)) == there


@pytest.mark.parametrize("kind", POINTS)
def test_files_touched_are_those_that_contributing_promises(kind: str) -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text()
    (row,) = re.findall(rf"^\| {kind} \| (\d)(?: or (\d))? \|", text, re.MULTILINE)
    assert str(len(files(kind))) in row


@pytest.mark.parametrize("name", ["cells.py", "module.py"])
def test_the_how_to_shows_the_files_as_they_are(name: str) -> None:
    text = (ROOT / "docs" / "how-to" / "cell.md").read_text()
    (shown,) = re.findall(rf"^```python title=my_cell/{name}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    assert shown == (PACKAGE / "my_cell" / name).read_text()
