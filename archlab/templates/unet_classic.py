"""The classical U-Net (Ronneberger et al. 2015) as it is used today, and a small one."""

from __future__ import annotations

from archlab.document.spec import Spec
from archlab.templates.constructors import constructor
from archlab.templates.template import Template

PAPER = "Ronneberger et al. 2015 (U-Net, arXiv 1505.04597), figure 1"


def unet_classic() -> tuple[Template, ...]:
    """The published widths, and widths for a CPU."""
    return (
        Template(
            name="unet-classic",
            title="U-Net, 64 to 1024 channels",
            description="31.04 M parameters, 36.88 GMAC at 224x224, where 31 M is commonly quoted. Borders are padded "
            "and batch norms added, as today's versions have it; the paper cuts borders off and has no norms. For a "
            "GPU.",
            group="Published",
            source=PAPER,
            spec=_net("unet-classic", levels=4, channels=64, input="3x224x224").with_head("dense", classes=2),
        ),
        Template(
            name="unet-mini",
            title="U-Net, 8 to 64 channels",
            description="The classical U-Net in small, on 1x32x32. On a CPU it finds shapes with an IoU above 0.7 "
            "after 300 steps with a learning rate of 0.01, in under a minute.",
            group="To start from",
            source=PAPER,
            spec=_net("unet-mini", levels=3, channels=8, input="1x32x32"),
        ),
    )


def _net(name: str, *, levels: int, channels: int, input: str) -> Spec:
    """Two convolutions a block."""
    return constructor("unet_classic")(name=name, levels=levels, channels=channels, cells="N2N2", input=input)
