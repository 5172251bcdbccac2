"""timm's names of models (version 1.0), and the documents of the same nets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from archlab.document.spec import Spec
from archlab.templates import template


class Features(NamedTuple):
    """The maps that timm returns of a model for features: the necks that make them, and what differs here."""

    necks: tuple[str, ...]
    differs: str


class Model(NamedTuple):
    """The document of a model: a template, and what is other than there.

    Attributes:
        template: its name.
        features: the maps that timm returns of it; None where nobody has compared them.
        input: another input than the template's.
        layout, stem, options: fields and options that have other values.
    """

    template: str
    features: Features | None = None
    input: str = ""
    layout: Mapping[str, Any] = {}
    stem: Mapping[str, Any] = {}
    options: Mapping[str, Any] = {}

    def spec(self, name: str) -> Spec:
        """The document, under that name."""
        spec = template(self.template).with_name(name)
        if self.layout:
            spec = spec.with_layout(**self.layout)
        if self.stem:
            spec = spec.with_stem("patch_embed", **{**spec.stem.params, **self.stem})
        if self.options:
            spec = spec.with_option(**self.options)
        return spec.with_input(self.input) if self.input else spec


HRNET = Features(("incre",), "timm's first map, of half the input's size, is inside of the stem here and not returned.")
SWIN = Features((), "maps are (B, C, H, W), timm's are (B, H, W, C).")

LARGE_SWIN: dict[str, Any] = {"layout": {"channels": 192, "heads": (6, 12, 24, 48)}, "stem": {"channels": 192}}
LARGE_WINDOW: dict[str, Any] = {"input": "3x384x384", "options": {"window": (1, 12, 12)}}
TINY_VIT: dict[str, Any] = {"stem": {"channels": 192}, "options": {"heads": 3}}


def _vits() -> dict[str, Model]:
    """Every size, patch and input that timm has; the smallest has patches of 16 only."""
    found = {}
    for size, patch in (("tiny", 16), *((size, patch) for size in ("small", "base", "large") for patch in (16, 32))):
        changes: dict[str, Any] = TINY_VIT if size == "tiny" else {}
        changes = {**changes, "stem": {**changes.get("stem", {}), "patch": patch}}
        base = f"vit-{'small' if size == 'tiny' else size}-16"
        for pixels in (224, 384):
            found[f"vit_{size}_patch{patch}_{pixels}"] = Model(base, input=f"3x{pixels}x{pixels}", **changes)
    return found


# What stands behind a dot in a name of timm says how the weights were trained, and is no name.
MODELS = {
    "hrnet_w18_small": Model("hrnet-w18-small", HRNET),
    "hrnet_w18_small_v2": Model("hrnet-w18-small-v2", HRNET),
    **{f"hrnet_w{width}": Model(f"hrnet-w{width}", HRNET) for width in (18, 30, 32, 40, 44, 48, 64)},
    **{f"swin_{size}_patch4_window7_224": Model(f"swin-{size}", SWIN) for size in ("tiny", "small", "base")},
    "swin_large_patch4_window7_224": Model("swin-base", SWIN, **LARGE_SWIN),
    "swin_base_patch4_window12_384": Model("swin-base", SWIN, **LARGE_WINDOW),
    "swin_large_patch4_window12_384": Model("swin-base", SWIN, **LARGE_SWIN, **LARGE_WINDOW),
    **_vits(),
}
