"""Ratios that benchmarks measure, beside those in the section "ratios" of `figures.json`; much worse ones are marked.

Only ratios of two things measured side by side in one run are kept: unlike milliseconds they mean the same on another
machine, or nearly so. A kept ratio names the device and the day on which it was measured.
"""

from __future__ import annotations

import argparse
import datetime
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, NamedTuple

FIGURES = Path(__file__).with_name("figures.json")
WORSE = 1.25  # a ratio that is worse by more than this is marked

Better = Literal["lower", "higher"]


class Figure(NamedTuple):
    """A kept ratio: which values are better, what it was, on which device, when."""

    better: Better
    ratio: float
    device: str
    date: str


def add_update(parser: argparse.ArgumentParser) -> None:
    """The flag that every benchmark has."""
    parser.add_argument("--update", action="store_true", help=f"write the ratios to {FIGURES.name}")


def beside_kept(benchmark: str, measured: Mapping[str, float], better: Better, device: str, *, update: bool) -> None:
    """Print what was measured beside what is kept of this benchmark, and keep what was measured if asked to."""
    sections = json.loads(FIGURES.read_text()) if FIGURES.exists() else {}
    kept = {name: Figure(**row) for name, row in sections.get("ratios", {}).items()}
    for what, ratio in measured.items():
        old = kept.get(f"{benchmark}: {what}")
        print(f"{what:<60} {ratio:>10.4g}{'' if old is None else beside(old, ratio)}")
    if update:
        today = datetime.datetime.now(tz=datetime.UTC).date().isoformat()
        new = {f"{benchmark}: {what}": Figure(better, float(f"{n:.3g}"), device, today) for what, n in measured.items()}
        sections["ratios"] = {name: figure._asdict() for name, figure in {**kept, **new}.items()}
        FIGURES.write_text(json.dumps(sections, indent=2, sort_keys=True, ensure_ascii=False) + "\n")


def beside(old: Figure, ratio: float) -> str:
    """The kept ratio, and a mark where the new one is much worse."""
    worse = ratio / old.ratio if old.better == "lower" else old.ratio / ratio
    mark = f"  WORSE by {worse - 1:.0%}" if worse > WORSE else ""
    return f"  was {old.ratio:.4g} ({old.device}, {old.date}){mark}"
