"""All parts: ours, found by their files, and those of installed plugins (entry point group `archlab.parts`)."""

from __future__ import annotations

import functools
import importlib
import importlib.util
import inspect
import pkgutil
import threading
from importlib.metadata import entry_points, version
from typing import Any, cast

import msgspec

from archlab.document.making import field_types
from archlab.document.spec import BLOCK_OPTIONS, COMPATS, FORMAT
from archlab.geometry.window_plan import METHODS
from archlab.parts.cell import Cell
from archlab.parts.head import Head
from archlab.parts.layout import Layout
from archlab.parts.link import Link
from archlab.parts.part import Part
from archlab.parts.registry import Registry
from archlab.parts.stem import Stem

PACKAGES = ("cells", "links", "stems", "heads", "layouts")
ENTRY_POINT = "archlab.parts"
BASES = (Cell, Head, Layout, Link, Stem)
COMPAT_TITLES = {"snraware": "Compute as SNRAware does, slips included"}

_making = threading.RLock()


def default() -> Registry:
    """The registry that archlab uses unless told otherwise; the same one for every thread."""
    with _making:
        return _default()


@functools.cache
def _default() -> Registry:
    registry = Registry()
    for package in PACKAGES:
        for module in _modules(package):
            for part in parts_in(importlib.import_module(module)):
                registry.register(part)
    load_plugins(registry)
    return registry


def _modules(package: str) -> list[str]:
    """Modules of a room that define parts: one a file, or `cells` of a family's folder; none that names torch."""
    home = importlib.import_module(f"archlab.{package}")
    found = sorted(pkgutil.iter_modules(home.__path__), key=lambda module: module.name)
    names = [f"{m.name}.cells" if m.ispkg else m.name for m in found if not m.name.endswith("_module")]
    existing = [name for name in names if importlib.util.find_spec(f"archlab.{package}.{name}") is not None]
    return [f"archlab.{package}.{name}" for name in existing]


def parts_in(module: object) -> list[type[Part]]:
    """The parts that a module defines itself, in order of definition."""
    own = getattr(module, "__name__", None)
    classes = [c for c in vars(module).values() if inspect.isclass(c) and issubclass(c, Part) and c.__module__ == own]
    return [c for c in classes if issubclass(c, BASES) and (getattr(c, "codes", None) or getattr(c, "type", ""))]


def load_plugins(registry: Registry) -> None:
    """Register what the entry points name: a part, or a module whose parts are all taken.

    A plugin that cannot be loaded is noted in `registry.errors`; it never keeps the rest from working.
    """
    for point in entry_points(group=ENTRY_POINT):
        try:
            found = point.load()
            parts = [cast("type[Part]", found)] if inspect.isclass(found) else parts_in(found)
            for part in parts:
                registry.register(part)
        except Exception as error:
            registry.errors.append(f'The plugin "{point.name}" ({point.value}) cannot be loaded: {error}')


def register(part: type[Part]) -> type[Part]:
    """Add a part to the default registry: a class decorator for notebooks and scripts."""
    return default().register(part)


def export(registry: Registry) -> dict[str, Any]:
    """The catalog as JSON: what palettes, forms, listings and docs are made from."""
    return {
        "version": version("archlab"),
        "format": FORMAT,
        "cells": [_cell(code, cls, dict(preset), registry) for code, (cls, preset) in sorted(registry.codes.items())],
        "links": [
            {**_part(kind, cls, registry), "carries_cells": cls.carries_cells} for kind, cls in registry.links.items()
        ],
        "layouts": [
            {**_part(kind, cls, registry), "level_field": cls.level_field, "stage_field": cls.stage_field}
            for kind, cls in registry.layouts.items()
        ],
        "stems": [_part(kind, cls, registry) for kind, cls in registry.stems.items()],
        "heads": [_part(kind, cls, registry) for kind, cls in registry.heads.items()],
        "options": _options(registry),
        "compat": [{"name": name, "title": COMPAT_TITLES[name]} for name in COMPATS],
        "errors": list(registry.errors),
    }


def _cell(code: str, cls: type[Cell], preset: dict[str, Any], registry: Registry) -> dict[str, Any]:
    schema = _schema(cls, registry)
    schema["properties"] = {k: v for k, v in schema["properties"].items() if k not in preset}
    return {
        **_texts(cls),
        "icon": cls.icons.get(code, cls.icon),
        "code": code,
        "class": cls.__name__,
        "family": cls.family,
        "preset": msgspec.to_builtins(preset),
        "page": {"formula": cls.formula, "shapes": cls.shapes, "cost": cls.cost_formula},
        "schema": schema,
    }


def _part(kind: str, cls: type[Part], registry: Registry) -> dict[str, Any]:
    return {**_texts(cls), "type": kind, "family": getattr(cls, "family", ""), "schema": _schema(cls, registry)}


def _texts(cls: type[Part]) -> dict[str, str]:
    doc = inspect.cleandoc(cls.__doc__ or "")
    return {"title": doc.split("\n", 1)[0].rstrip("."), "doc": doc, "icon": cls.icon, "source": cls.source}


def _schema(cls: type[Part], registry: Registry) -> dict[str, Any]:
    """The JSON Schema of a part's fields, references resolved, choices of registered words filled in."""
    (root,), parts = msgspec.json.schema_components([cls])
    schema = parts[root["$ref"].split("/")[-1]] if "$ref" in root else root
    properties = {name: _choices(given, registry) for name, given in schema.get("properties", {}).items()}
    if issubclass(cls, Cell):
        for given in properties.values():
            given.setdefault("x-archlab-group", "")  # a field of its own
    return {"type": "object", "properties": properties, "required": schema.get("required", [])}


def _choices(field: dict[str, Any], registry: Registry) -> dict[str, Any]:
    field = dict(field)
    shelf = field.pop("x-archlab-choice", None)
    if shelf:
        field["enum"] = sorted(getattr(registry, shelf))
    return field


def _options(registry: Registry) -> dict[str, Any]:
    """What a document's `options` may hold: every field of every cell, and what concerns blocks and the plan."""
    properties: dict[str, Any] = {
        "window_sizing": {
            "enum": list(METHODS),
            "default": METHODS[0],
            "description": "How window and patch follow the resolution from level to level",
            "x-archlab-group": "Windows",
        }
    }
    words = {"dense": "Each cell of a block reads the sum of all cells before it", "checkpoint": "Recompute a block's"}
    words["checkpoint"] += " activations in the backward pass to save memory"
    for name in BLOCK_OPTIONS:
        properties[name] = {"type": "boolean", "default": False, "description": words[name]}
    for cls in registry.cells:
        own = _schema(cls, registry)["properties"]
        for name in field_types(cls):
            if name in properties and "enum" in properties[name] and "enum" in own[name]:
                more = [v for v in own[name]["enum"] if v not in properties[name]["enum"]]
                properties[name] = {**properties[name], "enum": properties[name]["enum"] + more}
            else:
                properties.setdefault(name, own[name])
    return {"type": "object", "properties": properties, "required": []}
