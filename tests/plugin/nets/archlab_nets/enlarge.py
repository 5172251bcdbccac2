"""enlarge: up by interpolation alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

import archlab as al

if TYPE_CHECKING:
    from torch import nn


class Enlarge(al.Link, frozen=True, kw_only=True):
    """Bilinear interpolation without a parameter; channels stay."""

    type: ClassVar[str] = "nets_enlarge"

    def problems(self, x: al.FeatureMap, channels: int, steps: int) -> Iterator[al.Problem]:
        if steps >= 0 or len(x.size) == 3:
            yield al.Problem(code="NETS6", message="it goes up, on maps without depth.", hint="Use interp_conv1.")

    def out(self, x: al.FeatureMap, channels: int, steps: int) -> al.FeatureMap:
        return x.resized(x.height << -steps, x.width << -steps)

    def build(self, x: al.FeatureMap, channels: int, steps: int) -> nn.Module:
        from torch import nn

        size = self.out(x, channels, steps).size
        return nn.Upsample(size=size, mode="bilinear")
