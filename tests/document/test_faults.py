"""Wrong values of fields: the path to the place inside the value, what was expected and what stands there."""

from enum import Enum
from typing import Annotated, Literal

import msgspec
import pytest
from msgspec import Meta

from archlab import check, hrnet, soanet
from archlab.document.making import convert, make


class Size(msgspec.Struct, frozen=True):
    """A field with fields."""

    height: int
    kind: Literal["pixels", "patches"] = "pixels"


class Colour(Enum):
    """Words."""

    RED = "red"
    BLUE = "blue"


Width = Annotated[int, Meta(ge=1, le=64)]
Widths = Width | Annotated[tuple[Width, ...], Meta(min_length=1)]


@pytest.mark.parametrize(
    ("value", "type_", "place", "says"),
    [
        ("x", int, "", 'Expected a whole number. Found the text "x".'),
        (True, int, "", "Expected a whole number. Found true."),
        (3.0, int, "", "Expected a whole number. Found the number 3.0."),
        (None, int, "", "Expected a whole number. Found null."),
        (None, float, "", "Expected a number. Found null."),
        (1, bool, "", "Expected true or false. Found the number 1."),
        (1, str | bool | None, "", "Expected true or false, a text or null. Found the number 1."),
        (10**400, float, "", "Expected a number of at most 1.8e308. Found the number 10000000000000000...."),
        (99, Width, "", "Expected a whole number <= 64. Found the number 99."),
        ("x", Widths, "", 'Expected a whole number or a list. Found the text "x".'),
        ((), Widths, "", "Expected a list of length >= 1. Found a list of 0."),
        ((16, "x"), Widths, "[1]", 'Expected a whole number. Found the text "x".'),
        ((16, 0), Widths, "[1]", "Expected a whole number >= 1. Found the number 0."),
        ((16, True), Widths, "[1]", "Expected a whole number. Found true."),
        ((16, (1, 2)), Widths, "[1]", "Expected a whole number. Found a list of 2."),
        ((1, 2), tuple[int, int, int], "", "Expected a list of length 3. Found a list of 2."),
        ((1, 2.5, 3), tuple[int, int, int], "[1]", "Expected a whole number. Found the number 2.5."),
        (((1,), (1, (2,))), tuple[tuple[int, ...], ...], "[1][1]", "Expected a whole number. Found a list of 1."),
        (((1,), 2), tuple[tuple[int, ...], ...], "[1]", "Expected a list. Found the number 2."),
        ("c", Literal["a", "b"], "", 'Expected one of "a", "b". Found the text "c".'),
        ("c", Literal["a"] | None, "", 'Expected "a". Found the text "c".'),
        ("blu", Colour, "", 'Expected one of "red", "blue". Found the text "blu". Did you mean "blue"?'),
        (("a", "c"), tuple[Literal["a", "b"], ...], "[1]", 'Expected one of "a", "b". Found the text "c".'),
        ((1, "c"), tuple[int, Literal["a", "b"]], "[1]", 'Expected one of "a", "b". Found the text "c".'),
        ("c", Colour, "", 'Expected one of "red", "blue". Found the text "c".'),
        ({"height": "x"}, Size, ".height", 'Expected a whole number. Found the text "x".'),
        ({}, Size, "", 'Expected an object with the field "height". Found an object.'),
        (
            ({"height": 1, "kind": "mm"},),
            tuple[Size, ...],
            "[0].kind",
            'one of "patches", "pixels". Found the text "mm".',
        ),
        (
            ({"a": 1, "b": "x"},),
            tuple[dict[str, int], ...],
            "[0]",
            "One of the values is wrong. Expected a whole number.",
        ),
        ("`$[1]` - at `$[1]`", int, "", 'Expected a whole number. Found the text "`$[1]` - at `$[1]`".'),
        ("x - at `$[1]`", Literal["a"], "", 'Expected "a". Found the text "x - at `$[1]`".'),
    ],
)
def test_where_and_what(value, type_, place, says):
    converted, fault = convert(value, type_)
    assert converted is None
    assert fault.subpath == place
    assert fault.message.endswith(says)


def test_a_part_says_the_place_in_its_path_and_in_its_sentence():
    class Part(msgspec.Struct, frozen=True):
        """A part."""

        stripes: tuple[tuple[int, ...], ...] = ()

    part, (found,) = make(Part, {"stripes": ((1, 2), (7, "x"))}, "$.layout")
    assert part is None
    assert (found.code, found.path) == ("AL013", "$.layout.stripes[1][1]")
    assert found.message == 'stripes[1][1]: Expected a whole number. Found the text "x".'


BASE = hrnet(levels=2, channels=8, cells="C2", input="3x16x16")


@pytest.mark.parametrize(
    ("spec", "path", "says"),
    [
        (
            BASE.with_layout(channels=[16, "x"]),
            "$.layout.channels[1]",
            "channels[1]: Expected a whole number. Found the te",
        ),
        (
            soanet(stages=3, channels=4, downsample=[True, 1], cells="C2", input="1x16x16"),
            "$.layout.downsample[1]",
            "downsample[1]: Expected true or false. Found the number 1.",
        ),
        (
            BASE.with_option(window=[1, "x", 4]),
            "$.options.window[1]",
            "window[1]: Expected a whole number. Found the text",
        ),
        (
            BASE.with_level_option(0, window=[1, 4, 0.5]),
            "$.level_options[0].window[2]",
            "window[2]: Expected a whole nu",
        ),
        (BASE.with_code_option("L1", patch=[1, "x", 4]), "$.code_options.L1.patch[1]", "patch[1] of L1: Expected a"),
        (
            BASE.with_block("B00", [{"code": "L1", "window": [1, 4, "x"]}]),
            "$.blocks.B00[0].window[2]",
            "window[2] of L1: Expected a whole number. Found",
        ),
        (
            BASE.with_block("B00", "T1", options={"window": [1, 4, "x"]}),
            "$.blocks.B00.options.window[2]",
            "window[2]: Expected a whole number. Found",
        ),
    ],
)
def test_every_place_of_a_document_names_the_entry(spec, path, says):
    found = [d for d in check(spec) if d.code == "AL013"]
    assert [d.path for d in found] == [path]
    assert says in found[0].message


def test_options_of_a_level_are_those_of_cells():
    spec = BASE.with_level_option(1, window_sizing="mixed", dense=True, heds=2).with_level_option(0, heads=2)
    assert [(d.code, d.path) for d in check(spec)] == [
        ("AL011", "$.level_options[1].window_sizing"),
        ("AL011", "$.level_options[1].dense"),
        ("AL011", "$.level_options[1].heds"),
    ]
