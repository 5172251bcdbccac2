"""tagger: a head with a score per tag."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

import archlab as al

if TYPE_CHECKING:
    from torch import nn


class Tagger(al.Head, frozen=True, kw_only=True):
    """The largest value of every channel and a linear layer: one score per tag."""

    type = "tagger"
    icon = "M2 2h5v12h-5zM9 8h5"

    tags: Annotated[int, Meta(ge=1, le=4096, description="Tags that an input may have.")] = 8

    def out(self, x: al.FeatureMap, image: al.FeatureMap) -> al.FeatureMap:
        """One vector per sample."""
        return al.FeatureMap(channels=self.tags, size=(), stride=x.stride)

    def build(self, x: al.FeatureMap, image: al.FeatureMap) -> nn.Module:
        """Largest value and linear layer."""
        from my_parts.tagger_module import Tags

        return Tags(x.channels, self.tags)
