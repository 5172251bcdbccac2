"""Documents to start from, in groups: small ones of our own, and published backbones."""

from __future__ import annotations

from archlab.document.spec import Spec
from archlab.templates.snraware import snraware
from archlab.templates.starters import starters
from archlab.templates.template import Template
from archlab.templates.vit import vits

__all__ = ["Template", "template", "templates"]


def templates() -> tuple[Template, ...]:
    """All templates, the small ones first."""
    return (*starters(), *snraware(), *vits())


def template(name: str) -> Spec:
    """The document of one template; KeyError, naming all, when there is none of that name."""
    known = {t.name: t.spec for t in templates()}
    if name not in known:
        raise KeyError(f'There is no template "{name}". Known: {", ".join(known)}.')
    return known[name]
