"""maxpool_conv: a link that takes the largest pixel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import archlab as al

if TYPE_CHECKING:
    from torch import nn


class MaxPool(al.Link, frozen=True, kw_only=True):
    """Down: the largest of 2x2 pixels per step, then a 1x1 convolution."""

    type = "maxpool_conv"
    icon = "M2 2h12v12h-12zM6 6h4v4h-4z"
    source = "Ronneberger et al. 2015 (U-Net), figure 1"

    def problems(self, x: al.FeatureMap, channels: int, steps: int):
        """Not downward, frames, or sizes that do not halve."""
        factor = 2 ** max(steps, 0)
        if steps < 1:
            yield al.Problem(code="MY002", message="maxpool_conv only goes down.", hint="Use interp_conv3.")
        elif len(x.size) == 3:
            yield al.Problem(code="MY003", message="maxpool_conv takes maps without D.", hint="Use patch_merge.")
        elif x.height % factor or x.width % factor:
            hint = f"Use an input whose sizes {factor} divides."
            yield al.Problem(code="MY004", message=f"{x.height}x{x.width} cannot be halved {steps} times.", hint=hint)

    def out(self, x: al.FeatureMap, channels: int, steps: int) -> al.FeatureMap:
        """Half the size per step."""
        return x.resized(x.height >> steps, x.width >> steps).with_channels(channels)

    def build(self, x: al.FeatureMap, channels: int, steps: int) -> nn.Module:
        """Pooling and convolution."""
        from torch import nn

        return nn.Sequential(nn.MaxPool2d(2**steps), nn.Conv2d(x.channels, channels, 1, bias=False))
