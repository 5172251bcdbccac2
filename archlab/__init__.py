"""archlab: assemble levels, stages and cell strings; compile, cost, train and watch them."""

from __future__ import annotations

import importlib
import importlib.util
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from archlab.bridge.widget import edit as edit
    from archlab.checkpoints import WeightsReport as WeightsReport
    from archlab.checkpoints import load_weights as load_weights
    from archlab.checkpoints import save_weights as save_weights
    from archlab.compiler import Backbone as Backbone
    from archlab.compiler import build as build
    from archlab.compiler import optimize as optimize
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
    from archlab.importers.timm import load_timm as load_timm
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
    from archlab.templates.constructors import new as new
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
    "WeightsReport": "checkpoints",
    "Wire": "parts.wiring",
    "Wiring": "parts.wiring",
    "build": "compiler",
    "check": "templates.documents",
    "draw": "views",
    "edit": "bridge.widget",
    "estimate": "estimator",
    "export": "views",
    "fusion_table": "views.fusion_table",
    "load": "templates.documents",
    "load_snraware": "importers.snraware",
    "load_timm": "importers.timm",
    "load_weights": "checkpoints",
    "new": "templates.constructors",
    "optimize": "compiler",
    "parse": "templates.documents",
    "profile": "profiler",
    "register": "parts.catalog",
    "save": "templates.documents",
    "save_weights": "checkpoints",
    "template": "templates",
    "train": "trainer",
    "widths": "parts.layout",
}


def __getattr__(name: str) -> Any:
    """Load a public name when it is first used (PEP 562); torch comes with the first that needs it.

    The word of a layout is the function that makes documents of it; asking for one loads the parts.
    """
    if name == "__version__":
        from importlib.metadata import version

        return version("archlab")
    if name == "__all__":
        return _public()
    if name in _HOMES:
        value = getattr(importlib.import_module(f"archlab.{_HOMES[name]}"), name)
        globals()[name] = value
        return value
    if not _may_be_a_layout(name):
        raise AttributeError(f"module 'archlab' has no attribute {name!r}")
    from archlab.document.diagnostics import did_you_mean
    from archlab.parts.catalog import default
    from archlab.templates.constructors import constructor

    if name in default().layouts:
        return constructor(name)  # not kept: a layout may be registered anew
    raise AttributeError(f"module 'archlab' has no attribute {name!r}. {did_you_mean(name, _public())}")


def __dir__() -> list[str]:
    return [*_public(), "__version__"]


def _public() -> list[str]:
    """Every public name, sorted; with the layouts, a plugin's too."""
    from archlab.parts.catalog import default

    return sorted({*_HOMES, *default().layouts})


def _may_be_a_layout(name: str) -> bool:
    """Whether the parts are worth loading: not for what Python and IPython probe, nor for `from archlab import cli`."""
    return not name.startswith("_") and importlib.util.find_spec(f"archlab.{name}") is None
