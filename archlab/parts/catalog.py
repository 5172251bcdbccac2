"""All parts: ours, found by their files, and those of installed plugins (entry point group `archlab.parts`)."""

from __future__ import annotations

import functools
import importlib
import importlib.util
import inspect
import pkgutil
import threading
from collections.abc import Collection
from importlib.metadata import entry_points, version
from typing import Any, cast

import msgspec

from archlab.document.entries import BLOCK_OPTIONS
from archlab.document.making import required_fields
from archlab.document.schema import BlockJson
from archlab.document.spec import COMPATS, FORMAT
from archlab.geometry.window_plan import METHODS
from archlab.parts.cell import Cell
from archlab.parts.entries import (
    Catalog,
    CatalogCell,
    CatalogLayout,
    CatalogLink,
    CatalogMerge,
    CatalogPart,
    CodePage,
    Original,
    Schema,
    field_schemas,
    object_schema,
)
from archlab.parts.head import Head
from archlab.parts.layout import Layout
from archlab.parts.link import Link
from archlab.parts.merge import Merge
from archlab.parts.neck import Neck
from archlab.parts.part import Part
from archlab.parts.registry import Registry
from archlab.parts.stem import Stem

PACKAGES = ("cells", "links", "stems", "necks", "heads", "layouts")
ENTRY_POINT = "archlab.parts"
BASES = (Cell, Head, Layout, Link, Merge, Neck, Stem)
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


def export(registry: Registry) -> Catalog:
    """The catalog: what palettes, forms, listings and docs are made from."""
    return Catalog(
        version=version("archlab"),
        format=FORMAT,
        cells=[_cell(code, cls, dict(preset), registry) for code, (cls, preset) in sorted(registry.codes.items())],
        links=[
            CatalogLink(**_part(kind, cls, registry), carries_cells=cls.carries_cells)
            for kind, cls in registry.links.items()
        ],
        layouts=[
            CatalogLayout(**_part(kind, cls, registry), level_field=cls.level_field, stage_field=cls.stage_field)
            for kind, cls in registry.layouts.items()
        ],
        stems=[CatalogPart(**_part(kind, cls, registry)) for kind, cls in registry.stems.items()],
        necks=[CatalogPart(**_part(kind, cls, registry)) for kind, cls in registry.necks.items()],
        heads=[CatalogPart(**_part(kind, cls, registry)) for kind, cls in registry.heads.items()],
        merges=[
            CatalogMerge(**_part(word, cls, registry), noun=cls.noun, mark=cls.mark)
            for word, cls in registry.merges.items()
        ],
        options=object_schema(_options(registry)),
        compat=[Original(name=name, title=COMPAT_TITLES[name]) for name in COMPATS],
        errors=list(registry.errors),
    )


def _cell(code: str, cls: type[Cell], preset: dict[str, Any], registry: Registry) -> CatalogCell:
    return CatalogCell(
        **{**_texts(cls), "icon": cls.icons.get(code, cls.icon)},
        code=code,
        class_=cls.__name__,
        family=cls.family,
        preset=msgspec.to_builtins(preset),
        page=CodePage(formula=cls.formula, shapes=cls.shapes, cost=cls.cost_formula),
        schema=_schema(cls, registry, without=preset),
    )


def _part(kind: str, cls: type[Part], registry: Registry) -> dict[str, Any]:
    """What every part but a cell has in its entry."""
    return {**_texts(cls), "type": kind, "family": getattr(cls, "family", ""), "schema": _schema(cls, registry)}


def _texts(cls: type[Part]) -> dict[str, str]:
    doc = inspect.cleandoc(cls.__doc__ or "")
    return {"title": doc.split("\n", 1)[0].rstrip("."), "doc": doc, "icon": cls.icon, "source": cls.source}


def _schema(cls: type[Part], registry: Registry, without: Collection[str] = ()) -> Schema:
    """The schema of a part, with all fields but those that are fixed."""
    properties = {name: schema for name, schema in _properties(cls, registry).items() if name not in without}
    return object_schema(properties, [name for name in required_fields(cls) if name not in without])


def _properties(cls: type[Part], registry: Registry) -> dict[str, Any]:
    """The JSON Schema of each field, with the choices of registered words filled in."""
    properties = {name: _choices(given, registry) for name, given in field_schemas(cls).items()}
    if issubclass(cls, Cell):
        for given in properties.values():
            given.setdefault("x-archlab-group", "")  # a field of its own
    return properties


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
    block = field_schemas(BlockJson)
    properties |= {name: {**block[name], "default": False} for name in BLOCK_OPTIONS}
    for cls in registry.cells:
        for name, own in _properties(cls, registry).items():
            if "enum" in properties.get(name, {}) and "enum" in own:
                more = [v for v in own["enum"] if v not in properties[name]["enum"]]
                properties[name] = {**properties[name], "enum": properties[name]["enum"] + more}
            else:
                properties.setdefault(name, own)
    return properties
