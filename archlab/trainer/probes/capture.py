"""All probes in one pass over a fixed batch."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import msgspec
import torch
from torch import Tensor, nn

from archlab.trainer.events import Captured
from archlab.trainer.probes.features import FeatureProbe
from archlab.trainer.probes.fusion import FusionProbe, conv_readers
from archlab.trainer.probes.pace import Pace


class Probes(msgspec.Struct, frozen=True, kw_only=True):
    """What to capture, on how many held-out images, and how much time it may take.

    Attributes:
        images: probe images, the same throughout, so that frames compare; shares are measured over all of them.
        channels: thumbnails per node.
        pixels: largest side of a thumbnail.
        mix: also capture the per-pixel mix of every fusion.
        budget: largest share of the training time, averaged.
        fps: most captures per second.
    """

    images: int = 4
    channels: int = 8
    pixels: int = 32
    mix: bool = False
    budget: float = 0.03
    fps: float = 8.0


class Prober:
    """Captures a net's features and shares on a fixed batch, at the pace that its options allow."""

    def __init__(self, net: Any, images: Tensor, options: Probes) -> None:
        self._net = net
        self._images = images
        self._options = options
        self._pace = Pace(options.budget, options.fps)
        self._carrying = {node.id: node.out for node in net.graph.nodes if node.out is not None and node.out.tokens}
        with evaluating(net), torch.no_grad():
            self._readers = conv_readers(net, images)

    def step_took(self, seconds: float) -> None:
        """Tell what a training step took."""
        self._pace.step_took(seconds)

    def due(self, step: int) -> bool:
        """Whether to capture after `step` steps."""
        return self._pace.due(step)

    def capture(self, step: int) -> Captured:
        """Features and shares as the net is now; its weights, buffers and modes stay as they are."""
        if self._images.device.type != "cpu":
            torch.accelerator.synchronize()  # what the last step still computes is not the capture's
        start = time.perf_counter()
        features = FeatureProbe(self._options.channels, self._options.pixels, self._carrying)
        fusion = FusionProbe(self._net.graph, self._readers, mix=self._options.mix)
        with evaluating(self._net), torch.no_grad():
            self._net.run(self._images, observer=_Both(features, fusion))
        maps, shares, mix = features.result(), fusion.shares(), fusion.mix()
        seconds = time.perf_counter() - start
        self._pace.capture_took(seconds, step)
        return Captured(step=step, features=maps, shares=shares, mix=mix, seconds=seconds, every=self._pace.every)


class _Both:
    def __init__(self, features: FeatureProbe, fusion: FusionProbe) -> None:
        self._features = features
        self._fusion = fusion

    def node(self, id: str, inputs: Mapping[str, Tensor], merged: Tensor, out: Tensor) -> None:
        self._features.node(id, inputs, merged, out)
        self._fusion.node(id, inputs, merged, out)

    def link(self, id: str, x: Tensor, out: Tensor) -> None:
        """Nothing: fusion and features are measured at nodes."""


@contextmanager
def evaluating(net: nn.Module) -> Iterator[None]:
    """Eval mode inside; afterwards every module is in the mode it was in."""
    modes = [(m, m.training) for m in net.modules()]
    net.eval()
    try:
        yield
    finally:
        for module, training in modes:
            module.training = training
