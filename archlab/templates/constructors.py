"""One function per layout, made from its class: the shortest way to a document in Python.

They take any value of the right type and never raise on its meaning; `archlab.check` judges.
"""

from __future__ import annotations

import functools
import inspect
import typing
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from archlab.document.diagnostics import did_you_mean
from archlab.document.entries import Input, PartRef, as_cell_strings, as_input
from archlab.document.spec import Spec
from archlab.document.values import FrozenMap, freeze
from archlab.parts.catalog import default
from archlab.parts.layout import Layout

HOW = """
Takes the layout's fields by name, and of the document: `cells`, one cell string or a list as the layout reads it;
`input`, `CxHxW` or `CxDxHxW`; `name`; `compat`, an original whose defects are asked for (`"snraware"`). What else is
given are options of every cell (`heads=8, window=(1, 8, 8), norm="layer"`).
"""


def new(
    layout: str,
    fields: dict[str, Any],
    *,
    cells: str | Sequence[str | Sequence[str]] = "C2",
    input: Input | str = "3x224x224",
    name: str = "untitled",
    compat: str | None = None,
    options: dict[str, Any] | None = None,
) -> Spec:
    """A document of any layout, a plugin's too: its fields, the cells, the input and options for every cell."""
    given = FrozenMap((k, freeze(v)) for k, v in fields.items() if v is not None)
    return Spec(
        name=name,
        compat=compat,
        input=as_input(input),
        layout=PartRef(type=layout, params=given),
        cells=as_cell_strings(cells),
        options=freeze(options or {}),
    )


def constructor(layout: str) -> Callable[..., Spec]:
    """The function that makes documents of a registered layout; AttributeError for another word."""
    known = default().layouts
    if layout not in known:
        raise AttributeError(f"There is no layout {layout!r}. {did_you_mean(layout, sorted(known))}")
    return _constructor(layout, known[layout])


@functools.lru_cache(maxsize=256)  # the same function for the same class, as pickle asks for
def _constructor(layout: str, cls: type[Layout]) -> Callable[..., Spec]:
    # A field with the name of a word of the document is out of reach here: `new` takes it.
    own = {field.name: field for field in msgspec.structs.fields(cls) if field.name not in OF_DOCUMENT}
    defaults = {name: _default(field) for name, field in own.items()}

    def make(**given: Any) -> Spec:
        fields = {name: given.pop(name, value) for name, value in defaults.items()}
        of_document = {name: given.pop(name) for name in OF_DOCUMENT if name in given}
        return new(layout, fields, **of_document, options=given)

    make.__name__ = make.__qualname__ = layout
    make.__module__ = "archlab"
    make.__doc__ = f"{inspect.cleandoc(cls.__doc__ or layout)}\n{HOW}"
    hints = typing.get_type_hints(cls)  # without the limits and descriptions of the fields, for people to read
    keywords = [
        inspect.Parameter(
            name,
            inspect.Parameter.KEYWORD_ONLY,
            default=inspect.Parameter.empty if field.required else defaults[name],
            annotation=hints[name],
        )
        for name, field in own.items()
    ]
    options = inspect.Parameter("options", inspect.Parameter.VAR_KEYWORD, annotation=Any)
    parameters = [*keywords, *OF_DOCUMENT.values(), options]
    make.__signature__ = inspect.Signature(parameters, return_annotation=Spec)  # type: ignore[attr-defined]
    return make


def _default(field: msgspec.structs.FieldInfo) -> Any:
    """What a field is when it is not given, as plain data; None, which leaves it out, where it must be given."""
    if field.required:
        return None
    value = field.default if field.default_factory is msgspec.NODEFAULT else field.default_factory()
    return msgspec.to_builtins(value) if isinstance(value, msgspec.Struct) else value


# What every constructor takes of a document, as `new` has it.
OF_DOCUMENT = {
    name: parameter
    for name, parameter in inspect.signature(new, eval_str=True).parameters.items()
    if name in ("cells", "input", "name", "compat")
}
