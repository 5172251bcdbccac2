"""One self-contained HTML page about one or more documents: pictures, costs, measurements, training."""

from __future__ import annotations

from archlab.views.report.page import Chapter, report

__all__ = ["Chapter", "report"]
