"""Faults of a plugin's parts are diagnostics: nothing that a part does makes check or estimate raise."""

from typing import ClassVar

import msgspec
import pytest
from msgspec.structs import replace
from torch import nn

from archlab import Cell, Cost, FeatureMap, Head, Layout, Merge, Neck, check, hrnet, new
from archlab.document.entries import PartRef
from archlab.document.values import FrozenMap
from archlab.estimator import estimate
from archlab.graph import expand
from archlab.layouts.hrnet import HRNet
from archlab.links.gate import Gate
from archlab.links.identity import Identity
from archlab.links.patch_merge import PatchMerge
from archlab.parts.catalog import default
from archlab.parts.registry import Registry
from archlab.parts.wiring import Output
from archlab.stems.none import NoStem
from archlab.testing import check_part
from archlab.testing.meeting import Meeting


class Halving(Cell, frozen=True, kw_only=True):
    """Halves H and W."""

    codes: ClassVar = {"Hv": {}}

    def out(self, x, width):
        return FeatureMap(channels=width, size=(*x.size[:-2], x.height // 2, x.width // 2))


class Raising(Cell, frozen=True, kw_only=True):
    """Raises wherever it can."""

    codes: ClassVar = {"Ra": {}}

    def problems(self, x, width):
        raise ZeroDivisionError("oops")


class Strange(Layout, frozen=True, kw_only=True):
    """Wires what `how` says."""

    type: ClassVar = "strange"
    how: str = "good"

    def counts(self):
        return 1, 1

    def wire(self, wiring):
        def block(id, *inputs, **kinds):
            wiring.block(id, level=0, stage=len(wiring.nodes), channels=2, inputs=inputs, cells=0, **kinds)

        if self.how == "raises":
            raise KeyError("oops")
        block("A", wiring.wire("nowhere" if self.how == "unknown source" else wiring.entry))
        if self.how == "twice":
            block("A", wiring.wire("A"))
        if self.how == "bad id":
            block("a.b", wiring.wire("A"))
        if self.how == "two gates":
            block("B", wiring.wire("A"))
            gates = [wiring.wire("A", "gate", query="B"), wiring.wire("B", "gate", query="A")]
            block("C", *gates)
        if self.how == "later first":  # computed A, B, C; drawn A, C, B
            wiring.block("B", level=0, stage=2, channels=2, inputs=[wiring.wire("A")], cells=0)
            wiring.block("C", level=0, stage=1, channels=2, inputs=[wiring.wire("A")], cells=0)
        if self.how != "no output":
            wiring.output({"unknown output": "Z", "entry as output": wiring.entry}.get(self.how, "A"))


class Lost(Neck, frozen=True, kw_only=True):
    """Hands on what `ids` names, whether it was built or not."""

    type: ClassVar = "lost"
    ids: str = ""

    def wire(self, wiring, outputs):
        if self.ids == "raises":
            raise KeyError("oops")
        return tuple(Output(id=id, level=0, stage=0, channels=2) for id in self.ids)


class Elsewhere(Head, frozen=True, kw_only=True):
    """Says that a node which nobody built holds the prediction."""

    type: ClassVar = "elsewhere"

    def wire(self, wiring, outputs):
        return "nowhere"


@pytest.fixture
def registry():
    made = Registry()
    for part in (Halving, Raising, Strange, Lost, Elsewhere, HRNet, Identity, PatchMerge, Gate, NoStem):
        made.register(part)
    return made


def told(spec, registry):
    assert [d.code for d in estimate(spec, registry=registry).diagnostics if d.severity == "error"]
    return [(d.code, d.node) for d in expand(spec, registry).diagnostics]


@pytest.mark.parametrize(
    "how", ["raises", "unknown source", "twice", "bad id", "unknown output", "entry as output", "no output"]
)
def test_a_layout_that_wires_nonsense(how, registry):
    spec = new("strange", {"how": how}, cells="Hv", input="2x8x8")
    assert told(spec, registry) == [("AL190", "")]


def test_a_link_against_the_order_of_computation(registry):
    spec = new("strange", {"how": "later first"}, cells="Hv", input="2x8x8").with_link("C>B", "identity")
    assert told(spec, registry) == [("AL032", "")]
    (fault,) = expand(spec, registry).diagnostics
    assert fault.message == '"C>B": this layout computes B before C.'


@pytest.mark.parametrize("ids", ["", "Z"])
def test_a_neck_that_hands_on_nothing_that_was_built(ids, registry):
    spec = replace(
        new("strange", {}, cells="Hv", input="2x8x8"), neck=(PartRef(type="lost", params=FrozenMap({"ids": ids})),)
    )
    assert told(spec, registry) == [("AL190", "")]


def test_a_head_whose_node_was_not_built(registry):
    spec = replace(new("strange", {}, cells="Hv", input="2x8x8"), head=PartRef(type="elsewhere"))
    assert told(spec, registry) == [("AL190", "")]


def test_a_fault_of_a_neck_is_told_at_its_place_also_behind_an_unknown_one(registry):
    necks = (PartRef(type="no_such"), PartRef(type="lost", params=FrozenMap({"ids": "raises"})))
    spec = replace(new("strange", {}, cells="Hv", input="2x8x8"), neck=necks)
    assert [d.path for d in expand(spec, registry).diagnostics] == ["$.neck[0].type", "$.neck[1]"]


def test_gates_that_wait_for_one_another(registry):
    spec = new("strange", {"how": "two gates"}, cells="Hv", input="2x8x8")
    assert {code for code, _ in told(spec, registry)} == {"AL105"}


def test_a_cell_that_raises(registry):
    spec = new("strange", {}, cells="Ra", input="2x8x8")
    assert told(spec, registry) == [("AL190", "A")]


def test_a_link_that_carries_cells_without_a_field_for_them(registry):
    class Cellless(Identity, frozen=True, kw_only=True):
        """Has no cells."""

        type: ClassVar = "cellless"
        carries_cells: ClassVar = True

    registry.register(Cellless)
    spec = new("strange", {}, cells="Hv", input="2x8x8").with_link("input>A", "cellless")
    assert told(spec, registry) == [("AL190", "input>A")]
    assert "cells: str" in estimate(spec, registry=registry).diagnostics[0].message


def test_a_dense_block_of_cells_that_change_the_size(registry):
    spec = new("strange", {}, cells="HvHvHv", input="2x8x8", options={"dense": True})
    assert told(spec, registry) == [("AL107", "A")]


def test_a_part_whose_fields_cannot_be_remembered_is_refused():
    class Listed(Cell, frozen=True, kw_only=True):
        """Has a list."""

        codes: ClassVar = {"Ls": {}}
        sizes: list[int] = msgspec.field(default_factory=list)

    with pytest.raises(ValueError, match="use tuples"):
        Registry().register(Listed)


def test_a_problem_of_a_planned_field_says_where_to_set_it():
    spec = hrnet(levels=2, channels=8, cells="L1", input="3x100x100", window=(1, 16, 16), heads=4)
    hints = [d.hint for d in check(spec) if d.code in ("AL201", "AL202")]
    assert hints
    assert all("this block's options" in hint for hint in hints)


def test_registering_is_all_or_nothing_and_again_replaces(registry):
    def named(codes):
        return type("Again", (Halving,), {"__doc__": "Again.", "codes": codes}, frozen=True, kw_only=True)

    version = registry.version
    with pytest.raises(ValueError, match='"Hv" is taken by'):
        registry.register(named({"Zq": {}, "Hv": {}}))
    assert "Zq" not in registry.codes
    assert registry.version == version
    registry.register(named({"Za": {}}))
    registry.register(named({"Zb": {}}))
    assert "Za" not in registry.codes
    assert "Zb" in registry.codes


class Placeless(Halving, frozen=True, kw_only=True):
    """Cannot say what it is at its place; in a row of three, only the middle one is another."""

    codes: ClassVar = {"Pl": {}}
    middle: bool = False

    def placed(self, index, count):
        if not self.middle:
            raise KeyError("oops")
        return replace(self, middle=(index, count) != (1, 3))


def test_a_cell_that_fails_to_take_its_place(registry):
    registry.register(Placeless)
    (fault,) = expand(new("strange", {}, cells="Pl", input="2x8x8"), registry).diagnostics
    assert (fault.code, fault.node) == ("AL190", "A")
    assert "Placeless raised KeyError" in fault.message


def test_a_cell_that_only_the_middle_place_changes(registry):
    registry.register(Placeless)
    spec = new("strange", {}, cells="PlPlPl", input="2x16x16", options={"middle": True})
    (block,) = (node for node in expand(spec, registry).graph.nodes if node.kind == "block")
    assert [use.cell.middle for use in block.cells] == [True, False, True]


def test_a_cell_that_only_a_late_place_changes(registry):
    class Fourth(Halving, frozen=True, kw_only=True):
        codes: ClassVar = {"Fo": {}}
        special: bool = False

        def out(self, x, width):
            return x.with_channels(width)

        def placed(self, index, count):
            return replace(self, special=index % 4 == 3)

    registry.register(Fourth)
    graph = expand(new("strange", {}, cells="FoFoFoFoFo", input="2x16x16"), registry).graph
    (block,) = (node for node in graph.nodes if node.kind == "block")
    assert [use.cell.special for use in block.cells] == [False, False, False, True, False]


ANSWERS = [
    ("out", None),
    ("out", 3),
    ("out", FeatureMap(channels=2, size=(4.0, 4.0))),
    ("out", FeatureMap(channels=0, size=(4, 4))),
    ("placed", None),
    ("costed", None),
    ("costed", ZeroDivisionError("oops")),
    ("effective", None),
    ("effective", {"window": (4, 4)}),
    ("effective", {"window": (1, 0, 4)}),
    ("effective", ZeroDivisionError("oops")),
    ("cost", 5),
    ("cost", Cost(params=None)),
]


def answering(answer):
    """A method that gives this answer, or raises it."""

    def method(self, *args):
        if isinstance(answer, Exception):
            raise answer
        return answer

    return method


@pytest.mark.parametrize(("method", "answer"), ANSWERS)
def test_a_cell_that_answers_nonsense_is_told_at_its_place(method, answer, registry):
    plain = {"out": lambda self, x, width: x, "build": lambda self, x, width: nn.Identity(), "codes": {"Od": {}}}
    odd = type("Odd", (Cell,), {**plain, method: answering(answer), "__doc__": "Odd."}, frozen=True, kw_only=True)
    registry.register(odd)
    estimated = estimate(new("strange", {}, cells="OdOd", input="2x16x16"), registry=registry)
    told = [d for d in estimated.diagnostics if d.code == ("AL501" if method == "cost" else "AL190")]
    assert told
    assert all(d.node == "A" and "Odd" in d.message for d in told)


@pytest.mark.parametrize("answer", [None, 5, ZeroDivisionError("oops")])
@pytest.mark.parametrize("method", ["cost", "out"])
def test_a_merge_that_answers_nonsense_is_told(method, answer, registry):
    methods = {"type": "odd", "noun": "sum", "combine": staticmethod(sum), method: answering(answer)}
    registry.register(type("Odd", (Merge,), {**methods, "__doc__": "Odd."}, frozen=True, kw_only=True))
    registry.register(Meeting)
    registry.register(default().codes["C2"][0])
    estimated = estimate(new("meeting", {"merge": "odd"}, cells="C2", input="2x16x16"), registry=registry)
    assert [d.code for d in estimated.diagnostics] == ["AL501" if method == "cost" else "AL190"]
    assert estimated.macs is None


@pytest.mark.parametrize("strides", [(float("nan"),), (float("inf"),), ("one",)])
def test_a_layout_whose_strides_are_no_numbers(strides, registry):
    class Rowless(Strange, frozen=True, kw_only=True):
        type: ClassVar = "rowless"

        def strides(self, entry):
            return strides

    registry.register(Rowless)
    (fault,) = check(new("rowless", {}, cells="Hv", input="2x16x16"), registry)
    assert (fault.code, fault.path) == ("AL190", "$.layout")


def test_a_stem_that_leaves_no_map(registry):
    class Nothing(NoStem, frozen=True, kw_only=True):
        type: ClassVar = "nothing"

        def out(self, x):
            return None

    registry.register(Nothing)
    found = check(new("strange", {}, cells="Hv", input="2x16x16").with_stem("nothing"), registry)
    assert ("AL190", "$.stem") in {(d.code, d.path) for d in found}


@pytest.mark.parametrize("id", ["input", "stem"])
def test_what_stands_before_the_layout_is_no_output(id, registry):
    spec = hrnet(levels=1, channels=2, cells="Hv", input="2x8x8").with_outputs(id)
    (fault,) = (d for d in expand(spec, registry).diagnostics if d.code == "AL039")
    assert fault.message == f"{id} cannot be an output."


def test_an_unknown_neck_names_those_that_there_are(registry):
    spec = hrnet(levels=1, channels=2, cells="Hv", input="2x8x8").with_neck("xyz")
    assert [d.hint for d in expand(spec, registry).diagnostics if d.code == "AL015"] == ["Known: lost."]


def test_a_field_whose_type_cannot_be_looked_up_is_refused(registry):
    class Vague(Halving, frozen=True, kw_only=True):
        codes: ClassVar = {"Vg": {}}
        much: "Unknown" = 1  # noqa: F821

    with pytest.raises(ValueError, match="Vague: the type of a field cannot be looked up: name 'Unknown'"):
        registry.register(Vague)


@pytest.mark.parametrize("given", ["my.arch.json", {"format": "archlab/1"}, None])
def test_what_is_no_document_is_refused_in_words(given):
    for work in (check, estimate):
        with pytest.raises(TypeError, match=r"A document .*al\.load\(path\)"):
            work(given)


@pytest.mark.parametrize("given", [3, "C2", Halving()])
def test_what_is_no_class_of_a_part_is_refused_in_words(given, registry):
    with pytest.raises(TypeError, match="A class of a part is registered, not"):
        registry.register(given)
    with pytest.raises(TypeError, match="takes the class of a part"):
        check_part(given)
