"""patches: a stem that cuts the input into squares."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

import archlab as al

if TYPE_CHECKING:
    from torch import nn


class Patches(al.Stem, frozen=True, kw_only=True):
    """One convolution over squares that do not overlap."""

    type = "patches"
    icon = "M2 2h12v12h-12zM8 2v12M2 8h12"
    source = "Dosovitskiy et al. 2021 (ViT), section 3.1"

    side: Annotated[int, Meta(ge=1, le=64, description="Pixels along a side of a square.")] = 4
    channels: Annotated[int, Meta(ge=1, le=4096, description="Channels that leave the stem.")] = 16

    def problems(self, x: al.FeatureMap):
        """Frames, or sizes that the squares do not divide."""
        if len(x.size) == 3:
            yield al.Problem(code="MY005", message="patches takes inputs without D.", hint="Use conv_stride.")
        elif x.height % self.side or x.width % self.side:
            hint = f"Use an input whose sizes {self.side} divides."
            yield al.Problem(code="MY006", message=f"{x.height}x{x.width} is no grid of squares.", hint=hint)

    def out(self, x: al.FeatureMap) -> al.FeatureMap:
        """A pixel for each square."""
        return x.resized(x.height // self.side, x.width // self.side).with_channels(self.channels)

    def build(self, x: al.FeatureMap) -> nn.Module:
        """A convolution whose stride is its kernel."""
        from torch import nn

        return nn.Conv2d(x.channels, self.channels, self.side, stride=self.side)
