"""An edited net keeps the weights of what was not edited, entry by entry, and says which."""

from __future__ import annotations

import copy
import pickle
import warnings
from collections.abc import Iterator
from typing import Literal

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as some
from torch import Tensor, nn

import archlab as al
from archlab.compiler.kept import KeptWeights
from archlab.parts import catalog
from archlab.parts.wiring import Wiring

SPEC = al.hrnet(levels=2, channels=4, cells="C2T1C2", input="3x8x8", norm="batch2d", heads=2).with_head(
    "classify", classes=5
)
COMPLETE = "kept 20 of 20 parts (100.0 % of parameters)"


def trained(spec: al.Spec = SPEC) -> al.Backbone:
    """A net whose parameters and statistics are all unlike those of any fresh one."""
    net = al.build(spec)
    with torch.no_grad():
        for tensor in (*net.parameters(), *net.buffers()):
            tensor.add_(tensor.new_tensor(0.0625) if tensor.is_floating_point() else 3)
    return net


@pytest.fixture(scope="module")
def old() -> al.Backbone:
    return trained()


def report(net: al.Backbone) -> KeptWeights:
    assert net.weights_report is not None
    return net.weights_report


def fresh(net: al.Backbone) -> dict[str, str]:
    return {part.name: part.fresh for part in report(net).fresh}


def held(net: al.Backbone, old: al.Backbone) -> al.Backbone:
    """Every tensor is the old net's where the report says kept, and what a plain build gives where it says fresh."""
    torch.manual_seed(7)
    assert net.spec is not None
    plain = al.build(net.spec, net.registry).state_dict()
    theirs, names = old.state_dict(), set()
    for part in report(net).parts:
        for name, tensor in net.get_submodule(part.name).state_dict(prefix=f"{part.name}.").items():
            names.add(name)
            assert torch.equal(tensor, (plain if part.fresh else theirs)[name]), name
    assert names == set(plain)
    assert sum(part.parameters for part in report(net).parts) == sum(p.numel() for p in net.parameters())
    return net


def edited(spec: al.Spec, old: al.Backbone) -> al.Backbone:
    torch.manual_seed(7)
    return held(al.build(spec, weights_from=old), old)


def test_an_unedited_document_keeps_everything(old: al.Backbone) -> None:
    net = edited(SPEC, old)
    assert str(report(net)) == COMPLETE
    assert report(net).share == 1
    x = torch.randn(2, 3, 8, 8)
    assert torch.equal(copy.deepcopy(net).eval()(x), copy.deepcopy(old).eval()(x))
    assert al.build(SPEC).weights_report is None


def test_no_memory_is_shared(old: al.Backbone) -> None:
    net = edited(SPEC, old)
    before = {name: tensor.clone() for name, tensor in old.state_dict().items()}
    net(torch.randn(4, 3, 8, 8)).square().sum().backward()
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.sub_(1)
    assert all(p.grad is None for p in old.parameters())
    for name, tensor in old.state_dict().items():
        assert torch.equal(tensor, before[name]), name
    assert not torch.equal(statistics(net), statistics(old))


def statistics(net: al.Backbone) -> Tensor:
    return net.get_submodule("B00.cell_0").state_dict()["norm1.running_mean"]


def test_another_code_is_fresh_and_the_rest_of_its_string_stays(old: al.Backbone) -> None:
    net = edited(SPEC.with_block("B11", "C2L1C2"), old)
    assert fresh(net) == {"B11.cell_1": "another code"}
    (part,) = report(net).fresh
    assert part.detail == "L1, before T1"
    assert str(report(net)).startswith("kept 19 of 20 parts (")
    assert str(report(net)).endswith(" % of parameters); fresh: B11.cell_1 (another code)")


def test_an_inserted_cell_moves_what_stands_behind_it(old: al.Backbone) -> None:
    net = edited(SPEC.with_block("B00", "C2C2T1C2"), old)
    assert fresh(net) == {"B00.cell_1": "another code", "B00.cell_2": "another code", "B00.cell_3": "new"}


def test_a_removed_cell_is_named(old: al.Backbone) -> None:
    net = edited(SPEC.with_block("B00", "C2T1"), old)
    assert fresh(net) == {}
    assert str(report(net)) == "kept 19 of 19 parts (100.0 % of parameters); no longer there: B00.cell_2"


def test_another_width_is_another_shape(old: al.Backbone) -> None:
    net = edited(SPEC.with_layout(channels=8), old)
    assert set(fresh(net).values()) == {"another shape"}
    assert report(net).kept == ()
    assert "kept 0 of 20 parts (0.0 % of parameters); fresh: B00 (another shape), B01 (another shape)" in str(
        report(net)
    )
    assert " and " in str(report(net))


def test_another_head(old: al.Backbone) -> None:
    net = edited(SPEC.with_head("classify", classes=7), old)
    assert fresh(net) == {"head": "another shape"}
    assert report(net).fresh[0].detail == "linear.weight is [7, 12], before [5, 12]"
    net = edited(SPEC.with_head("dense", classes=5), old)
    assert fresh(net) == {"head": "another kind"}
    net = edited(SPEC.with_head(None), old)
    assert fresh(net) == {}
    assert report(net).left == ("head",)


def test_other_norms_are_other_tensors(old: al.Backbone) -> None:
    net = edited(SPEC.with_code_option("C2", norm="instance2d"), old)
    assert fresh(net) == {
        f"{id}.cell_{i}": "other tensors" for id in ("B00", "B01", "B11", "out0", "out1") for i in (0, 2)
    }
    assert report(net).fresh[0].detail == "norm1.weight is gone"


def test_options_that_leave_the_tensors_are_told(old: al.Backbone) -> None:
    net = edited(SPEC.with_block("B11", options={"heads": 4}), old)
    assert fresh(net) == {}
    assert str(report(net)) == f"{COMPLETE}; kept under other options: B11.cell_1 (heads)"


def test_links_by_id_and_kind(old: al.Backbone) -> None:
    net = edited(SPEC.with_link("B00>B11", "conv_stride"), old)
    assert fresh(net) == {"link_B00_B11": "another kind"}
    assert report(net).fresh[0].detail == "conv_stride, before patch_merge"
    net = edited(SPEC.with_link("B01>F1", off=True).with_link("B00>out0", "projection"), old)
    assert fresh(net) == {"link_B00_out0": "new"}
    assert report(net).left == ("link_B01_F1",)
    assert str(report(net)).endswith("; fresh: B00>out0 (new); no longer there: link_B01_F1")


def test_links_with_cells() -> None:
    spec = SPEC.with_link("B00>B11", "interp_cells", cells="C2C2")
    old = trained(spec)
    net = edited(spec.with_link("B00>B11", "interp_cells", cells="C2T1"), old)
    assert fresh(net) == {"link_B00_B11.cells.cell_1": "another code"}


def test_stems() -> None:
    spec = SPEC.with_stem("conv", channels=4)
    old = trained(spec)
    assert "stem" in {part.name for part in report(edited(spec, old)).kept}
    net = edited(SPEC.with_stem("conv_stride", channels=4, steps=1), old)
    assert fresh(net)["stem"] == "another kind"


class Cased(al.Layout, frozen=True, kw_only=True):
    """One block between two fixed cells, with a choice of the first."""

    type = "cased"
    first: Literal["C2", "S2"] = "C2"

    def counts(self) -> tuple[int, int]:
        """One level, one stage."""
        return 1, 1

    def wire(self, wiring: Wiring) -> None:
        """A block with its fixed cells."""
        wire = wiring.wire(wiring.entry)
        before, after = (self.first,), ("C2", "C2")
        id = wiring.block("only", level=0, stage=0, channels=4, inputs=[wire], cells=0, before=before, after=after)
        wiring.output(id)


@pytest.fixture
def cased() -> Iterator[None]:
    known = catalog.default()
    before = dict(known.layouts)
    al.register(Cased)
    yield
    known.layouts.clear()
    known.layouts.update(before)
    known.version += 1


@pytest.mark.usefixtures("cased")
def test_fixed_cells_are_counted_apart() -> None:
    old = trained(al.new("cased", {}, cells="T1", input="4x8x8").with_option(heads=2))
    net = edited(al.new("cased", {}, cells="T1C2", input="4x8x8").with_option(heads=2), old)
    assert fresh(net) == {"only.cell_1": "new"}
    net = edited(al.new("cased", {"first": "S2"}, cells="T1", input="4x8x8").with_option(heads=2), old)
    assert fresh(net) == {"only.before_0": "another code"}


def test_neither_mode_nor_what_is_frozen_is_kept(old: al.Backbone) -> None:
    frozen = copy.deepcopy(old).eval().requires_grad_(False)
    net = edited(SPEC, frozen)
    assert all(module.training for module in net.modules())
    assert all(p.requires_grad for p in net.parameters())


def test_a_cast_is_told(old: al.Backbone) -> None:
    net = al.build(SPEC, weights_from=copy.deepcopy(old).double())
    assert {p.dtype for p in net.parameters()} == {torch.float32}
    assert torch.equal(statistics(net), statistics(old))
    count = sum(t.is_floating_point() for t in old.state_dict().values())
    assert str(report(net)) == f"{COMPLETE}; cast: {count} tensors from float64 to float32"
    assert ("B00.cell_0.norm1.running_mean", "float64", "float32") in report(net).cast


def test_an_exchanged_part_is_fresh(old: al.Backbone) -> None:
    other = copy.deepcopy(old)
    other.head = nn.Identity()
    other.B00 = nn.Flatten()
    net = al.build(SPEC, weights_from=other)
    assert fresh(net) == {"head": "other tensors", **{f"B00.cell_{i}": "new" for i in range(3)}}
    other.head = copy.deepcopy(old.head)
    nn.utils.parametrizations.weight_norm(other.head.linear)
    assert fresh(al.build(SPEC, weights_from=other))["head"] == "other tensors"
    other.head = copy.deepcopy(old.head)
    other.head.linear.weight = nn.Parameter(torch.zeros(5, 12, dtype=torch.int8), requires_grad=False)
    (part,) = (part for part in report(al.build(SPEC, weights_from=other)).fresh if part.name == "head")
    assert (part.fresh, part.detail) == ("another type", "linear.weight holds float32, before int8")


def test_the_report_survives_copies_and_pickles(old: al.Backbone) -> None:
    net = al.build(SPEC, weights_from=old)
    assert report(copy.deepcopy(net)) == report(net)
    assert pickle.loads(pickle.dumps(report(net))) == report(net)


def test_what_is_no_net_with_numbers_is_refused(old: al.Backbone) -> None:
    with pytest.raises(TypeError, match=r"^weights_from takes a net made by archlab.build; got Linear. Build one "):
        al.build(SPEC, weights_from=nn.Linear(2, 2))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"got DataParallel. Give what it wraps, its attribute `module`\.$"):
        al.build(SPEC, weights_from=nn.DataParallel(old))  # type: ignore[arg-type]
    with torch.device("meta"):
        hollow = al.build(SPEC)
    said = r"^weights_from: B00\.cell_0\.input_proj\.weight of the net is on the meta device; load the weights of "
    with pytest.raises(al.ArchlabError, match=said):
        al.build(SPEC, weights_from=hollow)
    lazy = copy.deepcopy(old)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch's own, about lazy modules
        lazy.head = nn.LazyLinear(5)
    with pytest.raises(al.ArchlabError, match=r"^weights_from: head\.weight of the net has no numbers; run the net "):
        al.build(SPEC, weights_from=lazy)
    said = r"^weights_from: B00\.cell_0 of the new net is on the meta device, where nothing can be kept\. Build it on "
    with torch.device("meta"), pytest.raises(al.ArchlabError, match=said):
        al.build(SPEC, weights_from=old)


CODES = some.sampled_from(["C2", "T1", "S2", "L0"])


@given(some.lists(CODES, min_size=1, max_size=3), some.lists(CODES, min_size=1, max_size=3), some.booleans())
@settings(max_examples=12)
def test_random_edits(before: list[str], after: list[str], wider: bool) -> None:
    spec = al.unet(levels=1, channels=4, cells="C2", input="1x8x8", heads=2, window=[1, 4, 4], norm="batch2d")
    old = trained(spec.with_block("bridge", "".join(before)))
    net = edited(spec.with_block("bridge", "".join(after)).with_layout(channels=8 if wider else 4), old)
    if not wider:
        same = [new == was for new, was in zip(after, before, strict=False)]
        expected = {f"bridge.cell_{i}": "another code" for i, is_ in enumerate(same) if not is_}
        expected |= {f"bridge.cell_{i}": "new" for i in range(len(before), len(after))}
        assert fresh(net) == expected
