"""Numbers for people, and folding of cell strings."""

from __future__ import annotations

import pytest

from archlab.views import figures
from archlab.views.folding import repetition, shorten
from archlab.views.shapes import fit, text_width


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "unknown"), (0, "0"), (7, "7"), (999, "999"), (1000, "1 k"), (1234, "1.23 k"), (999_950, "1.00 M"),
        (28_626_944, "28.6 M"), (4_283_990_000, "4.28 G"), (3e12, "3 T"), (0.25, "0.250"), (-1500, "-1.50 k"),
        (9.999, "10.0"),
    ],
)  # fmt: skip
def test_count(value: float | None, text: str) -> None:
    assert figures.count(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1023.7 * 1024, "1024 KiB"),
        (1024, "1 KiB"),
        (2.5 * 2**20, "2.50 MiB"),
        (None, "unknown"),
    ],
)
def test_size(value: float | None, text: str) -> None:
    assert figures.size(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "not measured"), (0.0123, "12.3 µs"), (4.44, "4.44 ms"), (250, "250 ms"), (1500, "1.50 s")],
)
def test_duration(value: float | None, text: str) -> None:
    assert figures.duration(value) == text


def test_missing_is_never_zero() -> None:
    assert "0" not in figures.percent(None) + figures.exact(None) + figures.shape(None) + figures.duration(None)
    assert figures.percent(0.0) == "0.0 %"
    assert figures.exact(1234567) == "1\u202f234\u202f567"


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
