"""From the graph to a real `nn.Module`."""

from __future__ import annotations

from archlab.compiler.assemble import build
from archlab.compiler.backbone import Backbone
from archlab.compiler.inference import optimize
from archlab.compiler.observer import Observer

__all__ = ["Backbone", "Observer", "build", "optimize"]
