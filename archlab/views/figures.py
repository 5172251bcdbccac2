"""How numbers are written for people: the same way in pictures, tables, reports and on the terminal."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence

NOT_MEASURED = "not measured"
UNKNOWN = "unknown"

_DECIMAL = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))
_BINARY = ((1 << 40, "TiB"), (1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB"))


def count(n: float | None, missing: str = UNKNOWN) -> str:
    """`12.3 M`, `4.28 G`, `512`; `missing` for None."""
    if n is None:
        return missing
    for size, unit in _DECIMAL:
        if abs(n) >= size * 0.9995:
            return f"{_three(n / size)} {unit}"
    return _three(n)


def size(n: float | None, missing: str = UNKNOWN) -> str:
    """Bytes as `12.3 MiB`; `missing` for None."""
    if n is None:
        return missing
    for unit_size, unit in _BINARY:
        if abs(n) >= unit_size:
            return f"{_three(n / unit_size)} {unit}"
    return f"{_three(n)} B"


def duration(milliseconds: float | None, missing: str = NOT_MEASURED) -> str:
    """`850 µs`, `12.3 ms`, `1.20 s`; `missing` for None."""
    return missing if milliseconds is None else durations([milliseconds])(milliseconds)


def durations(column: Iterable[float]) -> Callable[[float], str]:
    """Writes milliseconds of a column in one unit, that of the largest, so that they compare at a glance."""
    most = max(column, default=0.0)
    unit, scale = ("s", 1e-3) if most >= 1000 else ("µs", 1e3) if most < 1 else ("ms", 1.0)
    return lambda milliseconds: f"{_three(milliseconds * scale)} {unit}"


def percent(fraction: float | None, missing: str = NOT_MEASURED) -> str:
    """`98.6 %` of a fraction; `missing` for None."""
    return missing if fraction is None else f"{100 * fraction:.1f} %"


def shape(dims: Sequence[int] | None, missing: str = UNKNOWN) -> str:
    """`64×112×112`; `missing` for None."""
    return missing if dims is None else "×".join(str(d) for d in dims)


def exact(n: float | None, missing: str = UNKNOWN) -> str:
    """All digits, in groups of three parted by thin spaces; `missing` for None."""
    return missing if n is None else f"{n:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def _three(n: float) -> str:
    """Three significant digits, whole numbers below 1000 as they are."""
    if n == int(n) and abs(n) < 1000:
        return str(int(n))
    rounded = float(f"{n:.3g}")  # first, so that 9.999 becomes 10.0 and not 10.00
    return f"{n:.{max(0, 2 - math.floor(math.log10(abs(rounded))))}f}"
