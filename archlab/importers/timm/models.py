"""timm's names of models (version 1.0), and the documents of the same nets."""

from __future__ import annotations

from typing import NamedTuple


class Features(NamedTuple):
    """The maps that timm returns of a model for features: the necks that make them, and what differs here."""

    necks: tuple[str, ...]
    differs: str


class Model(NamedTuple):
    """The template of a model, and its features; None where nobody has compared them."""

    template: str
    features: Features | None = None


HRNET = Features(("incre",), "timm's first map, of half the input's size, is inside of the stem here and not returned.")
SWIN = Features((), "maps are (B, C, H, W), timm's are (B, H, W, C).")

# What stands behind a dot in a name of timm says how the weights were trained, and is no name.
MODELS = {
    "hrnet_w18_small": Model("hrnet-w18-small", HRNET),
    "hrnet_w18_small_v2": Model("hrnet-w18-small-v2", HRNET),
    **{f"hrnet_w{width}": Model(f"hrnet-w{width}", HRNET) for width in (18, 30, 32, 40, 44, 48, 64)},
    **{f"swin_{size}_patch4_window7_224": Model(f"swin-{size}", SWIN) for size in ("tiny", "small", "base")},
    **{f"vit_{size}_patch16_224": Model(f"vit-{size}-16") for size in ("small", "base", "large")},
}
