"""A package from outside, found by its entry point: its cell, link and layout work everywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.plugin.installed import install
from tests.plugin.installed import said as run

PACKAGE = Path(__file__).parent / "package"

SCRIPT = """
import json
import archlab as al
from archlab.parts import catalog
from archlab.bridge.messages import CheckRequest
from archlab.bridge.session import Session

text = json.dumps({
    "format": "archlab/1",
    "input": {"channels": 3, "size": [16, 16]},
    "layout": {"type": "zigzag", "stages": 4, "channels": 8},
    "cells": "DsC2",
    "blocks": {"Z1": {"cells": [{"code": "Ds", "kernel": 5}]}},
    "code_options": {"Ds": {"kernel": 3}},
})
spec = al.parse(text)
estimate = al.estimate(spec, batch=2)

import torch
from torch.utils.flop_counter import FlopCounterMode

net = al.build(spec)
with FlopCounterMode(display=False) as counter:
    outputs = net(torch.randn(2, 3, 16, 16))

listed = catalog.export(catalog.default()).to_dict()
view = Session().handle(CheckRequest(id=1, rev=7, spec=spec.to_dict())).value
wrong = al.check(spec.with_code_option("Ds", kernel=4))
hrnet = al.hrnet(levels=2, channels=8, cells="D5", down="squeeze", input="3x16x16")
print(json.dumps({
    "errors": catalog.default().errors,
    "codes": sorted(set(catalog.default().codes) & {"Ds", "D5"}),
    "cell": next(c for c in listed["cells"] if c["code"] == "D5"),
    "link": next(c for c in listed["links"] if c["type"] == "squeeze"),
    "layout": next(c for c in listed["layouts"] if c["type"] == "zigzag"),
    "estimate": estimate.to_dict(),
    "params": sum(p.numel() for p in net.parameters()),
    "macs": counter.get_total_flops() // 2,
    "shapes": [list(y.shape) for y in outputs],
    "names": [n for n, _ in net.named_parameters() if n.startswith("Z1")],
    "drawn": [n.id for n in view.graph.nodes],
    "text": "Ds" in al.draw(spec).svg,
    "again": al.parse(json.dumps(spec.to_dict())) == spec,
    "wrong": [[d.code, d.node, d.hint] for d in wrong],
    "hrnet": al.estimate(hrnet).params == sum(p.numel() for p in al.build(hrnet).parameters()),
}))
"""


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a process says that has the package installed."""
    site = tmp_path_factory.mktemp("site")
    install(PACKAGE, site)
    result: dict[str, Any] = run(SCRIPT, site)
    return result


def test_is_found(said: dict[str, Any]) -> None:
    assert said["errors"] == []
    assert said["codes"] == ["D5", "Ds"]


def test_is_in_the_palette_with_its_form(said: dict[str, Any]) -> None:
    assert said["cell"]["family"] == "separable"
    assert said["cell"]["title"].startswith("Depth-wise and point-wise convolution")
    assert said["cell"]["preset"] == {"kernel": 5}
    assert "kernel" not in said["cell"]["schema"]["properties"]
    assert said["link"]["title"].startswith("2x2 convolution")
    assert said["layout"]["stage_field"] == "stages"
    assert said["layout"]["schema"]["properties"]["stages"]["maximum"] == 16


def test_estimate_is_what_is_built(said: dict[str, Any]) -> None:
    estimate = said["estimate"]
    assert not [d for d in estimate["diagnostics"] if d["severity"] == "error"]
    assert estimate["params"] == said["params"]
    assert estimate["macs"] == said["macs"]
    assert [o["shape"] for o in estimate["outputs"]] == said["shapes"] == [[2, 8, 16, 16], [2, 16, 8, 8]]
    assert estimate["activation_bytes"] > 0
    assert [n["id"] for n in estimate["nodes"]] == ["input", "Z0", "Z1", "Z2", "Z3"]


def test_measured_cells_leave_nothing_uncounted(said: dict[str, Any]) -> None:
    assert not [name for name in said["estimate"]["not_counted"] if name.startswith("operation")]


def test_is_drawn_and_written(said: dict[str, Any]) -> None:
    assert said["drawn"] == ["input", "Z0", "Z1", "Z2", "Z3"]
    assert said["text"]
    assert said["again"]


def test_parameters_have_names(said: dict[str, Any]) -> None:
    assert said["names"][0] == "Z1.cell_0.0.weight"


def test_its_rules_are_checked(said: dict[str, Any]) -> None:
    told = {(code, node) for code, node, _ in said["wrong"]}
    assert told == {("EX001", "Z0"), ("EX001", "Z2"), ("EX001", "Z3")}  # Z1 has a kernel of its own
    assert {hint for _, _, hint in said["wrong"]} == {"Use kernel 5."}


def test_works_in_a_layout_of_archlab(said: dict[str, Any]) -> None:
    assert said["hrnet"]
