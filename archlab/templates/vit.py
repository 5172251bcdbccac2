"""The published Vision Transformers (Dosovitskiy et al. 2021), for images of 224x224 and ImageNet's 1000 classes."""

from __future__ import annotations

from archlab.document.spec import Spec
from archlab.templates.constructors import constructor
from archlab.templates.template import Template

SIZES = (  # name, channels, blocks, heads; published parameters and MACs, and ours
    ("small", 384, 12, 6, "22.05 M and 4.61 G", "22.051 M and 4.599 G"),
    ("base", 768, 12, 12, "86.57 M and 17.58 G", "86.568 M and 17.564 G"),
    ("large", 1024, 24, 16, "304.33 M and 61.60 G", "304.327 M and 61.555 G"),
)


def vits() -> tuple[Template, ...]:
    """Small, base, large, each with patches of 16x16."""
    return tuple(
        Template(
            name=f"vit-{size}-16",
            title=f"ViT-{size[0].upper()}/16",
            description=f"{blocks} transformer blocks of {channels} channels on 14x14 patches and a class token. "
            f"Published: {published} MACs; here {ours}: the published count adds 5 operations per number that a layer "
            "norm leaves, which stand in the element-wise column here. For a GPU.",
            group="Published",
            source="Dosovitskiy et al. 2021 (ViT, arXiv 2010.11929), table 1; "
            "small: Touvron et al. 2021 (DeiT, arXiv 2012.12877), table 1",
            spec=_vit(f"vit-{size}-16", channels, blocks, heads),
        )
        for size, channels, blocks, heads, published, ours in SIZES
    )


def _vit(name: str, channels: int, blocks: int, heads: int) -> Spec:
    net = constructor("vit")(name=name, cells="At" * blocks, input="3x224x224", heads=heads)
    stem = net.with_stem("patch_embed", patch=16, channels=channels, norm="none", tokens=1, position="learned")
    return stem.with_head("classify", classes=1000, pool="token", norm="channel", norm_eps=1e-6)
