"""ResNet's two cells, as HRNet uses them; with closed forms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import archlab as al

if TYPE_CHECKING:
    from torch import nn

EXPANSION = 4  # width of a bottleneck / width inside it


class Basic(al.Cell, frozen=True, kw_only=True):
    """Two 3x3 convolutions and a shortcut."""

    codes: ClassVar[dict[str, dict[str, Any]]] = {"Nb": {}}
    family = "nets"

    def cost(self, x: al.FeatureMap, width: int) -> al.Cost:
        tape = al.Tape(x)
        y = tape.conv(tape.x, width, (3, 3), padding=1, bias=False)
        y = tape.activation(tape.batch_norm(y), "relu")
        y = tape.batch_norm(tape.conv(y, width, (3, 3), padding=1, bias=False))
        return tape.cost(_joined(tape, y, width))

    def build(self, x: al.FeatureMap, width: int) -> nn.Module:
        from archlab_nets.residual.module import BasicBlock

        return BasicBlock(x.channels, width)


class Narrow(al.Cell, frozen=True, kw_only=True):
    """1x1, 3x3 and 1x1 convolution at a quarter of the width, and a shortcut."""

    codes: ClassVar[dict[str, dict[str, Any]]] = {"Nk": {}}
    family = "nets"

    def problems(self, x: al.FeatureMap, width: int) -> list[al.Problem]:
        if width % EXPANSION == 0:
            return []
        hint = f"Use {width + -width % EXPANSION} channels."
        return [al.Problem(code="NETS1", message=f"{width} channels are not {EXPANSION} times a number.", hint=hint)]

    def cost(self, x: al.FeatureMap, width: int) -> al.Cost:
        tape = al.Tape(x)
        y = tape.x
        for channels, kernel in ((width // EXPANSION, 1), (width // EXPANSION, 3)):
            y = tape.conv(y, channels, (kernel, kernel), padding=kernel // 2, bias=False)
            y = tape.activation(tape.batch_norm(y), "relu")
        y = tape.batch_norm(tape.conv(y, width, (1, 1), bias=False))
        return tape.cost(_joined(tape, y, width))

    def build(self, x: al.FeatureMap, width: int) -> nn.Module:
        from archlab_nets.residual.module import Bottleneck

        return Bottleneck(x.channels, width, EXPANSION)


def _joined(tape: al.Tape, y: Any, width: int) -> Any:
    """The sum with the shortcut, which is projected where the channels change, and its ReLU."""
    same = tape.x.shape[1] == width
    shortcut = tape.x if same else tape.batch_norm(tape.conv(tape.x, width, (1, 1), bias=False))
    return tape.activation(tape.add(y, shortcut), "relu")
