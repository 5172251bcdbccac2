"""Fields of the residual shell: the norms' eps and momentum, and drop_path by a cell's place."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
import torch
from torch import nn

import archlab as al
from archlab.costing.recorder import Conditions, under
from archlab.parts.cell import Cell
from tests.cells.places import CODES, built, maps, place

NORMS = (nn.modules.batchnorm._NormBase, nn.LayerNorm)
every = pytest.mark.parametrize("code", CODES)


def norms(net: nn.Module) -> list[Any]:
    return [m for m in net.modules() if isinstance(m, NORMS)]


@every
@pytest.mark.parametrize("norm", ["instance2d", "instance3d", "batch2d", "batch3d", "layer", "layer3d", "channel"])
def test_every_norm_of_a_cell_gets_eps_and_momentum(code: str, norm: Any) -> None:
    found = norms(built(code, norm=norm, norm_eps=0.25, norm_momentum=0.5))
    assert {m.eps for m in found} == {0.25}
    if norm.startswith("batch"):
        assert {m.momentum for m in found} == {0.5}


def test_defaults_are_torchs() -> None:
    for norm in ("batch2d", "layer", "instance2d"):
        cell, x = place("C2", norm=norm)
        assert {m.eps for m in norms(cell.build(x, 8))} == {1e-5}
    cell, x = place("C2", norm="batch2d")
    assert {m.momentum for m in norms(cell.build(x, 8))} == {0.1}


@every
def test_eps_by_formula(code: str) -> None:
    """What a frame is divided by, and how far running statistics move, against the formulas."""
    x = maps(code)
    net = built(code, norm="batch2d", norm_eps=0.25, norm_momentum=0.5).train()
    seen: dict[str, torch.Tensor] = {}
    first: Any = net.norm1
    first.register_forward_hook(lambda module, args, out: seen.update(out=out))
    net(x)
    frames = x.transpose(1, 2).flatten(0, 1)
    variance, mean = torch.var_mean(frames, (0, 2, 3), correction=0, keepdim=True)
    ours = seen["out"]
    if ours.dim() == 5:
        ours = ours.transpose(1, 2).flatten(0, 1)
    torch.testing.assert_close(ours, (frames - mean) / (variance + 0.25).sqrt())
    unbiased = frames.transpose(0, 1).flatten(1).var(1)
    torch.testing.assert_close(first.running_mean, 0.5 * mean.flatten())
    torch.testing.assert_close(first.running_var, 0.5 + 0.5 * unbiased)


@every
def test_drop_path_grows_along_the_network(code: str) -> None:
    cell: Any = place(code, drop_path=0.2, drop_path_rule="linear")[0]
    assert [cell.placed(i, 5).drop_path for i in range(5)] == pytest.approx([0.0, 0.05, 0.1, 0.15, 0.2], abs=1e-15)
    assert cell.placed(4, 5).drop_path == 0.2
    assert cell.placed(0, 1).drop_path == 0.0
    assert cell.placed(2, 5).drop_path_rule == "linear"  # the form shows what was asked for
    assert cell.placed(0, 5).costed() != cell.placed(1, 5).costed() == cell.placed(4, 5).costed()
    constant = msgspec.structs.replace(cell, drop_path_rule="constant")
    assert constant.placed(1, 5) is constant


@every
def test_a_placed_cell_is_built_and_costed_as_one_with_that_drop_path(code: str) -> None:
    cell, x = place(code, drop_path=0.5, drop_path_rule="linear")
    for index, share in ((0, 0.0), (1, 0.25), (2, 0.5)):
        plain, _ = place(code, drop_path=share)
        here = cell.placed(index, 3)
        with under(Conditions(batch=2)):
            assert here.cost(x, 8) == plain.cost(x, 8)
        module: Any = here.build(x, 8)
        assert module.drop_path == share


def test_other_cells_do_not_ask_for_their_place() -> None:
    cell = Cell()
    assert cell.placed(3, 7) is cell


@every
def test_what_has_no_effect_says_why(code: str) -> None:
    idle = place(code, norm="instance3d", drop_path=0.0)[0].inert()
    assert idle["norm_momentum"] == "instance3d keeps no running statistics; a batch norm does"
    assert idle["drop_path_rule"] == "drop_path is 0"
    used = place(code, norm="batch3d", drop_path=0.1)[0].inert()
    assert not {"norm_momentum", "norm_eps", "drop_path_rule"} & {*used}


def test_a_document_is_told_of_a_momentum_that_nothing_uses() -> None:
    spec = al.hrnet(levels=1, channels=8, cells="C2", input="3x8x8")
    spec = spec.with_block("B00", [{"code": "C2", "norm_momentum": 0.2}])
    (found,) = al.check(spec)
    assert (found.code, found.severity) == ("AL016", "warning")
    assert "instance2d keeps no running statistics; a batch norm does." in found.message


def test_eps_out_of_range_is_refused() -> None:
    spec = al.hrnet(levels=1, channels=8, cells="C2", input="3x8x8", norm_eps=0.0)
    assert {d.code for d in al.check(spec)} == {"AL013"}
