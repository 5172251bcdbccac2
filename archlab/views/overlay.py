"""Numbers laid over a lattice: one value per node or link, with how to write it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

import msgspec

from archlab.text import numbers
from archlab.views.palette import RAMP

if TYPE_CHECKING:
    from archlab.estimator import Estimate
    from archlab.profiler import Profile

Unit = Literal["", "bytes", "ms", "share"]


class Overlay(msgspec.Struct, frozen=True, kw_only=True):
    """One value for each node and link: without an entry it stays plain, with None it was not measured."""

    title: str
    values: Mapping[str, float | None]
    unit: Unit = ""

    def text(self, value: float | None) -> str:
        """The value in its unit; a dash where it was not measured."""
        match self.unit:
            case "bytes":
                return numbers.data_size(value, numbers.DASH)
            case "ms":
                return numbers.duration(value, numbers.DASH)
            case "share":
                return numbers.percent(value, numbers.DASH)
        return numbers.count(value, numbers.DASH)

    def step(self, id: str) -> int:
        """Step of the colour scale, 0 to RAMP, in proportion to the largest value."""
        value, top = self.values.get(id), self.top
        return 0 if not value or top <= 0 else round(RAMP * max(value, 0) / top)

    @property
    def top(self) -> float:
        """Largest value, 0 without any."""
        return max((v for v in self.values.values() if v is not None), default=0.0)


def of_estimate(estimate: Estimate, what: Literal["params", "macs", "activation_bytes"] = "macs") -> Overlay:
    """One column of an estimate, nodes and links."""
    titles = {"params": "parameters", "macs": "MACs", "activation_bytes": "bytes saved for backward"}
    rows = (*estimate.nodes, *estimate.links)
    values = {row.id: getattr(row, what) for row in rows}
    return Overlay(title=titles[what], values=values, unit="bytes" if what == "activation_bytes" else "")


def of_profile(profile: Profile) -> Overlay:
    """Median latency per node and link as measured."""
    values = {row.id: row.p50_ms for row in profile.nodes}
    return Overlay(title=f"latency on {profile.device}", values=values, unit="ms")
