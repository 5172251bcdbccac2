"""archlab: assemble levels, stages and cell strings; compile, cost, train and watch them."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from archlab.bridge.widget import edit as edit
    from archlab.catalog import register as register
    from archlab.compiler import Backbone as Backbone
    from archlab.compiler import build as build
    from archlab.constructors import hrnet as hrnet
    from archlab.constructors import new as new
    from archlab.constructors import soanet as soanet
    from archlab.constructors import unet as unet
    from archlab.documents import check as check
    from archlab.documents import load as load
    from archlab.documents import parse as parse
    from archlab.documents import save as save
    from archlab.estimator import Estimate as Estimate
    from archlab.estimator import estimate as estimate
    from archlab.importers.snraware import load_snraware as load_snraware
    from archlab.part import Cell as Cell
    from archlab.part import Head as Head
    from archlab.part import Layout as Layout
    from archlab.part import Link as Link
    from archlab.part import Stem as Stem
    from archlab.profiler import Profile as Profile
    from archlab.profiler import profile as profile
    from archlab.spec.cost import Cost as Cost
    from archlab.spec.diagnostics import ArchlabError as ArchlabError
    from archlab.spec.diagnostics import Diagnostic as Diagnostic
    from archlab.spec.diagnostics import Problem as Problem
    from archlab.spec.document import Spec as Spec
    from archlab.spec.feature_map import FeatureMap as FeatureMap
    from archlab.templates import template as template
    from archlab.trainer import Control as Control
    from archlab.trainer import train as train
    from archlab.views import draw as draw
    from archlab.views import export as export

_HOMES = {
    "ArchlabError": "spec.diagnostics",
    "Backbone": "compiler",
    "Cell": "part",
    "Control": "trainer",
    "Cost": "spec.cost",
    "Diagnostic": "spec.diagnostics",
    "Estimate": "estimator",
    "FeatureMap": "spec.feature_map",
    "Head": "part",
    "Layout": "part",
    "Link": "part",
    "Problem": "spec.diagnostics",
    "Profile": "profiler",
    "Spec": "spec.document",
    "Stem": "part",
    "build": "compiler",
    "check": "documents",
    "draw": "views",
    "edit": "bridge.widget",
    "estimate": "estimator",
    "export": "views",
    "hrnet": "constructors",
    "load": "documents",
    "load_snraware": "importers.snraware",
    "new": "constructors",
    "parse": "documents",
    "profile": "profiler",
    "register": "catalog",
    "save": "documents",
    "soanet": "constructors",
    "template": "templates",
    "train": "trainer",
    "unet": "constructors",
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
