"""The verb `build`: a document becomes a module."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import torch

from archlab.compiler.backbone import Backbone
from archlab.compiler.given import net_with_numbers
from archlab.compiler.keeping import keep_weights
from archlab.compiler.sizes import SIZE_FAULTS, SizeGuard
from archlab.document.diagnostics import ArchlabError, Diagnostic, errors
from archlab.document.entries import Input
from archlab.document.feature_map import FeatureMap
from archlab.document.spec import Spec
from archlab.graph import expand
from archlab.graph.model import Graph
from archlab.parts.catalog import default
from archlab.parts.registry import Registry


def build(spec: Spec, registry: Registry | None = None, *, weights_from: Backbone | None = None) -> Backbone:
    """The document as an `nn.Module`, with freshly initialised weights from torch's generator.

    `net(x)` returns the list of the backbone's outputs, or the head's tensor where the document has a head.
    Works under `torch.device("meta")` and `torch.device("cuda")`.

    Args:
        spec: the document.
        registry: the parts that it may use, None for all that are registered.
        weights_from: a net of which weights are kept. Each node and link of the same id keeps, entry by entry from the
            front, copies of the tensors of cells with the same code and of parts with the same type, where their
            names and shapes are the same; `net.weights_report` says what was kept. Only numbers are: neither what is
            frozen, nor the mode, device and precision of the other net.

    Raises:
        ArchlabError: the document has errors; `diagnostics` says which. Or one of the two nets has no numbers.
        TypeError: `weights_from` is no net that archlab built.
    """
    old = None if weights_from is None else net_with_numbers(weights_from, "weights_from")
    given, registry = registry, registry or default()
    graph = sound_graph(spec, registry)
    rows = [n.out.stride for n in graph.nodes if n.out is not None and n.out.size]
    guard = SizeGuard(
        spec.input.feature_map(),
        step=(max(h for h, _ in rows), max(w for _, w in rows)),
        judge=functools.partial(_judge, spec, registry),
        works=functools.partial(_works, spec, registry),
    )
    net = Backbone(graph, spec, guard, given)
    if old is not None:
        net.weights_report = keep_weights(net, old)
    return net


def sound_graph(spec: Spec, registry: Registry) -> Graph:
    """The expanded document; ArchlabError when it has errors."""
    expansion = expand(spec, registry)
    wrong = errors(expansion.diagnostics)
    if expansion.graph is None or wrong:
        raise ArchlabError(f'The document "{spec.name}" cannot be built.', wrong)
    return expansion.graph


def _judge(spec: Spec, registry: Registry, image: FeatureMap) -> Sequence[Diagnostic]:
    """Errors of the document for another input size."""
    other = spec.with_input(Input(channels=image.channels, size=image.size))
    return errors(expand(other, registry).diagnostics)


def _works(spec: Spec, registry: Registry, image: FeatureMap) -> bool:
    """Whether the network, built for its own input, runs on `image`: tried on the meta device."""
    with torch.device("meta"), torch.no_grad():
        net = Backbone(sound_graph(spec, registry), spec).eval()
        try:
            net(torch.empty(image.shape()))
        except SIZE_FAULTS:
            return False
    return True
