"""How much of a net a set of its tensors covers: shares of its parameters and of its FLOPs."""

from __future__ import annotations

from collections.abc import Container

from torch import nn

from archlab.checkpoints.places import children
from archlab.compiler import Backbone
from archlab.estimator import estimate


def shares(net: nn.Module, taken: Container[str]) -> tuple[float, float | None]:
    """The share of parameters that are `taken` by name, and of FLOPs in nodes and links without one that is not.

    FLOPs are those of the estimate of the net's document, None where there is none or it has none. A net without
    parameters, or without FLOPs, is covered.
    """
    sizes = {name: parameter.numel() for name, parameter in net.named_parameters()}
    covered = sum(size for name, size in sizes.items() if name in taken)
    whole = sum(sizes.values())
    lacking = {name.split(".")[0] for name in sizes if name not in taken}
    flops = _flops(net, lacking) if isinstance(net, Backbone) else None
    return (covered / whole if whole else 1.0), flops


def _flops(net: Backbone, lacking: Container[str]) -> float | None:
    """The share of FLOPs outside of the children named."""
    if net.spec is None:
        return None
    costs = estimate(net.spec, registry=net.registry)
    if costs.flops is None:
        return None
    places = children(net)  # neither the input nor links that are off, which cost nothing
    flops = {row.id: row.flops or 0 for row in (*costs.nodes, *costs.links) if row.id in places}
    covered = sum(number for id, number in flops.items() if places[id] not in lacking)
    return covered / costs.flops if costs.flops else 1.0
