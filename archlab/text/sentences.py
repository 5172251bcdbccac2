"""Words that sentences for people need: plurals, lists of names, and lists joined by "or"."""

from __future__ import annotations

from collections.abc import Iterable


def either(values: Iterable[object]) -> str:
    """A choice: `6 or 10`."""
    return " or ".join(str(v) for v in values)


def plural(count: int, one: str, many: str = "") -> str:
    """A number with its noun: `1 time`, `2 times`; `many` where an s is not enough: `2 patches`."""
    return f"{count} {one if count == 1 else many or f'{one}s'}"


def listed(names: Iterable[str], most: int = 8) -> str:
    """The names, of many the first few and how many more: `a, b and 3 more`."""
    every = list(names)
    rest = len(every) - most
    return ", ".join(every[:most]) + (f" and {rest} more" if rest > 0 else "")


def first_line(error: BaseException) -> str:
    """The first line of what an exception says; its type where it says nothing."""
    return (str(error).splitlines() or [type(error).__name__])[0]
