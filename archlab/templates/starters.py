"""Small documents to start from: they train on a laptop's CPU unless the description says otherwise."""

from __future__ import annotations

from typing import Any

from archlab.templates.constructors import constructor
from archlab.templates.template import Template

SMALL: dict[str, Any] = {"heads": 4, "window": (1, 8, 8), "patch": (1, 2, 2)}


def starters() -> tuple[Template, ...]:
    """Five networks, simplest first."""
    return (
        Template(
            group="To start from",
            name="hrnet-3",
            title="HRNet, 3 levels",
            description="High resolution kept beside two coarser levels. Sized for the digits task: trains on a CPU.",
            spec=constructor("hrnet")(name="hrnet-3", levels=3, channels=8, cells="C2C2", input="1x16x16", **SMALL),
        ),
        Template(
            group="To start from",
            name="unet-3",
            title="U-Net, 3 levels",
            description="Down to a bridge and up again, with gated skips. Sized for the shapes task: trains on a CPU.",
            spec=constructor("unet")(name="unet-3", levels=3, channels=8, cells="C2C2", input="1x32x32", **SMALL),
        ),
        Template(
            group="To start from",
            name="soanet-3",
            title="SOANet, 3 stages",
            description="Stages in a chain with attention over windows. Sized for the digits task: trains on a CPU.",
            spec=constructor("soanet")(name="soanet-3", stages=3, channels=8, cells="L1G1", input="1x16x16", **SMALL),
        ),
        Template(
            group="To start from",
            name="hrnet-2-attention",
            title="HRNet with attention over time and space, 2 levels",
            description="T1L1G1 on 2 channels x 8 frames x 32x32, SNRAware's arrangement in small.",
            spec=constructor("hrnet")(
                name="hrnet-2-attention", levels=2, channels=16, cells="T1L1G1", input="2x8x32x32", **SMALL
            ),
        ),
        Template(
            group="To start from",
            name="hrnet-4-photo",
            title="HRNet, 4 levels, for 224x224 images",
            description="A strided stem and four levels: for cost studies and a GPU; slow to train on a CPU.",
            spec=constructor("hrnet")(
                name="hrnet-4-photo",
                levels=4,
                channels=32,
                cells="C2C2",
                input="3x224x224",
                norm="batch2d",
                activation="relu",
            ).with_stem("conv_stride"),
        ),
    )
