"""The verb `build`: a document becomes a module."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import torch

from archlab.compiler.backbone import Backbone
from archlab.compiler.sizes import SIZE_FAULTS, SizeGuard
from archlab.document.diagnostics import ArchlabError, Diagnostic, errors
from archlab.document.entries import Input
from archlab.document.feature_map import FeatureMap
from archlab.document.spec import Spec
from archlab.graph import expand
from archlab.graph.model import Graph
from archlab.parts.catalog import default
from archlab.parts.registry import Registry


def build(spec: Spec, registry: Registry | None = None) -> Backbone:
    """The document as an `nn.Module`, with freshly initialised weights from torch's generator.

    `net(x)` returns the list of the backbone's outputs, or the head's tensor where the document has a head.
    Works under `torch.device("meta")` and `torch.device("cuda")`.

    Raises:
        ArchlabError: the document has errors; `diagnostics` says which.
    """
    given, registry = registry, registry or default()
    graph = sound_graph(spec, registry)
    rows = [n.out.stride for n in graph.nodes if n.out is not None and n.out.size]
    guard = SizeGuard(
        spec.input.feature_map(),
        step=(max(h for h, _ in rows), max(w for _, w in rows)),
        judge=functools.partial(_judge, spec, registry),
        works=functools.partial(_works, spec, registry),
    )
    return Backbone(graph, spec, guard, given)


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
