"""Thumbnails of every node's output."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from archlab.document.feature_map import FeatureMap
from archlab.trainer.events import NodeFeatures


class FeatureProbe:
    """Observer that keeps a few small maps per node of the first image.

    Takes the first `channels` channels, area-averaged to at most `pixels` x `pixels`; of a 5-D map the middle frame.
    Of nodes whose map carries extra tokens, which `carrying` holds, it is the grid. Nodes without a map (a
    classification head) are left out.
    """

    def __init__(self, channels: int = 8, pixels: int = 32, carrying: Mapping[str, FeatureMap] | None = None) -> None:
        self._channels = channels
        self._pixels = pixels
        self._carrying = carrying or {}
        self._maps: dict[str, Tensor] = {}

    def node(self, id: str, inputs: Mapping[str, Tensor], merged: Tensor, out: Tensor) -> None:
        """Keep this node's thumbnails, on its device."""
        if id in self._carrying:
            x = self._carrying[id]
            grid = out[0, x.tokens :, : self._channels].T.unflatten(1, x.size)
            self._maps[id] = thumbnail(grid, self._pixels)
        elif out.ndim >= 4:
            self._maps[id] = thumbnail(out[0, : self._channels], self._pixels)

    def link(self, id: str, x: Tensor, out: Tensor) -> None:
        """Links have no thumbnails."""

    def result(self) -> tuple[NodeFeatures, ...]:
        """All thumbnails, fetched from the device in one copy."""
        return tuple(_encode(node, values) for node, values in fetch(self._maps).items())


def thumbnail(maps: Tensor, pixels: int) -> Tensor:
    """Maps `(C, [D,] H, W)` as float `(C, h, w)` with h, w <= pixels; the middle frame of D."""
    if maps.ndim == 4:
        maps = maps[:, maps.shape[1] // 2]
    height, width = (min(n, pixels) for n in maps.shape[-2:])
    if (height, width) == tuple(maps.shape[-2:]):
        return maps.float()
    return functional.adaptive_avg_pool2d(maps.float(), (height, width))


def fetch(tensors: Mapping[str, Tensor]) -> dict[str, np.ndarray]:
    """Tensors of one device as float32 arrays, in one transfer."""
    if not tensors:
        return {}
    flat = torch.cat([t.detach().float().flatten() for t in tensors.values()]).cpu().numpy()
    ends = np.cumsum([t.numel() for t in tensors.values()])
    parts = np.split(flat, ends[:-1])
    return {id: part.reshape(tuple(t.shape)) for (id, t), part in zip(tensors.items(), parts, strict=True)}


def _encode(node: str, maps: np.ndarray) -> NodeFeatures:
    finite = np.nan_to_num(maps, nan=0.0, posinf=0.0, neginf=0.0)
    lo, hi = (float(v) for v in np.percentile(finite, (1, 99)))
    scaled = (finite - lo) * (255.0 / (hi - lo)) if hi > lo else np.zeros_like(finite)
    data = np.clip(np.rint(scaled), 0, 255).astype(np.uint8)
    channels, height, width = maps.shape
    return NodeFeatures(node=node, lo=lo, hi=hi, shape=(channels, height, width), data=data.tobytes())
