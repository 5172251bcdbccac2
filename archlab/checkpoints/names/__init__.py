"""Name maps, one file for each origin; a file in this folder with a `MAP` is found by itself."""

from __future__ import annotations

import importlib
import pkgutil

from archlab.checkpoints.naming import NameMap
from archlab.document.diagnostics import ArchlabError, Diagnostic, did_you_mean


def maps() -> list[NameMap]:
    """Every map, in the order of the files' names."""
    found = sorted(module.name for module in pkgutil.iter_modules(__path__))
    return [importlib.import_module(f"{__name__}.{name}").MAP for name in found]


def of_layout(layout: str) -> list[NameMap]:
    """Every map for nets of that layout."""
    return [one for one in maps() if layout in one.layouts]


def find(origin: str, layout: str) -> list[NameMap]:
    """The maps for an origin's names of a layout; ArchlabError when there is none, saying what there is.

    Several where it has published weights under several names.
    """
    of_origin = [one for one in maps() if origin in one.origins]
    if not of_origin:
        known = sorted({word for one in maps() for word in one.origins})
        raise _refusal(f'Names of "{origin}" are not known.', did_you_mean(origin, known))
    found = [one for one in of_origin if layout in one.layouts]
    if not found:
        layouts = ", ".join(sorted({word for one in of_origin for word in one.layouts}))
        raise _refusal(
            f'The names of "{origin}" are known for nets of the layout {layouts}; this net is of the layout {layout}.',
            "Without `names`, files with archlab's own names are read.",
        )
    return found


def _refusal(message: str, hint: str) -> ArchlabError:
    return ArchlabError("The weights were not loaded.", [Diagnostic(code="AL608", message=message, hint=hint)])
