"""SNRAware's published networks (Xue et al. 2025): the denoising models and the backbones that its papers compare."""

from __future__ import annotations

from typing import Any

from archlab.document.spec import Spec
from archlab.templates.constructors import constructor
from archlab.templates.template import Template

PAPER = "SNRAware (Xue et al. 2025, arXiv 2503.18162)"
DOCS = f"{PAPER}, documentation of its backbones"
# Window and patch are (D, H, W): 8x8x16 and 4x4x2 in the original's order of axes.
RELEASED: dict[str, Any] = {"heads": 64, "window": (16, 8, 8), "patch": (2, 4, 4), "norm": "layer"}
COMMON: dict[str, Any] = {"heads": 16, "window": (4, 8, 8), "patch": (2, 2, 2)}
SWIN: dict[str, Any] = {"heads": 8, "window": (1, 8, 8)}


def snraware() -> tuple[Template, ...]:
    """The denoising models first, then the backbones by layout."""
    return (*_denoising(), *_unets(), *_hrnets(), *_chains())


def _released(name: str, repeats: int) -> Spec:
    """The backbone of a released model: T1L1G1, `repeats` times a block."""
    cells = "T1L1G1" * repeats
    return constructor("hrnet")(name=name, levels=2, channels=64, cells=cells, input="64x16x64x64", **RELEASED)


def _denoising() -> tuple[Template, ...]:
    sizes = (("small", 1, "27.7 M"), ("medium", 2, "55.1 M"), ("large", 4, "109 M"))
    backbones = tuple(
        Template(
            name=f"snraware-{size}",
            title=f"SNRAware {size}, backbone",
            description=f"HRNet, 2 levels, T1L1G1 x {repeats} a block, {count} parameters at 16 frames of 64x64, the "
            "size that its layer norms fix. For a GPU.",
            group="SNRAware: denoising",
            source=PAPER,
            spec=_released(f"snraware-{size}", repeats),
        )
        for size, repeats, count in sizes
    )
    whole = _released("snraware-mri", 1).with_input("3x16x64x64").with_stem("conv", channels=64)
    mri = Template(
        name="snraware-mri",
        title="SNRAware small, the whole MRI model",
        description="Real part, imaginary part and g-factor in, a denoised image out: a convolution, the small "
        "backbone with what entered it added onto its first 64 channels, a convolution. For a GPU.",
        group="SNRAware: denoising",
        source=PAPER,
        spec=whole.with_head("dense", classes=2, kernel=3).with_link("stem>head", "zero_pad"),
    )
    return (*backbones, mri)


def _unets() -> tuple[Template, ...]:
    def one(name: str, cells: str, what: str) -> Template:
        return Template(
            name=name,
            title=f"U-Net {cells}",
            description=f"Two levels and a bridge, 32 channels, {what}, on 16 frames of 64x64.",
            group="SNRAware: backbones",
            source=PAPER,
            spec=constructor("unet")(name=name, levels=2, channels=32, cells=cells, input="3x16x64x64", **COMMON),
        )

    return (
        one("snraware-unet-t1l1g1", "T1L1G1", "attention along time, inside windows and across them"),
        one("snraware-unet-c2c2c2", "C2C2C2", "convolutions alone, to compare attention with"),
    )


def _hrnets() -> tuple[Template, ...]:
    return tuple(
        Template(
            name=f"snraware-hrnet-{levels}",
            title=f"HRNet T1L1G1, {levels} levels",
            description=f"{levels} levels from 32 to {32 << (levels - 1)} channels on 16 frames of 64x64. For a GPU.",
            group="SNRAware: backbones",
            source=PAPER,
            spec=constructor("hrnet")(
                name=f"snraware-hrnet-{levels}",
                levels=levels,
                channels=32,
                cells="T1L1G1",
                input="3x16x64x64",
                **COMMON,
            ),
        )
        for levels in (2, 3, 4, 5)
    )


def _chains() -> tuple[Template, ...]:
    return (
        Template(
            name="snraware-swin-4-4-12-4",
            title="SOANet as the documentation's Swin copy, 4/4/12/4 cells",
            description="S3 and Sh in turns, four stages. A Swin in arrangement only: 3x3 projections, no patch "
            "embedding.",
            group="SNRAware: chains",
            source=DOCS,
            spec=constructor("soanet")(
                name="snraware-swin-4-4-12-4",
                stages=4,
                channels=16,
                cells=("S3Sh" * 2, "S3Sh" * 2, "S3Sh" * 6, "S3Sh" * 2),
                input="3x1x64x64",
                **SWIN,
            ),
        ),
        Template(
            name="snraware-swin-2-2-6-2",
            title="SOANet with Swin-T's depths, 2/2/6/2 cells",
            description="S3 and Sh in turns, four stages as deep as those of the published Swin-T; else as the "
            "documentation's copy.",
            group="SNRAware: chains",
            source="Liu et al. 2021 (Swin, arXiv 2103.14030), table 7, Swin-T: depths alone",
            spec=constructor("soanet")(
                name="snraware-swin-2-2-6-2",
                stages=4,
                channels=16,
                cells=("S3Sh", "S3Sh", "S3Sh" * 3, "S3Sh"),
                input="3x1x64x64",
                **SWIN,
            ),
        ),
        Template(
            name="snraware-vit-12",
            title="SOANet V2 x 12",
            description="One stage of twelve cells that attend among whole windows: a ViT in arrangement only, with "
            "3x3 projections and without a class token.",
            group="SNRAware: chains",
            source=DOCS,
            spec=constructor("soanet")(
                name="snraware-vit-12",
                stages=1,
                channels=64,
                cells="V2" * 12,
                input="3x1x64x64",
                heads=8,
                window=(1, 8, 8),
            ),
        ),
        Template(
            name="snraware-vit3d-3-6-12",
            title="SOANet V3, 3/6/12 cells",
            description="Three stages of cells that attend among whole 3-D windows, on 16 frames of 64x64. For a GPU.",
            group="SNRAware: chains",
            source=DOCS,
            spec=constructor("soanet")(
                name="snraware-vit3d-3-6-12",
                stages=3,
                channels=32,
                cells=("V3" * 3, "V3" * 6, "V3" * 12),
                input="3x16x64x64",
                heads=8,
                window=(4, 8, 8),
            ),
        ),
    )
