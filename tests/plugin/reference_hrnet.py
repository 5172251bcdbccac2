"""HRNet in plain torch, written from the publication's description with the names of its published weights.

Wang et al. 2020 (HRNet). The oracle of `test_nets.py`: nothing here knows archlab.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def conv_bn(c_in: int, c_out: int, kernel: int, stride: int = 1, *more: nn.Module, bias: bool = False) -> nn.Sequential:
    conv = nn.Conv2d(c_in, c_out, kernel, stride, kernel // 2, bias=bias)
    return nn.Sequential(conv, nn.BatchNorm2d(c_out), *more)


class Residual(nn.Module):
    """ResNet's basic block and bottleneck: convolutions of these kernels; the last leaves `widths[-1]` channels."""

    def __init__(self, c_in: int, widths: Sequence[int], kernels: Sequence[int]) -> None:
        super().__init__()
        self.count = len(kernels)
        for i, (c_out, kernel) in enumerate(zip(widths, kernels, strict=True), 1):
            before = c_in if i == 1 else widths[i - 2]
            self.add_module(f"conv{i}", nn.Conv2d(before, c_out, kernel, padding=kernel // 2, bias=False))
            self.add_module(f"bn{i}", nn.BatchNorm2d(c_out))
        self.downsample = conv_bn(c_in, widths[-1], 1) if c_in != widths[-1] else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        y = x
        for i in range(1, self.count + 1):
            y = getattr(self, f"bn{i}")(getattr(self, f"conv{i}")(y))
            y = y.relu() if i < self.count else y
        return (y + self.downsample(x)).relu()


def bottleneck(c_in: int, inner: int) -> Residual:
    return Residual(c_in, (inner, inner, 4 * inner), (1, 3, 1))


class Module(nn.Module):
    """Branches of basic blocks, and the exchange between all of them."""

    def __init__(self, widths: Sequence[int], blocks: Sequence[int]) -> None:
        super().__init__()
        self.branches = nn.ModuleList(
            nn.Sequential(*(Residual(c, (c, c), (3, 3)) for _ in range(n))) for c, n in zip(widths, blocks, strict=True)
        )
        self.fuse_layers = nn.ModuleList(
            nn.ModuleList(self._way(widths, j, i) for j in range(len(widths))) for i in range(len(widths))
        )

    @staticmethod
    def _way(widths: Sequence[int], source: int, target: int) -> nn.Module:
        c_in, c_out = widths[source], widths[target]
        if source == target:
            return nn.Identity()
        if source > target:
            return conv_bn(c_in, c_out, 1, 1, nn.Upsample(scale_factor=2 ** (source - target), mode="nearest"))
        steps = [conv_bn(c_in, c_in, 3, 2, nn.ReLU()) for _ in range(target - source - 1)]
        return nn.Sequential(*steps, conv_bn(c_in, c_out, 3, 2))

    def forward(self, xs: list[Tensor]) -> list[Tensor]:
        xs = [branch(x) for branch, x in zip(self.branches, xs, strict=True)]
        return [sum(way(x) for way, x in zip(ways, xs, strict=True)).relu() for ways in self.fuse_layers]


class Head(nn.Module):
    """A bottleneck on every map, added up on the way down, then scores (HRViT's is the same)."""

    def __init__(self, widths: Sequence[int], inner: Sequence[int], features: int, classes: int) -> None:
        super().__init__()
        self.incre_modules = nn.ModuleList(nn.Sequential(bottleneck(c, n)) for c, n in zip(widths, inner, strict=True))
        self.downsamp_modules = nn.ModuleList(
            conv_bn(4 * a, 4 * b, 3, 2, nn.ReLU(), bias=True) for a, b in pairwise(inner)
        )
        self.final_layer = conv_bn(4 * inner[-1], features, 1, 1, nn.ReLU(), bias=True)
        self.classifier = nn.Linear(features, classes)

    def forward(self, xs: list[Tensor]) -> Tensor:
        y = self.incre_modules[0](xs[0])
        for x, wide, down in zip(xs[1:], self.incre_modules[1:], self.downsamp_modules, strict=True):
            y = wide(x) + down(y)
        scores: Tensor = self.classifier(self.final_layer(y).mean((2, 3)))
        return scores


class HRNet(nn.Module):
    """The body; `forward` gives the four maps.

    Args:
        width: channels of the first branch, doubled per branch.
        stem, inner: channels after the first convolution, and inside the bottlenecks of the first block.
        first: how many bottlenecks that has.
        modules: modules per stage.
        blocks: basic blocks per stage and branch.
    """

    def __init__(
        self, *, width: int, stem: int, inner: int, first: int, modules: Sequence[int], blocks: Sequence[Sequence[int]]
    ) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, stem, 3, 2, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(stem)
        self.conv2 = nn.Conv2d(stem, 64, 3, 2, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(64)
        self.layer1 = nn.Sequential(*(bottleneck(4 * inner if i else 64, inner) for i in range(first)))
        self.stages = len(modules)
        before = [4 * inner]
        for stage, (count, depth) in enumerate(zip(modules, blocks, strict=True), 2):
            widths = [width << level for level in range(stage)]
            ways: list[nn.Module] = [nn.Identity() for _ in range(stage - 1)]
            if stage == 2:
                ways = [conv_bn(before[0], widths[0], 3, 1, nn.ReLU())]
            ways.append(nn.Sequential(conv_bn(before[-1], widths[-1], 3, 2, nn.ReLU())))
            self.add_module(f"transition{stage - 1}", nn.ModuleList(ways))
            self.add_module(f"stage{stage}", nn.Sequential(*(Module(widths, depth) for _ in range(count))))
            before = widths

    def forward(self, x: Tensor) -> list[Tensor]:
        x = F.relu(self.bn1(self.conv1(x)))
        xs = [self.layer1(F.relu(self.bn2(self.conv2(x))))]
        for stage in range(1, self.stages + 1):
            ways = getattr(self, f"transition{stage}")
            xs = [way(xs[min(i, len(xs) - 1)]) for i, way in enumerate(ways)]
            xs = getattr(self, f"stage{stage + 1}")(xs)
        return xs


class Classifier(nn.Module):
    """A body and the scores of its maps."""

    def __init__(self, body: nn.Module, head: Head) -> None:
        super().__init__()
        self.body = body
        self.head = head

    def forward(self, x: Tensor) -> Tensor:
        scores: Tensor = self.head(self.body(x))
        return scores


class SideBySide(nn.Module):
    """HRNetV2's representation: all maps enlarged to the first, concatenated, mixed."""

    def __init__(self, body: HRNet, channels: int) -> None:
        super().__init__()
        self.body = body
        self.mix = conv_bn(channels, channels, 1, 1, nn.ReLU(), bias=True)

    def forward(self, x: Tensor) -> list[Tensor]:
        maps = self.body(x)
        size = maps[0].shape[2:]
        large = [F.interpolate(m, size, mode="bilinear", align_corners=False) for m in maps[1:]]
        return [self.mix(torch.cat([maps[0], *large], 1))]
