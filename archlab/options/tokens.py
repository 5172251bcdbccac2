"""Attention over windows by what a token is: a patch, or a pixel."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from archlab.fitting import Triple, as_triple
from archlab.options.attention import Triple as Sizes
from archlab.options.window import WindowOptions
from archlab.spec.diagnostics import Problem
from archlab.spec.feature_map import FeatureMap


class PatchOptions(WindowOptions, frozen=True, kw_only=True):
    """What attention over patches of windows has on top."""

    patch: Annotated[
        Sizes,
        Meta(description="Patch in pixels, (D, H, W): one token of the attention; 2-D cells do not look at its D."),
    ] = (1, 2, 2)

    def asked(self) -> tuple[Triple, Triple]:
        """Window and patch in pixels, as asked."""
        return as_triple(self.window), as_triple(self.patch)


class ShuffleOptions(PatchOptions, frozen=True, kw_only=True):
    """What attention across windows has on top."""

    shuffle: Annotated[
        bool,
        Meta(
            description="While training, the patches of every window change places at random before the attention and "
            "go back after it, so that a patch meets other places than its own."
        ),
    ] = False

    def shuffles(self) -> bool:
        """Whether patches change places while training."""
        return self.shuffle

    def problems(self, x: FeatureMap, width: int) -> Iterator[Problem]:
        """Patches that cannot be both moved and padded."""
        yield from super().problems(x, width)
        if self.shuffle and any(self.fit(x).padding):
            yield Problem(
                code="AL211",
                field="shuffle",
                message="patches of a padded map cannot change places: some of them are not there.",
                hint="Set shuffle or pad to false, or use a map that the windows divide.",
            )


class ShiftOptions(WindowOptions, frozen=True, kw_only=True):
    """What attention among the pixels of a window has on top."""

    shift: Annotated[
        bool, Meta(description="Windows moved by half of their size, so that neighbours across their borders meet.")
    ] = False

    unit: ClassVar[Literal["patch", "window", "pixel"]] = "pixel"

    def shifts(self) -> bool:
        """Whether the map is moved cyclically by half a window before it is cut."""
        return self.shift
