"""The published HRViTs (Gu et al. 2022): classification, their backbones, segmentation; and a small one for a CPU."""

from __future__ import annotations

from typing import Any, NamedTuple

from archlab.document.spec import Spec
from archlab.templates.constructors import constructor
from archlab.templates.template import Template

PAPER = "Gu et al. 2022 (HRViT, arXiv 2111.01236), table 1"
STEM: dict[str, Any] = {"channels": (32, 64), "padding": "zeros", "bias": True}
# Checkpointed cells run their batch norm twice: this momentum makes two updates of one of 0.1, as in the original.
TWICE = 1 - 0.9**0.5


class Variant(NamedTuple):
    """A published size.

    Attributes:
        word: b1, b2, b3.
        channels, ratios: per level.
        dim_head: channels of a head.
        last: cells of the coarsest level.
        short: the third level of the last column has two cells instead of six.
        published, ours: parameters and MACs at 224x224 with the head, as published and as counted here.
        drop_path, decoder, segments: of the net for segmentation: its rate, the channels of its decoder, its
            parameters as published.
    """

    word: str
    channels: tuple[int, ...]
    ratios: tuple[int, ...]
    dim_head: int
    last: int
    short: bool
    published: str
    ours: str
    drop_path: float
    decoder: int
    segments: str


VARIANTS = (
    Variant(
        word="b1",
        channels=(32, 64, 128, 256),
        ratios=(4, 4, 4, 4),
        dim_head=32,
        last=2,
        short=True,
        published="19.7 M and 2.7 G",
        ours="19.685 M and 2.776 G",
        drop_path=0.1,
        decoder=256,
        segments="8.2 M",
    ),
    Variant(
        word="b2",
        channels=(48, 96, 240, 384),
        ratios=(2, 3, 3, 3),
        dim_head=24,
        last=2,
        short=False,
        published="32.5 M and 5.1 G",
        ours="32.486 M and 5.288 G",
        drop_path=0.2,
        decoder=256,
        segments="20.8 M",
    ),
    Variant(
        word="b3",
        channels=(64, 128, 256, 512),
        ratios=(2, 2, 2, 2),
        dim_head=32,
        last=3,
        short=False,
        published="37.9 M and 5.7 G",
        ours="37.870 M and 5.900 G",
        drop_path=0.3,
        decoder=768,
        segments="28.7 M",
    ),
)


def hrvit() -> tuple[Template, ...]:
    """Every size with its head, without, and for segmentation; and a small net."""
    made = (*map(_classifier, VARIANTS), *map(_backbone, VARIANTS), *map(_segmenter, VARIANTS))
    return (*made, _mini())


def _net(variant: Variant, name: str, input: str = "3x224x224", **options: Any) -> Spec:
    six, last = "H2" * 6, "H2" * variant.last
    cells = (
        ("H2",),
        ("H2", "H2"),
        ("H2", "H2", six),
        ("H2", "H2", six),
        ("H2", "H2", six, last),
        ("H2", "H2", "H2H2" if variant.short else six, last),
    )
    spec = constructor("hrvit")(
        name=name,
        channels=variant.channels,
        ratios=variant.ratios,
        cells=cells,
        input=input,
        dim_head=variant.dim_head,
        **options,
    )
    return spec.with_stem("conv_stride", **STEM)


def _classifier(variant: Variant) -> Template:
    name = f"hrvit-{variant.word}"
    return Template(
        name=name,
        title=f"HRViT-{variant.word}, classification",
        description=f"1000 classes, 224x224. Parameters and MACs: {variant.published} as published, by a count that is "
        f"not explained; {variant.ours} here. For a GPU.",
        group="Published",
        source=PAPER,
        spec=_net(variant, name).with_head("incremental", dropout=0.1),
    )


def _backbone(variant: Variant) -> Template:
    name = f"hrvit-{variant.word}-backbone"
    return Template(
        name=name,
        title=f"HRViT-{variant.word}, backbone",
        description=f"HRViT-{variant.word} without a head: feature maps at 1/4, 1/8, 1/16 and 1/32 of 224x224.",
        group="Published",
        source=PAPER,
        spec=_net(variant, name),
    )


def _segmenter(variant: Variant) -> Template:
    name = f"hrvit-{variant.word}-seg"
    options = {
        "drop_path": variant.drop_path,
        "drop_path_rule": "linear",
        "checkpoint": True,
        "norm_momentum": TWICE,
    }
    return Template(
        name=name,
        title=f"HRViT-{variant.word}, segmentation",
        description="The paper's task: 150 classes per pixel of 512x512 with SegFormer's decoder, cells computed again "
        f"in the backward pass to save memory. {variant.segments} parameters. For a GPU.",
        group="Published",
        source="Gu et al. 2022 (HRViT, arXiv 2111.01236), section 4.2; Xie et al. 2021 (SegFormer) for the decoder",
        spec=_net(variant, name, "3x512x512", **options).with_head("mlp_decode", channels=variant.decoder),
    )


def _mini() -> Template:
    spec = constructor("hrvit")(
        name="hrvit-mini",
        channels=(16, 32, 64),
        stripes=(1, 2, 2),
        ratios=2,
        modules=(1, 1, 1),
        cells="H2",
        input="1x16x16",
        dim_head=8,
    )
    return Template(
        name="hrvit-mini",
        title="HRViT in small",
        description="Three columns, three levels from 16 channels on 1x16x16. On a CPU it learns more than 9 of 10 "
        "held-out digits in 300 steps, in under a minute.",
        group="To start from",
        source=PAPER,
        spec=spec.with_stem("conv_stride", channels=16, steps=1, padding="zeros", bias=True),
    )
