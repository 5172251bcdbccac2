"""Numbers as people read them: counts, bytes, durations, shares.

`widgets/src/core/model/format.ts` writes the same numbers in the editor; `tests/fixtures/numbers.json` holds both to
the same text. Halves are rounded away from zero, as JavaScript's `toFixed` does.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from decimal import ROUND_HALF_UP, Decimal

NOT_KNOWN = "not known"  # an estimate that could not be made
NOT_MEASURED = "not measured"
DASH = "–"  # for either, where a picture has no room for words

_DECIMAL = ("", "k", "M", "G", "T", "P")
_BINARY = ("B", "KiB", "MiB", "GiB", "TiB")
_SMALLEST_DURATION = 0.001  # in the unit of its column; less is below what any clock resolves
_MOST_PERCENT = 1e15  # beyond it a double has no decimals to write
# From each of these magnitudes on, so many decimals make three significant digits once the number is rounded.
_DECIMALS = ((99.95, 0), (9.995, 1), (0.9995, 2), (0.09995, 3), (0.009995, 4), (0.0009995, 5))


def count(n: float | None, missing: str = NOT_KNOWN) -> str:
    """How many, with a decimal prefix: `12.3 M`, `4.28 G`, `512`; `missing` for None."""
    return missing if n is None else _scaled(n, 1000, _DECIMAL)


def data_size(n: float | None, missing: str = NOT_KNOWN) -> str:
    """Bytes with a binary prefix: `12.3 MiB`; `missing` for None."""
    return missing if n is None else _scaled(n, 1024, _BINARY)


def duration(milliseconds: float | None, missing: str = NOT_MEASURED) -> str:
    """A time given in milliseconds: `850 µs`, `12.3 ms`, `1.20 s`; `missing` for None."""
    return missing if milliseconds is None else durations([milliseconds])(milliseconds)


def durations(column: Iterable[float]) -> Callable[[float], str]:
    """A writer for a column of milliseconds, in the unit of the largest, so that they compare at a glance."""
    most = max(map(abs, column), default=0.0)
    unit, scale = ("s", 1e-3) if most >= 999.5 else ("µs", 1e3) if 0 < most < 0.9995 else ("ms", 1.0)

    def write(milliseconds: float) -> str:
        value = milliseconds * scale
        if 0 < abs(value) < _SMALLEST_DURATION:
            return f"< {_SMALLEST_DURATION} {unit}"
        return f"{digits(value)} {unit}"

    return write


def percent(fraction: float | None, missing: str = NOT_MEASURED) -> str:
    """A fraction of 1 in hundredths: `98.6 %`; `missing` for None."""
    if fraction is None:
        return missing
    value = 100 * fraction
    return f"{_fixed(value, 1) if abs(value) < _MOST_PERCENT else digits(value)} %"


def exact(n: float | None, missing: str = NOT_KNOWN) -> str:
    """A whole number with all its digits, in groups of three: `1 234 567`; others as `digits`; `missing` for None."""
    if n is None:
        return missing
    whole = isinstance(n, int) or n.is_integer()
    return f"{int(n):,}".replace(",", "\N{NARROW NO-BREAK SPACE}") if whole else digits(n)


def digits(n: float) -> str:
    """Three significant digits: `12.3`, `0.250`, `1.20e-5`; whole numbers, and all from 100 on, without decimals."""
    if not math.isfinite(n):
        return "NaN" if math.isnan(n) else "Infinity" if n > 0 else "-Infinity"
    if n == int(n):
        return str(int(n))
    for least, decimals in _DECIMALS:
        if abs(n) >= least:
            return _fixed(n, decimals)
    mantissa, exponent = f"{n:.2e}".split("e")  # no double as small as this lies on a half
    return f"{mantissa}e{int(exponent)}"


def _scaled(n: float, base: int, units: tuple[str, ...]) -> str:
    """`n` in the largest unit that leaves at least 1; half below `base` is too near, it would be written as `base`."""
    step = 0
    while abs(n) / base**step >= base - 0.5 and step < len(units) - 1:
        step += 1
    return f"{digits(n / base**step)} {units[step]}".rstrip()


def _fixed(n: float, decimals: int) -> str:
    """`n` with so many decimals; a rounded zero has no sign."""
    rounded = Decimal(n).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    return f"{abs(rounded) if rounded.is_zero() else rounded:f}"
