"""A further merge is one file: it is checked, costed, built, drawn and listed like those that archlab brings."""

from __future__ import annotations

import copy
import importlib
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
import torch

import archlab as al
from archlab.bridge.messages import CheckRequest
from archlab.bridge.session import Session
from archlab.parts import catalog
from archlab.parts.merge import Merge
from archlab.parts.wiring import Wiring
from archlab.testing import check_part
from archlab.trainer.probes.fusion import FusionProbe, conv_readers
from tests.estimator.test_networks import held_against_the_module

FILES = {
    "largest": '''
"""The larger one of every two values."""

from archlab import Cost, Merge


class Largest(Merge, frozen=True, kw_only=True):
    """Takes the largest of its inputs."""

    type = "largest"
    noun = "maximum"
    mark = "∨"
    strokes = (((-4, -4), (0, 4), (4, -4)),)
    running = True

    def cost(self, maps, memory, batch, grad):
        """Backward must know which was larger, also of the results on the way."""
        adding = super().cost(maps, memory, batch, grad)
        between = 4 * batch * (len(maps) - 2) * maps[0].elements
        return Cost(
            elementwise=adding.elementwise,
            strides=adding.strides,
            saves_input=grad,
            saved_bytes=between if grad else 0,
            batch=batch,
        )

    @staticmethod
    def combine(parts):
        """From left to right."""
        largest, *rest = parts
        for part in rest:
            largest = largest.maximum(part)
        return largest
''',
    "mean": '''
"""The mean of all."""

import msgspec

from archlab import Merge, Problem


class Mean(Merge, frozen=True, kw_only=True):
    """Averages its inputs."""

    type = "mean"
    noun = "mean"
    mark = "x̄"
    strokes = (((-4, -3), (4, -3)),)
    share = "terms"

    def problems(self, maps):
        """Not of a great many."""
        if len(maps) > 3:
            yield Problem(code="AL199", message=f"{len(maps)} maps are too many to average.", hint="Use a sum.")

    def cost(self, maps, memory, batch, grad):
        """One division more than a sum."""
        adding = super().cost(maps, memory, batch, grad)
        return msgspec.structs.replace(adding, elementwise=adding.elementwise + maps[0].elements)

    @staticmethod
    def combine(parts):
        """The sum, divided."""
        return sum(parts[1:], parts[0]) / len(parts)
''',
}
DO = {"largest": lambda parts: torch.stack(parts).amax(0), "mean": lambda parts: torch.stack(parts).mean(0)}


class Joined(al.Layout, frozen=True, kw_only=True):
    """Blocks one after the other, merged at the end."""

    type = "joined"
    merge: str = "largest"
    blocks: int = 3
    odd: bool = False

    def counts(self) -> tuple[int, int]:
        """One level; a stage for every block, and one for the fusion."""
        return 1, self.blocks + 1

    def wire(self, wiring: Wiring) -> None:
        """Every block reads the one before it."""
        at, wires = wiring.entry, []
        for stage in range(self.blocks):
            wide = 8 if self.odd and stage else 6
            at = wiring.block(f"b{stage}", level=0, stage=stage, channels=wide, inputs=[wiring.wire(at)], cells=0)
            wires.append(wiring.wire(at, channels=wide))
        wiring.output(wiring.fusion("join", level=0, stage=self.blocks, inputs=wires, merge=self.merge))


@pytest.fixture(params=FILES)
def merge(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A merge in a file of its own, registered for one test."""
    (tmp_path / f"{request.param}_merge.py").write_text(FILES[request.param], encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    known = catalog.default()
    before = dict(known.merges), dict(known.layouts)
    for part in (*catalog.parts_in(importlib.import_module(f"{request.param}_merge")), Joined):
        al.register(part)
    yield request.param
    known.merges, known.layouts = before
    known.version += 1


def spec(merge: str, cells: str = "C2", **fields: object) -> al.Spec:
    return al.new("joined", {"merge": merge, **fields}, cells=cells, input="3x8x8")


@pytest.mark.parametrize("cells", ["C2", "C2C2"])
def test_it_costs_what_torch_counts(merge: str, cells: str) -> None:
    assert not al.check(spec(merge, cells))
    estimate = held_against_the_module(spec(merge, cells), batch=2)
    elements = 6 * 8 * 8
    assert estimate.row("join").elementwise == 2 * elements * (2 if merge == "largest" else 3)


def test_it_computes(merge: str) -> None:
    net, x = al.build(spec(merge)).eval(), torch.randn(2, 3, 8, 8)
    parts = {}
    for name in ("b0", "b1", "b2"):
        getattr(net, name).register_forward_hook(lambda _module, _x, y, name=name: parts.update({name: y}))
    (y,) = net(x)
    assert torch.allclose(y, DO[merge](list(parts.values())), atol=1e-6)
    assert torch.equal(copy.deepcopy(net)(x)[0], y)
    y.sum().backward()
    assert all(p.grad is not None for p in net.parameters())


def test_it_is_compiled_and_exported(merge: str) -> None:
    net, x = al.build(spec(merge)).eval(), torch.randn(1, 3, 8, 8)
    (y,) = net(x)
    assert torch.allclose(torch.compile(net, backend="aot_eager", fullgraph=True)(x)[0], y, atol=1e-6)
    assert torch.allclose(torch.export.export(net, (x,)).module()(x)[0], y, atol=1e-6)


def test_it_is_drawn_and_listed(merge: str) -> None:
    entry = next(e for e in msgspec.to_builtins(catalog.export(catalog.default()))["merges"] if e["type"] == merge)
    assert f"{entry['noun']} of 3 inputs" in al.draw(spec(merge)).svg
    assert (entry["mark"], entry["title"]) in (("∨", "Takes the largest of its inputs"), ("x̄", "Averages its inputs"))
    view = Session().handle(CheckRequest(id=1, rev=1, spec=spec(merge).to_dict())).value
    assert next(node.merge for node in view.graph.nodes if node.id == "join") == merge


def test_the_fusion_probe_asks_it_what_a_share_is(merge: str) -> None:
    net, x = al.build(spec(merge)).eval(), torch.randn(2, 3, 8, 8)
    with torch.no_grad():
        probe = FusionProbe(net.graph, conv_readers(net, x))
        net.run(x, observer=probe)
    (shares,) = probe.shares()
    assert shares.view == ("signal" if merge == "mean" else "energy")
    assert sum(link.share or 0 for link in shares.links) == pytest.approx(1)


def test_what_does_not_meet_is_told(merge: str) -> None:
    noun = {"largest": "maximum", "mean": "mean"}[merge]
    (found,) = (d for d in al.check(spec(merge, odd=True)) if d.code == "AL103")
    assert found.message == "b1>join brings 8 channels, but b0>join brings 6."
    assert found.hint == f'A {noun} needs equal channels: use the kind "projection".'


def test_its_own_problems_are_told(merge: str) -> None:
    told = [(d.code, d.node) for d in al.check(spec(merge, blocks=4))]
    assert told == ([("AL199", "join")] if merge == "mean" else [])


def test_a_word_that_is_no_merge(merge: str) -> None:
    (found,) = al.check(spec(merge[:-1]))
    assert (found.code, found.node, found.severity) == ("AL015", "join", "error")
    assert found.message == f'There is no merge "{merge[:-1]}".'
    assert merge in found.hint


def test_every_merge_says_what_it_is() -> None:
    for word, cls in catalog.default().merges.items():
        assert issubclass(cls, Merge)
        assert cls.type == word
        assert cls.noun
        assert cls.__doc__
        assert bool(cls.mark) == bool(cls.strokes) == (word != "one")  # one map is merged with none


def test_it_keeps_every_contract(merge: str) -> None:
    check_part(catalog.default().merges[merge])
