"""Long cell strings made short: repetition first, then a count of what does not fit."""

from __future__ import annotations

from collections.abc import Sequence


def repetition(codes: Sequence[str]) -> tuple[tuple[str, ...], int]:
    """The codes that repeat, and how often: `T1 L1 T1 L1` is `T1 L1` twice.

    `T1 L1 T1 L1 T1 L1` gives `(("T1", "L1"), 3)`.
    """
    total = len(codes)
    for period in range(1, total // 2 + 1):
        if total % period == 0 and all(codes[i] == codes[i % period] for i in range(total)):
            return tuple(codes[:period]), total // period
    return tuple(codes), 1


def shorten(codes: Sequence[str], room: int) -> tuple[tuple[str, ...], str]:
    """As many codes as fit into `room` chips, and a sign for the rest: none, `×3`, `+12` or `+12 ×3`.

    The rest takes one place, `+12 ×3` two.
    """
    if len(codes) <= room:
        return tuple(codes), ""
    unit, times = repetition(codes)
    repeated = f"×{times}" if times > 1 else ""
    if len(unit) < room:
        return unit, repeated
    kept = room - (2 if repeated else 1)
    return unit[:kept], f"+{len(unit) - kept} {repeated}".strip()
