"""Folding of cell strings, and text that must fit."""

from __future__ import annotations

from archlab.views.folding import repetition, shorten
from archlab.views.shapes import fit, text_width


def test_repetition() -> None:
    assert repetition(["T1", "L1"] * 3) == (("T1", "L1"), 3)
    assert repetition(["T1"]) == (("T1",), 1)
    assert repetition(["T1", "T1", "L1"]) == (("T1", "T1", "L1"), 1)


def test_shorten() -> None:
    assert shorten(["T1", "L1"], 8) == (("T1", "L1"), "")
    assert shorten(["C2"] * 9, 8) == (("C2",), "×9")
    mixed = [f"{c}1" for c in "ABCDEFGHIJ"]
    assert shorten(mixed, 8) == (tuple(mixed[:7]), "+3")
    assert shorten(mixed * 2, 8) == (tuple(mixed[:6]), "+4 ×2")
    assert shorten(mixed[:8] * 2, 8) == (tuple(mixed[:6]), "+2 ×2")


def test_fit_cuts_only_what_is_too_long() -> None:
    assert fit("B12", 100, 12) == "B12"
    cut = fit("a very long name", 60, 12)
    assert cut.endswith("…")
    assert text_width(cut, 12) <= 60
