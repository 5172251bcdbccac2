"""What each incoming link contributes to a fusion.

A sum s = t_1 + ... + t_n of link outputs t_j, centred per channel over batch and space, has the signal shares
A_j = sum <t_j, s> / sum ||s||^2 over all probe images and pixels. They sum to 1 and are signed: a negative share
cancels the others. A_j is the Shapley value of link j in the game v(S) = ||sum of t_j over S||^2, divided by v(all).

A concatenation read by one convolution is a sum too: t_j is the convolution of part j alone, the others zero; the
bias drops out by centring. Where the reader is anything else (a norm, attention, several modules, a pooling head), or
the merge neither adds nor concatenates (a maximum), no such split exists, and the shares are those of energy,
||t_j||^2 / sum_k ||t_k||^2 of the centred parts. Which of these holds the merge itself says (`Merge.share`).

The mix a_j(p) = ||t_j(p)|| / sum_k ||t_k(p)|| is another number: unsigned, per pixel, for display.
Neither is importance: a link may carry much signal that the loss does not need.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from archlab.graph.model import Graph
from archlab.parts.merge import Merge
from archlab.trainer.events import LinkShare, NodeMix, NodeShares
from archlab.trainer.probes.features import fetch, thumbnail

SILENT = 1e-12  # of the parts' energy: below it a sum counts as constant
CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d)


def centred(x: Tensor) -> Tensor:
    """`(B, C, ...)` less its mean over batch and space, per channel."""
    x = x.float()
    return x - x.mean(dim=[d for d in range(x.ndim) if d != 1], keepdim=True)


def signal_shares(parts: Sequence[Tensor]) -> Tensor:
    """Signed shares `(n,)` of centred parts in their sum; NaN where the sum is constant."""
    total = torch.stack(list(parts)).sum(dim=0)
    energy = total.square().sum()
    floor = SILENT * torch.stack([p.square().sum() for p in parts]).sum()
    shares = torch.stack([(p * total).sum() for p in parts]) / energy
    return torch.where(energy > floor, shares, torch.nan)


def energy_shares(parts: Sequence[Tensor]) -> Tensor:
    """Shares `(n,)` of centred parts in the sum of their squared norms; NaN where all are constant."""
    energies = torch.stack([p.square().sum() for p in parts])
    return torch.where(energies.sum() > 0, energies / energies.sum(), torch.nan)


def mix_maps(parts: Sequence[Tensor], pixels: int = 32) -> Tensor:
    """Mix `(n, h, w)` of centred parts for the first image; 0 at silent pixels.

    Area-averaged to at most `pixels` a side, which keeps the sum of 1 per pixel; the middle frame of a 5-D map.
    """
    norms = torch.stack([p[0].norm(dim=0) for p in parts])
    total = norms.sum(dim=0)
    return thumbnail(torch.where(total > 0, norms / total, 0.0), pixels)


class FusionProbe:
    """Observer that measures the shares at every node with two inputs or more.

    `readers` names the convolution that alone reads a concatenation (see `conv_readers`).
    """

    def __init__(self, graph: Graph, readers: Mapping[str, Callable[[Tensor], Tensor]], *, mix: bool = False) -> None:
        self._order = {n.id: n.inputs for n in graph.nodes}
        self._merges = {n.id: n.merge for n in graph.nodes}
        self._readers = readers
        self._with_mix = mix
        self._views: dict[str, tuple[str, tuple[str, ...]]] = {}
        self._shares: dict[str, Tensor] = {}
        self._mix: dict[str, Tensor] = {}

    def node(self, id: str, inputs: Mapping[str, Tensor], merged: Tensor, out: Tensor) -> None:
        """Measure this node's fusion, on its device."""
        if len(inputs) < 2:
            return
        links, merge, reader = self._order[id], self._merges[id], self._readers.get(id)
        parts, view = [inputs[k] for k in links], "signal" if merge.share == "terms" else "energy"
        if merge.share == "channels" and reader is not None:
            parts, view = split(reader, merge, parts), "signal"
        parts = [centred(p) for p in parts]
        self._views[id] = (view, links)
        self._shares[id] = signal_shares(parts) if view == "signal" else energy_shares(parts)
        if self._with_mix:
            self._mix[id] = mix_maps(parts)

    def link(self, id: str, x: Tensor, out: Tensor) -> None:
        """Everything is in the node's inputs."""

    def shares(self) -> tuple[NodeShares, ...]:
        """Shares per fusion, fetched from the device in one copy."""
        return tuple(self._node_shares(node, values) for node, values in fetch(self._shares).items())

    def mix(self) -> tuple[NodeMix, ...]:
        """Mix maps per fusion; empty unless asked for."""
        return tuple(
            NodeMix(node=node, links=self._views[node][1], shape=maps.shape, data=_bytes(maps))
            for node, maps in fetch(self._mix).items()
        )

    def _node_shares(self, node: str, values: np.ndarray) -> NodeShares:
        view, links = self._views[node]
        shares = [float(v) if np.isfinite(v) else None for v in values]
        return NodeShares(
            node=node, view=view, links=tuple(LinkShare(id=k, share=v) for k, v in zip(links, shares, strict=True))
        )


def split(reader: Callable[[Tensor], Tensor], merge: Merge, parts: Sequence[Tensor]) -> list[Tensor]:
    """What a convolution makes of each part of a concatenation alone; each holds the bias once."""
    results = []
    for chosen in range(len(parts)):
        alone = [p if j == chosen else torch.zeros_like(p) for j, p in enumerate(parts)]
        results.append(reader(merge.combine(alone)))
    return results


def conv_readers(net: Any, images: Tensor) -> dict[str, Callable[[Tensor], Tensor]]:
    """For each concatenation that exactly one module reads, a convolution: that convolution.

    Watches the leaf modules during one pass; the hooks are gone when it returns.
    """
    watch = _ReaderWatch({n.id for n in net.graph.nodes if n.merge.share == "channels" and len(n.inputs) > 1})
    if not watch.nodes:
        return {}
    leaves = [m for m in net.modules() if not any(True for _ in m.children()) and not isinstance(m, nn.Identity)]
    handles = [m.register_forward_pre_hook(watch.called) for m in leaves]
    try:
        net.run(images, observer=watch)
    finally:
        for handle in handles:
            handle.remove()
    return watch.readers()


class _ReaderWatch:
    """Finds which leaf modules are given a concatenation's tensor itself.

    Storage addresses are compared; that is sound for tensors alive at the same time. Within a node, its merged tensor
    lives while its modules run, and calls are forgotten at every callback before that; afterwards it is held here.
    """

    def __init__(self, nodes: set[str]) -> None:
        self.nodes = nodes
        self._recent: list[tuple[nn.Module, int, torch.Size]] = []
        self._held: dict[str, Tensor] = {}
        self._found: dict[str, list[tuple[nn.Module, torch.Size]]] = {id: [] for id in nodes}

    def called(self, module: nn.Module, args: tuple[Any, ...]) -> None:
        for x in args:
            if isinstance(x, Tensor):
                self._recent.append((module, x.data_ptr(), x.shape))
                for id, merged in self._held.items():
                    if merged.data_ptr() == x.data_ptr():
                        self._found[id].append((module, x.shape))

    def node(self, id: str, inputs: Mapping[str, Tensor], merged: Tensor, out: Tensor) -> None:
        if id in self.nodes:
            self._found[id] += [(m, shape) for m, address, shape in self._recent if address == merged.data_ptr()]
            self._held[id] = merged
        self._recent.clear()

    def link(self, id: str, x: Tensor, out: Tensor) -> None:
        self._recent.clear()

    def readers(self) -> dict[str, Callable[[Tensor], Tensor]]:
        alone = {id: found[0] for id, found in self._found.items() if len(found) == 1}
        return {
            id: _Reader(module, shape[1:]) for id, (module, shape) in alone.items() if isinstance(module, CONVOLUTIONS)
        }


class _Reader:
    """A convolution, given its input in the shape in which it reads it (4-D maps may be run as 5-D)."""

    def __init__(self, module: nn.Module, shape: torch.Size) -> None:
        self._module = module
        self._shape = shape

    def __call__(self, x: Tensor) -> Tensor:
        result: Tensor = self._module(x.reshape(-1, *self._shape))
        return result


def _bytes(maps: np.ndarray) -> bytes:
    return np.rint(maps * 255).astype(np.uint8).tobytes()
