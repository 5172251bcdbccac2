"""Sizes and pieces of sentences."""

from __future__ import annotations

from archlab.text.markup import escaped, printable
from archlab.text.sentences import either, plural
from archlab.text.sizes import extent, shape, times


def test_shapes_are_for_reading_and_sizes_for_typing() -> None:
    assert shape((64, 112, 112)) == "64×112×112"
    assert shape(None) == "not known"
    assert times((16, 16)) == "16x16"


def test_an_extent_leaves_out_a_depth_that_is_not_cut() -> None:
    assert extent((2, 8, 8), deep=True) == "2x8x8"
    assert extent((1, 8, 8), deep=False) == "8x8"


def test_nouns_follow_their_number() -> None:
    assert [plural(n, "halving") for n in (0, 1, 2)] == ["0 halvings", "1 halving", "2 halvings"]
    assert plural(2, "patch", "patches") == "2 patches"
    assert plural(1, "patch", "patches") == "1 patch"


def test_a_choice() -> None:
    assert either([6]) == "6"
    assert either([6, 10]) == "6 or 10"


def test_text_stays_text() -> None:
    assert escaped('<b a="1">&') == "&lt;b a=&quot;1&quot;&gt;&amp;"
    assert printable("a\x07b\ud800c\td") == "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}c\td"
