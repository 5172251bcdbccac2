"""One function per layout: the shortest way to a document in Python.

They take any value of the right type and never raise on its meaning; `archlab.check` judges.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from archlab.document.spec import Input, PartRef, Spec, as_input
from archlab.document.values import FrozenMap, freeze


def hrnet(
    *,
    levels: int = 3,
    stages: int | None = None,
    channels: int | Sequence[int] = 32,
    cells: str | Sequence[str] = "C2",
    input: Input | str = "3x224x224",
    down: str = "patch_merge",
    up: str = "interp_conv3",
    name: str = "untitled",
    compat: str | None = None,
    **options: Any,
) -> Spec:
    """SNRAware's HRNet: `levels` resolutions over `stages` columns (as many as levels when None).

    `channels` is the base width, doubled per level, or a list; `cells` one cell string, or one per level; `input` is
    `CxHxW` or `CxDxHxW`; `compat` names an original whose defects are asked for (`"snraware"`); `options` hold for
    every cell (`heads=8, window=(1, 8, 8), norm="layer"`).
    """
    fields = {"levels": levels, "stages": stages, "channels": channels, "down": down, "up": up}
    return new("hrnet", fields, cells=cells, input=input, name=name, compat=compat, options=options)


def unet(
    *,
    levels: int = 3,
    channels: int | Sequence[int] = 32,
    cells: str | Sequence[str] = "C2",
    input: Input | str = "3x224x224",
    gate: bool = True,
    down: str = "patch_merge",
    up: str = "interp_conv3",
    name: str = "untitled",
    compat: str | None = None,
    **options: Any,
) -> Spec:
    """SNRAware's U-Net with `levels` levels above its bridge; `gate` puts additive attention on the skips.

    `cells` may have one entry more than levels, for the bridge. The rest is as in `hrnet`.
    """
    fields = {"levels": levels, "channels": channels, "gate": gate, "down": down, "up": up}
    return new("unet", fields, cells=cells, input=input, name=name, compat=compat, options=options)


def soanet(
    *,
    stages: int = 4,
    channels: int | Sequence[int] = 32,
    cells: str | Sequence[str] = "C2",
    input: Input | str = "3x224x224",
    downsample: bool | Sequence[bool] = True,
    down: str = "patch_merge",
    name: str = "untitled",
    compat: str | None = None,
    **options: Any,
) -> Spec:
    """SNRAware's SOANet: a chain of `stages` blocks; `downsample` is one answer, or one per gap between stages.

    `cells` is one cell string, or one per stage. The rest is as in `hrnet`.
    """
    fields = {"stages": stages, "channels": channels, "downsample": downsample, "down": down}
    return new("soanet", fields, cells=cells, input=input, name=name, compat=compat, options=options)


def new(
    layout: str,
    fields: dict[str, Any],
    *,
    cells: str | Sequence[str] = "C2",
    input: Input | str = "3x224x224",
    name: str = "untitled",
    compat: str | None = None,
    options: dict[str, Any] | None = None,
) -> Spec:
    """A document of any layout, a plugin's too: its fields, the cells, the input and options for every cell."""
    given = FrozenMap((k, freeze(v)) for k, v in fields.items() if v is not None)
    return Spec(
        name=name,
        compat=compat,
        input=as_input(input),
        layout=PartRef(type=layout, params=given),
        cells=cells if isinstance(cells, str) else tuple(cells),
        options=freeze(options or {}),
    )
