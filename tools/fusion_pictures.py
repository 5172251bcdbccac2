"""Pictures of the fusion rules of three nets, all with three levels, drawn by archlab itself."""

from __future__ import annotations

import archlab as al

SAME = {"input": "3x64x64", "channels": 16}
NETS = {
    "hrnet": al.hrnetv2(name="HRNet", first_channels=64, modules=(1, 1), cells=(("K2",), ("R2",)), **SAME).with_stem(
        "conv_stride", channels=64, padding="zeros"
    ),
    "hrvit": al.hrvit(name="HRViT", modules=(1, 1, 1), stripes=(1, 2, 2), cells="H2", **SAME).with_stem(
        "conv_stride", channels=(32, 64), padding="zeros", bias=True
    ),
    "snraware": al.hrnet(name="SNRAware's HRNet", levels=3, cells="C2", **SAME),
}


def files() -> dict[str, str]:
    """Every picture by its path under `docs`."""
    return {f"img/fusions/{name}.svg": al.draw(spec, subtitle="three levels").svg + "\n" for name, spec in NETS.items()}
