"""patch_embed: patches of the image become the pixels of the map, with positions and extra tokens where wanted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any, Literal

from msgspec import Meta

from archlab.costing import frames as of_frames
from archlab.costing.cost import Cost
from archlab.costing.tape import Tape, Value
from archlab.document.diagnostics import Problem
from archlab.document.feature_map import FeatureMap
from archlab.parts.fields import NormEps, PixelNorm
from archlab.parts.stem import Stem
from archlab.text.sentences import either, plural
from archlab.text.sizes import times

if TYPE_CHECKING:
    from torch import nn


class PatchEmbed(Stem, frozen=True, kw_only=True):
    """Every patch of the image becomes one pixel of the map, by one linear map.

    Swin's stem has a norm behind it, that of a Vision Transformer a learned vector per place and a class token: the map
    then carries extra tokens, for cells that read such. A table of positions binds the net to the size of its input.
    Without a norm `norm_eps` has no effect, and without tokens or positions `class_position` has none.
    """

    type = "patch_embed"
    icon = "M2 2h12v12h-12zM6 2v12M10 2v12M2 6h12M2 10h12M3 3h2v2h-2z"
    source = "Dosovitskiy et al. 2021 (ViT, arXiv 2010.11929), section 3.1; Darcet et al. 2024 (registers, 2309.16588)"
    samples = (
        "3x8x12",
        ("3x2x8x12", {"norm": "none", "position": "learned"}),
        ("3x8x12", {"tokens": 3, "position": "learned"}),
        ("3x8x8", {"norm": "none", "tokens": 1, "channels": 8}),
    )

    patch: Annotated[int, Meta(ge=1, le=256, description="Side of a patch in pixels, along H and W.")] = 4
    channels: Annotated[int, Meta(ge=1, le=65536, description="Channels that leave the stem.")] = 96
    bias: Annotated[bool, Meta(description="A bias per channel in the linear map.")] = True
    norm: PixelNorm = "channel"
    norm_eps: NormEps = 1e-5
    position: Annotated[
        Literal["none", "learned"],
        Meta(description="What a patch knows of its place: nothing, or a learned vector that is added to it."),
    ] = "none"
    tokens: Annotated[
        int,
        Meta(ge=0, le=1024, description="Learned tokens in front of the patches: the class token, then registers."),
    ] = 0
    class_position: Annotated[
        bool,
        Meta(description="A learned vector of its own for the class token too; registers never have one."),
    ] = True

    def problems(self, x: FeatureMap) -> Iterator[Problem]:
        """An image that is no whole number of patches, and extra tokens where there are frames."""
        if x.height % self.patch or x.width % self.patch:
            low = [n * self.patch for n in self._grid(x)]
            high = [-(-n // self.patch) * self.patch for n in x.size[-2:]]
            yield Problem(
                code="AL405",
                field="patch",
                message=f"{x.height}x{x.width} cannot be cut into patches of {self.patch}x{self.patch}.",
                hint=f"Use an input of {either(dict.fromkeys(times(size) for size in (low, high)))}, or another patch.",
            )
        if self.tokens and len(x.size) == 3:
            yield Problem(
                code="AL406",
                field="tokens",
                message=f"{plural(self.tokens, 'extra token')} cannot stand beside the frames of {x}.",
                hint="Use tokens 0, or an input without D, [H, W].",
            )

    def out(self, x: FeatureMap) -> FeatureMap:
        """A pixel per patch, and the extra tokens."""
        return FeatureMap(
            channels=self.channels,
            size=(*x.size[:-2], *self._grid(x)),
            stride=(x.stride[0] * self.patch, x.stride[1] * self.patch),
            stride_depth=x.stride_depth,
            tokens=self.tokens,
        )

    def cost(self, x: FeatureMap) -> Cost:
        """The cost, from the same operations as the module's, on shapes only."""
        tape = Tape(x)
        return tape.cost(_play(tape, self.channels, **self._arguments()))

    def build(self, x: FeatureMap) -> nn.Module:
        """A convolution that is as large as its stride, and what follows."""
        from archlab.stems import patch_embed_module

        fields, grid = self._arguments(), self._grid(x)
        return patch_embed_module.PatchEmbed(x.channels, self.channels, grid=grid, norm_eps=self.norm_eps, **fields)

    def _grid(self, x: FeatureMap) -> tuple[int, int]:
        """Patches along H and W."""
        return max(x.height // self.patch, 1), max(x.width // self.patch, 1)

    def _arguments(self) -> dict[str, Any]:
        """What module and closed form are both told."""
        return {
            "patch": self.patch,
            "bias": self.bias,
            "norm": self.norm,
            "position": self.position == "learned",
            "class_position": self.class_position,
            "tokens": self.tokens,
        }


def _play(
    tape: Tape,
    channels: int,
    *,
    patch: int,
    bias: bool,
    norm: str,
    position: bool,
    class_position: bool,
    tokens: int,
) -> Value:
    """Closed form of `patch_embed_module.PatchEmbed`: same operations, shapes only."""
    frames, depth = of_frames.to_frames(tape, tape.x)
    maps = tape.conv(frames, channels, (patch, patch), stride=patch, bias=bias)
    maps = maps if norm == "none" else of_frames.norm(tape, maps, depth, norm)
    n, _, h, w = maps.shape
    patches = tape.transpose(tape.reshape(maps, n, channels, h * w), 1, 2)
    if position:
        patches = tape.add(patches, tape.parameter(1, h * w, channels))
    if not tokens:
        return of_frames.from_frames(tape, tape.reshape(tape.transpose(patches, 1, 2), n, channels, h, w), tape.x)
    extra = tape.gather(tape.parameter(1, tokens, channels), n, tokens, channels)
    if position and class_position:
        tape.pointwise(tape.constant(n, 1, channels), tape.parameter(1, 1, channels))
    return tape.cat([extra, patches], 1)
