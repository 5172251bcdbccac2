"""Documents to start from, in groups: small ones of our own, and published networks."""

from __future__ import annotations

from archlab.document.diagnostics import did_you_mean
from archlab.document.spec import Spec
from archlab.templates.hrnet import hrnet
from archlab.templates.hrvit import hrvit
from archlab.templates.snraware import snraware
from archlab.templates.starters import starters
from archlab.templates.swin import swin
from archlab.templates.template import Template
from archlab.templates.unet_classic import unet_classic
from archlab.templates.vit import vits

__all__ = ["Template", "template", "templates"]


GROUPS = ("To start from", "Published", "SNRAware: denoising", "SNRAware: backbones", "SNRAware: chains")


def templates() -> tuple[Template, ...]:
    """All templates, group by group, the small ones first."""
    made = (*starters(), *hrnet(), *hrvit(), *swin(), *vits(), *unet_classic(), *snraware())
    return tuple(sorted(made, key=lambda one: GROUPS.index(one.group)))  # stable: of one group, in order


def template(name: str) -> Spec:
    """The document of one template; KeyError, naming those that are near, when there is none of that name."""
    known = {t.name: t.spec for t in templates()}
    if name not in known:
        raise KeyError(f'There is no template "{name}". {did_you_mean(name, list(known))}')
    return known[name]
