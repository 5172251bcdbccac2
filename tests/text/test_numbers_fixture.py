"""The editor writes numbers by itself; this fixture holds both writers to the same text."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from archlab.text import numbers, sizes

FIXTURE = Path(__file__).parents[1] / "fixtures" / "numbers.json"

WHOLE = [0, 1, 7, 10, 99, 100, 999, 1000, 1023, 1024, 1234, 9995, 99_949, 99_950, 999_499, 999_500, 999_600, 999_950,
         1_000_000, 1_048_063, 1_048_064, 1_048_268, 1_048_576, 28_626_944, 4_283_990_000, 999_500_000_000,
         3 * 10**12, 5 * 10**15, -1, -1500, -999_600]  # fmt: skip
BROKEN = [0.25, 0.125, 2.5, 2.675, 0.9994, 0.9995, 0.99951, 9.994, 9.995, 9.996, 9.999, 99.94, 99.95, 99.99, 100.5,
          101.5, 999.4, 999.5, 1023.4, 1023.5, 12.3456, 0.0999, 0.09996, 0.01, 0.00999, 0.001, 0.0009999, 0.0009,
          1.2e-5, 9.999e-5, 1e-9, 1e-300, 123_456.7, -0.25, -9.999, -1e-9]  # fmt: skip
FRACTIONS = [0, 1, 0.5, 0.25, 0.0005, 0.00049, 0.9995, 0.9994, 0.12345, 0.986, 1.25, -0.25, -0.0001, 1e-9, 3]
COLUMNS = [[0.0], [0.00883], [0.0000004], [0.9994], [0.9996], [999.4], [999.6], [1500.0], [12.0, 0.00883],
           [0.5, 0.00883], [1500.0, 12.0], [12.0, 0.0002, 0.0]]  # fmt: skip
SHAPES = [[], [3], [64, 112, 112], [1, 3, 16, 224, 224]]


def content() -> dict[str, Any]:
    """Every function of `archlab.text.numbers` with what it writes; names are the editor's."""
    every = [*WHOLE, *BROKEN]
    return {
        "count": [[n, numbers.count(n)] for n in every],
        "bytes": [[n, numbers.data_size(n)] for n in every],
        "exact": [[n, numbers.exact(n)] for n in every],
        "digits": [[n, numbers.digits(n)] for n in every],
        "percent": [[n, numbers.percent(n)] for n in FRACTIONS],
        "durations": [[column, [*map(numbers.durations(column), column)]] for column in COLUMNS],
        "shape": [[dims, sizes.shape(dims)] for dims in SHAPES],
        "missing": numbers.count(None, numbers.DASH),
    }


def test_the_fixture_is_what_python_writes() -> None:
    assert json.loads(FIXTURE.read_text(encoding="utf-8")) == content(), f"`make fix` writes it anew ({FIXTURE.name})"


def write() -> None:
    """Write the fixture, a line for every function."""
    lines = [f"{json.dumps(name)}: {json.dumps(rows, ensure_ascii=False)}" for name, rows in content().items()]
    FIXTURE.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
