"""The published Swin Transformers (Liu et al. 2021), and a small one for a CPU."""

from __future__ import annotations

from typing import NamedTuple

from archlab.document.spec import Spec
from archlab.templates.constructors import constructor
from archlab.templates.template import Template

PAPER = "Liu et al. 2021 (Swin Transformer, arXiv 2103.14030), section 3.3, table 1 and appendix A2"


class Variant(NamedTuple):
    """A published size: its own numbers, those that were published, and those that this document has."""

    word: str
    channels: int
    third: int  # cells of the third stage; the other stages have two
    heads: tuple[int, ...]
    drop_path: float
    published: str
    ours: str


VARIANTS = (
    Variant("tiny", 96, 6, (3, 6, 12, 24), 0.2, "28 M and 4.5 G", "28.288 M and 4.491 G"),
    Variant("small", 96, 18, (3, 6, 12, 24), 0.3, "50 M and 8.7 G", "49.606 M and 8.741 G"),
    Variant("base", 128, 18, (4, 8, 16, 32), 0.5, "88 M and 15.4 G", "87.768 M and 15.431 G"),
)


def swin() -> tuple[Template, ...]:
    """The published sizes, smallest first, and a small net of the same kind."""
    return (*map(_published, VARIANTS), _mini())


def _published(variant: Variant) -> Template:
    name = f"swin-{variant.word}"
    cells = ("S2Sw", "S2Sw", "S2Sw" * (variant.third // 2), "S2Sw")
    spec = constructor("pyramid")(
        name=name,
        channels=variant.channels,
        heads=variant.heads,
        cells=cells,
        input="3x224x224",
        window=(1, 7, 7),
        window_sizing="fixed",
        drop_path=variant.drop_path,
        drop_path_rule="linear",
    )
    return Template(
        name=name,
        title=f"Swin-{variant.word[0].upper()}, for 224x224 images",
        description=f"1000 classes. Parameters and MACs: {variant.published} as published, {variant.ours} here. "
        "For a GPU.",
        group="Published",
        source=PAPER,
        spec=_with_ends(spec, channels=variant.channels, classes=1000),
    )


def _mini() -> Template:
    spec = constructor("pyramid")(
        name="swin-mini",
        stages=3,
        channels=16,
        heads=(1, 2, 4),
        cells="S2Sw",
        input="1x32x32",
        window=(1, 4, 4),
        window_sizing="fixed",
    )
    return Template(
        name="swin-mini",
        title="Swin, small, 3 stages",
        description="The same blocks, patch merging and head on 1x32x32, with patches of 2x2 and windows of 4x4. On a "
        "CPU it learns more than 9 of 10 held-out digits in 600 steps, in under a minute.",
        group="To start from",
        source=PAPER,
        spec=_with_ends(spec, channels=16, classes=10, patch=2),
    )


def _with_ends(spec: Spec, *, channels: int, classes: int, patch: int = 4) -> Spec:
    """With the patches in front of the stages and the classification on top of them."""
    stem = {"patch": patch} if patch != 4 else {}
    return spec.with_stem("patch_embed", **stem, channels=channels).with_head(
        "classify", classes=classes, norm="channel"
    )
