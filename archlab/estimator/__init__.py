"""What a document costs, before any module exists."""

from __future__ import annotations

from archlab.estimator.plan import PlanRow
from archlab.estimator.probe import count
from archlab.estimator.result import Estimate, Output, Row
from archlab.estimator.totals import estimate

__all__ = ["Estimate", "Output", "PlanRow", "Row", "count", "estimate"]
