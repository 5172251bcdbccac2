"""Pictures, curves and reports. Nothing here needs torch but the export of weights."""

from __future__ import annotations

from archlab.views.attention_picture import attention_picture
from archlab.views.drawing import Drawing, dot, draw, lattice_svg
from archlab.views.exporting import export
from archlab.views.overlay import Overlay
from archlab.views.report import report

__all__ = ["Drawing", "Overlay", "attention_picture", "dot", "draw", "export", "lattice_svg", "report"]
