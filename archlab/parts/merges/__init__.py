"""How maps that meet at a node become one: a file for each way, found by being here."""

from __future__ import annotations

import functools
import importlib
import inspect
import pkgutil

from archlab.parts.merge import Merge


@functools.cache
def found() -> tuple[type[Merge], ...]:
    """Every merge of this folder."""
    modules = [importlib.import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__)]
    classes = [(module, cls) for module in modules for cls in vars(module).values() if inspect.isclass(cls)]
    return tuple(cls for module, cls in classes if issubclass(cls, Merge) and cls.__module__ == module.__name__)
