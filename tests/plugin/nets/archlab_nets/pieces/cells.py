"""An activation, a norm over channels, and the patch embedding of HRViT; without closed forms, so archlab measures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

import archlab as al

if TYPE_CHECKING:
    from torch import nn


class Activate(al.Cell, frozen=True, kw_only=True):
    """A non-linearity alone, as HRNet and HRViT have one behind each fusion."""

    codes: ClassVar[dict[str, dict[str, Any]]] = {"Na": {}}
    family = "pieces"

    function: Literal["relu", "gelu"] = "relu"

    def out(self, x: al.FeatureMap, width: int) -> al.FeatureMap:
        return x

    def build(self, x: al.FeatureMap, width: int) -> nn.Module:
        from torch import nn

        return nn.ReLU() if self.function == "relu" else nn.GELU()


class NormChannels(al.Cell, frozen=True, kw_only=True):
    """LayerNorm of every pixel over its channels."""

    codes: ClassVar[dict[str, dict[str, Any]]] = {"Nn": {}}
    family = "pieces"

    def out(self, x: al.FeatureMap, width: int) -> al.FeatureMap:
        return x

    def build(self, x: al.FeatureMap, width: int) -> nn.Module:
        from archlab_nets.pieces.module import ChannelNorm

        return ChannelNorm(x.channels)


class EmbedPatches(al.Cell, frozen=True, kw_only=True):
    """1x1 convolution, depth-wise 3x3 convolution, LayerNorm over channels: other channels at the same size."""

    codes: ClassVar[dict[str, dict[str, Any]]] = {"Ne": {}}
    family = "pieces"

    def build(self, x: al.FeatureMap, width: int) -> nn.Module:
        from archlab_nets.pieces.module import PatchEmbedding

        return PatchEmbedding(x.channels, width)
