"""Numbers as text: borders, order, and that reading them back gives the number but for its rounding."""

from __future__ import annotations

import math
import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archlab.text import numbers

UNITS = {"": 1.0, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15}
BYTES = {"B": 1.0, "KiB": 2.0**10, "MiB": 2.0**20, "GiB": 2.0**30, "TiB": 2.0**40}
TIMES = {"µs": 1e-3, "ms": 1.0, "s": 1e3}

amounts = st.integers(0, 10**17) | st.floats(0.001, 1e17)
signed = st.integers(-(10**17), 10**17) | st.floats(-1e17, 1e17)
milliseconds = st.floats(1e-5, 1e6)


def value(text: str, units: dict[str, float]) -> float:
    """The number that a text says."""
    number, _, unit = text.partition(" ")
    return float(number) * units[unit]


@pytest.mark.parametrize(
    ("n", "text"),
    [
        (None, "not known"), (0, "0"), (7, "7"), (999, "999"), (1000, "1 k"), (1234, "1.23 k"), (999_499, "999 k"),
        (999_500, "1.00 M"), (999_600, "1.00 M"), (999_950, "1.00 M"), (28_626_944, "28.6 M"),
        (4_283_990_000, "4.28 G"), (3e12, "3 T"), (0.25, "0.250"), (-1500, "-1.50 k"), (9.999, "10.0"),
        (999.6, "1.00 k"), (2**70, "1180592 P"),
    ],
)  # fmt: skip
def test_counts(n: float | None, text: str) -> None:
    assert numbers.count(n) == text


@pytest.mark.parametrize(
    ("n", "text"),
    [
        (0, "0 B"), (1023, "1023 B"), (1024, "1 KiB"), (1023.4 * 1024, "1023 KiB"), (1023.7 * 1024, "1.00 MiB"),
        (2.5 * 2**20, "2.50 MiB"), (None, "not known"),
    ],
)  # fmt: skip
def test_bytes(n: float | None, text: str) -> None:
    assert numbers.data_size(n) == text


@pytest.mark.parametrize(
    ("ms", "text"),
    [
        (None, "not measured"), (0.0, "0 ms"), (0.0123, "12.3 µs"), (0.9996, "1.00 ms"), (4.44, "4.44 ms"),
        (250, "250 ms"), (999.6, "1.00 s"), (1500, "1.50 s"), (1e-7, "< 0.001 µs"),
    ],
)  # fmt: skip
def test_durations(ms: float | None, text: str) -> None:
    assert numbers.duration(ms) == text


def test_durations_of_a_column_share_the_unit_of_the_largest() -> None:
    write = numbers.durations([12.0, 0.00883])
    assert [write(12.0), write(0.00883), write(0.0002), write(0.0)] == ["12 ms", "0.00883 ms", "< 0.001 ms", "0 ms"]


def test_what_is_missing_is_never_zero() -> None:
    writers: list[Callable[[None], str]] = [
        numbers.count, numbers.data_size, numbers.duration, numbers.percent, numbers.exact,
    ]  # fmt: skip
    assert not any("0" in write(None) for write in writers)
    assert numbers.count(None, numbers.DASH) == "–"


@given(st.floats())
def test_any_number_can_be_written(n: float) -> None:
    for write in (numbers.count, numbers.data_size, numbers.duration, numbers.percent, numbers.exact, numbers.digits):
        assert write(n)


def test_percent() -> None:
    assert [numbers.percent(f) for f in (0.0, 0.9863, 1.25, -0.25, -0.0001)] == [
        "0.0 %", "98.6 %", "125.0 %", "-25.0 %", "0.0 %",
    ]  # fmt: skip


def test_exact_groups_digits_by_three() -> None:
    assert numbers.exact(1234567) == "1\u202f234\u202f567"
    assert numbers.exact(-1234.0) == "-1\u202f234"
    assert numbers.exact(2.5) == "2.50"


@pytest.mark.parametrize(("n", "text"), [(math.nan, "NaN"), (math.inf, "Infinity"), (-math.inf, "-Infinity")])
def test_what_is_no_number_says_so(n: float, text: str) -> None:
    assert numbers.digits(n) == text
    assert numbers.percent(n) == f"{text} %"


@given(signed)
def test_no_count_is_longer_than_four_digits_or_has_an_exponent(n: float) -> None:
    for text in (numbers.count(n), numbers.data_size(n)):
        if abs(n) >= 0.001 and not text.endswith(("P", "TiB")):  # the last units take what is beyond them
            number = text.partition(" ")[0]
            assert re.fullmatch(r"-?\d+(\.\d+)?", number)
            assert len(number.lstrip("-0.").replace(".", "")) <= 4


@given(amounts, amounts)
def test_a_larger_number_is_never_written_as_a_smaller_one(a: float, b: float) -> None:
    low, high = sorted((a, b))
    assert value(numbers.count(low), UNITS) <= value(numbers.count(high), UNITS)
    assert value(numbers.data_size(low), BYTES) <= value(numbers.data_size(high), BYTES)


@given(amounts)
def test_reading_a_number_back_gives_it_but_for_the_rounding(n: float) -> None:
    assert value(numbers.count(n), UNITS) == pytest.approx(n, rel=0.00501)
    assert value(numbers.data_size(n), BYTES) == pytest.approx(n, rel=0.00501)


@given(milliseconds)
def test_reading_a_duration_back_gives_it_but_for_the_rounding(ms: float) -> None:
    assert value(numbers.duration(ms), TIMES) == pytest.approx(ms, rel=0.00501)


@given(st.floats(1e-300, 1e300), st.sampled_from([1, -1]))
def test_digits_say_the_number_to_half_a_unit_of_the_third(n: float, sign: int) -> None:
    assert float(numbers.digits(sign * n)) == pytest.approx(sign * n, rel=0.00501)


@given(st.integers(-(10**18), 10**18))
def test_exact_loses_nothing(n: int) -> None:
    assert int(numbers.exact(n).replace("\u202f", "")) == n


@given(signed)
def test_a_negative_number_is_its_opposite_with_a_sign(n: float) -> None:
    if n:
        assert numbers.count(-abs(n)) == f"-{numbers.count(abs(n))}"
