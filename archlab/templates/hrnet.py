"""The published HRNets (Wang et al. 2020): classification, its backbones, segmentation; and a small one for a CPU."""

from __future__ import annotations

from typing import Any, NamedTuple

from archlab.document.spec import Spec
from archlab.templates.constructors import constructor
from archlab.templates.template import Template

PAPER = "Wang et al. 2020 (HRNet, arXiv 1908.07919), appendix"
STEM: dict[str, Any] = {"channels": 64, "padding": "zeros"}
LAST = "with the feature maps of all four levels, for a head of your own"


class Variant(NamedTuple):
    """A published size.

    Attributes:
        word: behind `hrnet-`.
        channels: of the finest level; each further level has twice as many.
        first: cells of the first block, and its channels.
        modules: per stage.
        cells: of every other block.
        published, ours: parameters and MACs at 224x224 with the head, as published and as counted here.
    """

    word: str
    channels: int
    first: tuple[int, int]
    modules: tuple[int, ...]
    cells: int
    published: str
    ours: str


def _wide(channels: int, published: str, ours: str) -> Variant:
    return Variant(f"w{channels}", channels, (4, 256), (1, 4, 3), 4, published, ours)


VARIANTS = (
    Variant("w18-small", 16, (1, 128), (1, 1, 1), 2, "13.2 M and 1.49 Gi", "13.187 M and 1.602 G"),
    Variant("w18-small-v2", 18, (2, 256), (1, 3, 2), 2, "15.6 M and 2.42 Gi", "15.597 M and 2.596 G"),
    _wide(18, "21.3 M and 3.99 Gi", "21.299 M and 4.284 G"),
    _wide(30, "37.7 M and 7.55 Gi", "37.712 M and 8.106 G"),
    _wide(32, "41.2 M and 8.31 Gi", "41.233 M and 8.921 G"),
    _wide(40, "57.6 M and 11.8 Gi", "57.557 M and 12.692 G"),
    _wide(44, "67.1 M and 13.9 Gi", "67.065 M and 14.883 G"),
    _wide(48, "77.5 M and 16.1 Gi", "77.470 M and 17.278 G"),
    _wide(64, "128.1 M and 26.9 Gi", "128.060 M and 28.895 G"),
)


def hrnet() -> tuple[Template, ...]:
    """Every size with its head, then every size without, the two for segmentation, and a small net."""
    wide = {variant.word: variant for variant in VARIANTS}
    return (
        *map(_classifier, VARIANTS),
        *map(_backbone, VARIANTS),
        _segmenter(wide["w18"], "9.641 M and 36.850 G"),
        _segmenter(wide["w48"], "65.859 M and 186.878 G"),
        _mini(),
    )


def _net(variant: Variant, name: str, input: str = "3x224x224") -> Spec:
    cells, channels = variant.first
    spec = constructor("hrnetv2")(
        name=name,
        channels=variant.channels,
        first_channels=channels,
        modules=variant.modules,
        cells=(("K2" * cells,), ("R2" * variant.cells,)),
        input=input,
    )
    return spec.with_stem("conv_stride", **STEM)


def _title(variant: Variant) -> str:
    return f"HRNet-{variant.word.replace('-', ' ').replace('w', 'W')}"


def _classifier(variant: Variant) -> Template:
    name = f"hrnet-{variant.word}"
    return Template(
        name=name,
        title=f"{_title(variant)}, classification",
        description=f"1000 classes, 224x224. Parameters and MACs: {variant.published} as published, where a Gi is "
        f"2^30; {variant.ours} here. For a GPU.",
        group="Published",
        source=PAPER,
        spec=_net(variant, name).with_head("incremental"),
    )


def _backbone(variant: Variant) -> Template:
    name = f"hrnet-{variant.word}-backbone"
    return Template(
        name=name,
        title=f"{_title(variant)}, backbone",
        description=f"{_title(variant)} without a head, {LAST}.",
        group="Published",
        source=PAPER,
        spec=_net(variant, name),
    )


def _segmenter(variant: Variant, ours: str) -> Template:
    name = f"hrnet-{variant.word}-seg"
    spec = _net(variant, name, "3x512x1024").with_link_options("conv_interp", mode="linear")
    return Template(
        name=name,
        title=f"{_title(variant)}, segmentation",
        description=f"HRNetV2: 19 classes per pixel of 512x1024, maps of all levels side by side. Parameters and MACs: "
        f"{ours}. For a GPU.",
        group="Published",
        source="Wang et al. 2020 (HRNet, arXiv 1908.07919), section 3, HRNetV2",
        spec=spec.with_head("concat", classes=19, resize=False),
    )


def _mini() -> Template:
    spec = constructor("hrnetv2")(
        name="hrnetv2-mini", channels=8, first_channels=32, modules=(1, 1), cells=(("K2",), ("R2",)), input="1x16x16"
    )
    return Template(
        name="hrnetv2-mini",
        title="HRNet as published, in small",
        description="The same first block, exchange and head on 1x16x16, three levels from 8 channels. On a CPU it "
        "learns more than 9 of 10 held-out digits in 300 steps, well under a minute.",
        group="To start from",
        source=PAPER,
        spec=spec.with_stem("conv_stride", channels=16, steps=1, padding="zeros").with_head(
            "incremental", channels=(32, 64, 128), features=128, classes=10
        ),
    )
