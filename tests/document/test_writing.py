"""Canonical text: numbers as JavaScript writes them, whatever their type."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archlab.document.writing import number


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (1.0, "1"),
        (-2.5, "-2.5"),
        (0.1, "0.1"),
        (0.00001, "0.00001"),
        (1e-6, "0.000001"),
        (1e-7, "1e-7"),
        (1.5e-9, "1.5e-9"),
        (1e16, "10000000000000000"),
        (1e20, "100000000000000000000"),
        (1e21, "1e+21"),
        (1.25e22, "1.25e+22"),
        (123456.789, "123456.789"),
    ],
)
def test_numbers_as_in_javascript(value, text):
    assert number(value) == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_number_reads_back(value):
    assert float(json.loads(number(value))) == value


@pytest.mark.parametrize("value", [float("inf"), float("nan")])
def test_what_json_has_no_word_for(value):
    with pytest.raises(ValueError, match="no JSON number"):
        number(value)
