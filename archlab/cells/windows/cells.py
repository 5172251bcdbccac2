"""Attention over windows: L inside them, G across them, V among them, S among the pixels of shifted ones."""

from __future__ import annotations

from archlab.cells.residual.windows import Shift
from archlab.cells.windows.base import WindowCell
from archlab.cells.windows.options import Patch, Shuffle
from archlab.document.feature_map import FeatureMap


class LocalAttention(WindowCell, frozen=True, kw_only=True):
    """Attention inside windows: every patch looks at the patches of its window.

    Each frame by itself. L1 has a mixer, L0 has none.
    """

    codes = {"L1": {}, "L0": {"mixer": "none"}}
    built_as = {"snraware": {"L0": "L1"}}
    samples = (("8x2x8x12", {"window": (1, 4, 6), "patch": (1, 2, 3), "heads": 4}), *WindowCell.samples)
    family = "attention"
    icon = "M2.5 1.5h11v11h-11zM8 1.5v11M2.5 7h11M4.5 3.5h1.5v1.5h-1.5z"
    icons = {"L1": icon + "M2 15.2h12"}
    source = "SNRAware (Xue et al. 2025, arXiv 2503.18162), STCNNT spatial local attention"

    patch: Patch = (1, 2, 2)


class GlobalAttention(WindowCell, frozen=True, kw_only=True):
    """Attention across the map: every patch looks at its place in all windows.

    Each frame by itself, with windows of half the size (the patch stays), so that there are more of them to look at.
    G1 has a mixer, G0 has none.
    """

    codes = {"G1": {}, "G0": {"mixer": "none"}}
    built_as = {"snraware": {"G0": "G1"}}
    samples = (("8x2x8x12", {"window": (1, 8, 12), "patch": (1, 2, 3), "heads": 4}), *WindowCell.samples)
    family = "attention"
    icon = "M2.5 1.5h11v11h-11zM5 4h.5v.5h-.5zM10.5 4h.5v.5h-.5zM5 9.5h.5v.5h-.5zM10.5 9.5h.5v.5h-.5z"
    icons = {"G1": icon + "M2 15.2h12"}
    source = "SNRAware (Xue et al. 2025, arXiv 2503.18162), STCNNT spatial global attention"
    among = "windows"
    halves_windows = True

    patch: Patch = (1, 2, 2)
    shuffle: Shuffle = False


class WindowsAttention(WindowCell, frozen=True, kw_only=True):
    """Attention among windows: every window, as one token, looks at all windows.

    Each frame by itself, as a ViT looks at its patches; here a token comes from 3x3 convolutions.
    """

    codes = {"V2": {}}
    samples = (("8x2x8x12", {"window": (1, 4, 4), "heads": 4}), *WindowCell.samples)
    family = "attention"
    icon = (
        "M2 2h4.5v4.5h-4.5zM9.5 2h4.5v4.5h-4.5zM2 9.5h4.5v4.5h-4.5zM9.5 9.5h4.5v4.5h-4.5z"
        "M6.5 4.25h3M6.5 11.75h3M4.25 6.5v3M11.75 6.5v3"
    )
    source = "SNRAware (Xue et al. 2025, arXiv 2503.18162), STCNNT spatial ViT attention; Dosovitskiy et al. 2021 (ViT)"
    among = "whole"
    unit = "window"


class VolumeLocalAttention(WindowCell, frozen=True, kw_only=True):
    """Attention inside 3-D windows: every patch looks at the patches of its window.

    Windows and patches have a depth, over frames, slices or time; convolutions are 3x3x3.
    """

    codes = {"L3": {}}
    samples = (("8x4x8x6", {"window": (4, 4, 3), "patch": (2, 2, 1), "heads": 4}), *WindowCell.samples)
    family = "attention"
    icon = (
        "M2 5.5h8.5v8.5h-8.5zM2 5.5l3.5-3.5h8.5v8.5l-3.5 3.5M10.5 5.5l3.5-3.5"
        "M6.25 5.5v8.5M2 9.75h8.5M3.5 7h1.25v1.25h-1.25z"
    )
    source = "SNRAware (Xue et al. 2025, arXiv 2503.18162), STCNNT local 3D attention"
    volumetric = True

    patch: Patch = (1, 2, 2)


class VolumeGlobalAttention(WindowCell, frozen=True, kw_only=True):
    """Attention across the volume: every patch looks at its place in all 3-D windows.

    Windows and patches have a depth, over frames, slices or time; convolutions are 3x3x3. Windows are not halved.
    """

    codes = {"G3": {}}
    samples = (("8x4x8x6", {"window": (2, 4, 3), "patch": (1, 2, 1), "heads": 4}), *WindowCell.samples)
    family = "attention"
    icon = (
        "M2 5.5h8.5v8.5h-8.5zM2 5.5l3.5-3.5h8.5v8.5l-3.5 3.5M10.5 5.5l3.5-3.5"
        "M4.2 7.7h.2v.2h-.2zM8.1 7.7h.2v.2h-.2zM4.2 11.6h.2v.2h-.2zM8.1 11.6h.2v.2h-.2z"
    )
    source = "SNRAware (Xue et al. 2025, arXiv 2503.18162), STCNNT global 3D attention"
    volumetric = True
    among = "windows"

    patch: Patch = (1, 2, 2)
    shuffle: Shuffle = False

    def irreproducible(self, x: FeatureMap, original: str) -> str:
        """All of its outputs: they are put together in another order."""
        return "It scrambles its output."


class VolumeWindowsAttention(WindowCell, frozen=True, kw_only=True):
    """Attention among 3-D windows: every window, as one token, looks at all windows.

    Windows have a depth, over frames, slices or time; convolutions are 3x3x3.
    """

    codes = {"V3": {}}
    samples = (("8x2x4x12", {"window": (1, 2, 4), "heads": 4}), *WindowCell.samples)
    family = "attention"
    icon = (
        "M2 5.5h8.5v8.5h-8.5zM2 5.5l3.5-3.5h8.5v8.5l-3.5 3.5M10.5 5.5l3.5-3.5"
        "M6.25 5.5v8.5M2 9.75h8.5M6.25 5.5l3.5-3.5M10.5 9.75l3.5-3.5"
    )
    source = "SNRAware (Xue et al. 2025, arXiv 2503.18162), STCNNT ViT 3D attention"
    volumetric = True
    among = "whole"
    unit = "window"


class SwinVolumeAttention(WindowCell, frozen=True, kw_only=True):
    """Attention among the pixels of a 3-D window; Sh moves the windows by half.

    S3 and Sh take turns, as in a Swin transformer: what Sh brings together across borders is masked where only the
    cyclic shift made it neighbours. Convolutions are 3x3x3.
    """

    codes = {"S3": {"shift": False, "stride_qk": (1, 1, 1)}, "Sh": {"shift": True, "stride_qk": (1, 1, 1)}}
    samples = (("8x4x8x6", {"window": (2, 4, 3), "heads": 4}), *WindowCell.samples)
    family = "attention"
    unit = "pixel"
    icon = "M2 5.5h8.5v8.5h-8.5zM2 5.5l3.5-3.5h8.5v8.5l-3.5 3.5M10.5 5.5l3.5-3.5M2 9h5v5M4.5 11.5h.01"
    icons = {
        "Sh": "M2 5.5h8.5v8.5h-8.5zM2 5.5l3.5-3.5h8.5v8.5l-3.5 3.5M10.5 5.5l3.5-3.5M4 7.5h4.5v4.5h-4.5zM6.25 9.75h.01"
    }
    source = (
        "SNRAware (Xue et al. 2025, arXiv 2503.18162), STCNNT Swin 3D attention; Liu et al. 2021 (Swin), section 3.2"
    )
    volumetric = True

    shift: Shift = False

    def irreproducible(self, x: FeatureMap, original: str) -> str:
        """All of its outputs: its value projection is not used."""
        return "It ignores its value projection."
