"""What is looked up equals what is worked out from nothing, whatever was asked for before."""

import random
from concurrent.futures import ThreadPoolExecutor
from typing import ClassVar

import msgspec
import pytest

from archlab import Cell, FeatureMap, hrnet, soanet, unet
from archlab.bridge.graph_view import graph_view
from archlab.costing.cost import Cost
from archlab.estimator import estimate
from archlab.graph import expand
from archlab.graph.remember import forget
from archlab.parts import catalog
from archlab.parts.registry import Registry

CODES = ("C2", "T1", "L1", "G0", "V2", "S3", "Sh", "Zz", "N1")  # the last two are known only to some registries
KINDS = ("identity", "projection", "patch_merge", "interp_conv1", "interp_cells", "gate", "nothing")
LINKS = (
    *("B00>B11", "B11>B12", "B00>B02", "B12>F0", "out0>agg", "B00>agg", "input>B02", "B12>B11"),
    *("D0>U0", "bridge>U1", "D0>bridge", "stage0>stage1", "stage0>stage2", "no link"),
)
BLOCKS = ("B00", "B11", "B02", "B12", "out1", "D0", "bridge", "U0", "stage0", "stage2", "nowhere")
STARTS = tuple(
    make(channels=8, cells="T1L1", input="3x32x32", heads=2, window=(1, 8, 8)) for make in (hrnet, unet, soanet)
)


class Nested(Cell, frozen=True, kw_only=True):
    """Halves H and W, and adds a parameter for each channel."""

    codes: ClassVar = {"Zz": {}}
    sizes: list[int] = msgspec.field(default_factory=list)

    def out(self, x, width):
        return FeatureMap(channels=width, size=(*x.size[:-2], x.height // 2, x.width // 2))


def cells(choose):
    text = "".join(choose.choices(CODES, k=choose.randint(1, 4)))
    return choose.choice([text, text, text, text[:-1], ""])


def listed(choose):
    return [
        {"code": choose.choice(CODES), "heads": choose.choice([1, 2, 3, "x"])},
        {"code": choose.choice(CODES), "window": choose.choice([[4, 4], [1, 8, 8], [3, 3], 5])},
    ]


def option(choose):
    return choose.choice(
        [
            {"heads": choose.choice([2, 4, True])},
            {"window": choose.choice([[1, 8, 8], [4, 4], [0, 8, 8], [1, 8.0, 8]])},
            {"patch": [2, 2]},
            {"window_sizing": choose.choice(["mixed", "keep_num_window", "none"])},
            {"norm": choose.choice(["layer", "instance2d", 1])},
            {"drop_path": choose.choice([0.0, 0.1])},
            {"dense": True},
            {"checkpoint": True},
            {"unheard_of": 1},
        ]
    )


EDITS = (
    lambda spec, choose: spec.with_block(choose.choice(BLOCKS), cells(choose)),
    lambda spec, choose: spec.with_block(choose.choice(BLOCKS), cells(choose)),
    lambda spec, choose: spec.with_block(choose.choice(BLOCKS), listed(choose)),
    lambda spec, choose: spec.with_block(choose.choice(BLOCKS), options=option(choose)),
    lambda spec, choose: spec.with_block(choose.choice(BLOCKS), dense=choose.random() < 0.5),
    lambda spec, choose: spec.with_block(choose.choice(BLOCKS), checkpoint=choose.random() < 0.5),
    lambda spec, choose: spec.with_block(choose.choice(BLOCKS), channels=choose.choice([4, 8, 0, 70_000])),
    lambda spec, choose: spec.without_block(choose.choice(BLOCKS)),
    lambda spec, choose: spec.with_option(**option(choose)),
    lambda spec, choose: spec.with_code_option(choose.choice(CODES), **option(choose)),
    lambda spec, choose: spec.with_link_options(choose.choice(KINDS), norm=choose.choice(["layer", 3])),
    lambda spec, choose: spec.with_link_options("interp_cells", cells=cells(choose)),
    lambda spec, choose: spec.with_link(choose.choice(LINKS), choose.choice([None, *KINDS])),
    lambda spec, choose: spec.with_link(choose.choice(LINKS), "interp_cells", cells=cells(choose)),
    lambda spec, choose: spec.with_link(choose.choice(LINKS), off=True),
    lambda spec, choose: spec.without_link(choose.choice(LINKS)),
    lambda spec, choose: spec.with_layout(channels=choose.choice([8, 16, 70_000, [8, 12], True])),
    lambda spec, choose: spec.with_layout(levels=choose.choice([2, 3, 99])),
    lambda spec, choose: spec.with_layout(down=choose.choice(["patch_merge", "conv_stride", "gate"])),
    lambda spec, choose: spec.with_input(choose.choice(["3x32x32", "2x8x32x32", "3x40x40", "1x33x32", "3x64x48"])),
    lambda spec, choose: spec.with_compat(choose.choice([None, "snraware", "somebody"])),
    lambda spec, choose: spec.with_cells([cells(choose) for _ in range(choose.randint(1, 4))]),
    lambda spec, choose: spec.with_stem(choose.choice(["none", "conv_stride", "nothing"])),
    lambda spec, choose: spec.with_head(choose.choice([None, "classifier", "nothing"])),
    lambda spec, choose: choose.choice(STARTS),
)


def documents(seed, count):
    """Documents that follow from one another, one edit at a time, sound and faulty."""
    choose = random.Random(seed)
    spec = choose.choice(STARTS)
    for _ in range(count):
        spec = choose.choice(EDITS)(spec, choose)
        yield spec, choose.choice([1, 1, 2])


def answer(spec, batch, registry=None):
    """Everything that is said of a document, as text."""
    graph = expand(spec, registry or catalog.default()).graph
    return [
        msgspec.json.encode(estimate(spec, batch, registry)),
        None if graph is None else msgspec.json.encode(graph_view(graph)),
        None if graph is None else repr(graph),
    ]


@pytest.mark.parametrize("seed", range(4))
def test_what_edits_left_unchanged_is_what_a_fresh_start_finds(seed):
    asked = list(documents(seed, 60))
    after_edits = [answer(*one) for one in asked]
    for one, found in zip(asked, after_edits, strict=True):
        forget()
        assert answer(*one) == found, one


def test_the_same_document_again_is_the_same_answer_and_nobody_can_change_it():
    first = estimate(STARTS[0])
    first.input["channels"] = 99
    again = estimate(STARTS[0])
    assert again.input == {"channels": 3, "size": [32, 32]}
    assert msgspec.structs.replace(again, input={}) == msgspec.structs.replace(first, input={})


def test_threads_share_what_is_kept():
    asked = list(documents(9, 40))
    forget()
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda one: answer(*one), asked * 2))
    forget()
    alone = [answer(*one) for one in asked]
    assert together == alone * 2


def all_parts():
    registry, known = Registry(), catalog.default()
    owners = (cls for cls, _ in known.codes.values())
    shelves = (known.links, known.layouts, known.stems, known.necks, known.heads, known.merges)
    for part in dict.fromkeys((*owners, *(part for shelf in shelves for part in shelf.values()))):
        registry.register(part)
    return registry


def tagged(parameters):
    """A cell class that says it has so many parameters; the same name every time, as a notebook cell run again."""

    class Tagged(Cell, frozen=True, kw_only=True):
        """Hands its input on."""

        codes: ClassVar = {"Zz": {}}

        def cost(self, x, width):
            return Cost(params=parameters, aliases_input=True)

    return Tagged


def test_a_new_cell_is_seen_at_once_and_so_is_its_next_form():
    registry, spec = all_parts(), STARTS[0].with_block("B11", "Zz")
    assert "AL022" in [d.code for d in estimate(spec, registry=registry).diagnostics if d.node == "B11"]
    for parameters in (7, 8):
        registry.register(tagged(parameters))
        found = answer(spec, 1, registry)
        assert estimate(spec, registry=registry).row("B11").params == parameters
        forget()
        assert answer(spec, 1, registry) == found


def test_a_part_that_cannot_be_hashed_is_worked_out_every_time():
    registry = all_parts()
    with pytest.raises(ValueError, match="unhashable"):  # a default that cannot be kept is refused ...
        registry.register(Nested)
    registry.codes["Zz"] = (Nested, {})  # ... but a field may be given any value
    spec = hrnet(levels=2, channels=8, input="3x32x32").with_block("B11", "Zz")
    assert [answer(spec, 1, registry) for _ in range(2)] == [answer(spec, 1, registry)] * 2
