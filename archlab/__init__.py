"""archlab: assemble levels, stages and cell strings; compile, cost, train and watch them."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from archlab.bridge.widget import edit as edit
    from archlab.compiler import Backbone as Backbone
    from archlab.compiler import build as build
    from archlab.costing.cost import Cost as Cost
    from archlab.costing.tape import Tape as Tape
    from archlab.document.diagnostics import ArchlabError as ArchlabError
    from archlab.document.diagnostics import Diagnostic as Diagnostic
    from archlab.document.diagnostics import Problem as Problem
    from archlab.document.feature_map import FeatureMap as FeatureMap
    from archlab.document.spec import Spec as Spec
    from archlab.estimator import Estimate as Estimate
    from archlab.estimator import estimate as estimate
    from archlab.importers.snraware import load_snraware as load_snraware
    from archlab.parts.catalog import register as register
    from archlab.parts.cell import Cell as Cell
    from archlab.parts.head import Head as Head
    from archlab.parts.layout import Layout as Layout
    from archlab.parts.layout import widths as widths
    from archlab.parts.link import Link as Link
    from archlab.parts.merge import Merge as Merge
    from archlab.parts.neck import Neck as Neck
    from archlab.parts.stem import Stem as Stem
    from archlab.parts.wiring import Output as Output
    from archlab.parts.wiring import Wire as Wire
    from archlab.parts.wiring import Wiring as Wiring
    from archlab.profiler import Profile as Profile
    from archlab.profiler import profile as profile
    from archlab.templates import template as template
    from archlab.templates.constructors import hrnet as hrnet
    from archlab.templates.constructors import new as new
    from archlab.templates.constructors import soanet as soanet
    from archlab.templates.constructors import unet as unet
    from archlab.templates.documents import check as check
    from archlab.templates.documents import load as load
    from archlab.templates.documents import parse as parse
    from archlab.templates.documents import save as save
    from archlab.trainer import Control as Control
    from archlab.trainer import train as train
    from archlab.views import draw as draw
    from archlab.views import export as export

_HOMES = {
    "ArchlabError": "document.diagnostics",
    "Backbone": "compiler",
    "Cell": "parts.cell",
    "Control": "trainer",
    "Cost": "costing.cost",
    "Diagnostic": "document.diagnostics",
    "Estimate": "estimator",
    "FeatureMap": "document.feature_map",
    "Head": "parts.head",
    "Layout": "parts.layout",
    "Link": "parts.link",
    "Merge": "parts.merge",
    "Neck": "parts.neck",
    "Output": "parts.wiring",
    "Problem": "document.diagnostics",
    "Profile": "profiler",
    "Spec": "document.spec",
    "Stem": "parts.stem",
    "Tape": "costing.tape",
    "Wire": "parts.wiring",
    "Wiring": "parts.wiring",
    "build": "compiler",
    "check": "templates.documents",
    "draw": "views",
    "edit": "bridge.widget",
    "estimate": "estimator",
    "export": "views",
    "hrnet": "templates.constructors",
    "load": "templates.documents",
    "load_snraware": "importers.snraware",
    "new": "templates.constructors",
    "parse": "templates.documents",
    "profile": "profiler",
    "register": "parts.catalog",
    "save": "templates.documents",
    "soanet": "templates.constructors",
    "template": "templates",
    "train": "trainer",
    "unet": "templates.constructors",
    "widths": "parts.layout",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    """Load a public name when it is first used (PEP 562); torch comes with the first that needs it."""
    if name == "__version__":
        from importlib.metadata import version

        return version("archlab")
    if name not in _HOMES:
        raise AttributeError(f"module 'archlab' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"archlab.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
