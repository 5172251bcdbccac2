"""`load_weights`: a file of weights, of archlab's or another origin's names, into a net."""

from __future__ import annotations

import errno
import os
from collections.abc import Container, Iterable, Mapping

from torch import Tensor, nn

from archlab.checkpoints import names as origins
from archlab.checkpoints.changing import changed
from archlab.checkpoints.matching import Match, Offer, match, take, tensors
from archlab.checkpoints.naming import NameMap, Source
from archlab.checkpoints.places import of_classes, of_head
from archlab.checkpoints.prefix import unprefixed
from archlab.checkpoints.reading import read_state
from archlab.checkpoints.report import WeightsReport, mismatch
from archlab.checkpoints.widths import fitting_widths
from archlab.compiler import Backbone
from archlab.compiler.given import WRAPPED, net_with_numbers
from archlab.document.diagnostics import ArchlabError

COUNTER = ".num_batches_tracked"  # of a batch norm, which old files lack and which nothing is computed with


def load_weights(
    net: nn.Module, path: str | bytes | os.PathLike[str], *, names: str | None = None, strict: bool = True
) -> WeightsReport:
    """Give a net the weights of a file, name by name, and report.

    Files are safetensors or by `torch.save`; nothing in them is executed. A `state_dict` inside of a checkpoint is
    found, and a prefix that all names have (`module.`) is seen through.

    Args:
        net: the net; with `names`, one that `build` made of a document.
        path: the file.
        names: whose names its tensors have: "timm", "hrnet", "hrvit", "swin"; archlab's own where it is left out.
            With it, a head of another kind, of other classes, or that only file or net has, is left out, and the report
            says so; of a file without classifier, only the classifier is.
        strict: refuse a file that does not match the net tensor by tensor, and leave the net as it is; otherwise what
            fits is taken over.

    Raises FileNotFoundError, or ArchlabError for names that are not known for such a net, and for a file that cannot
    be read safely or, with `strict`, does not match.
    """
    _refuse_others(net)
    if not isinstance(path, str | bytes | os.PathLike):
        what = type(path).__name__
        raise TypeError(
            f"load_weights(net, path) takes the path of a file; got {what}. A net reads a dict by net.load_state_dict."
        )
    if names is not None and not isinstance(names, str):
        raise TypeError(f'load_weights: names is a word such as "timm", or left out; got {names!r:.80}.')
    maps = [] if names is None else _maps(net, names)
    file = os.fsdecode(path)
    if not os.path.exists(file):
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), file)
    state = read_state(file)
    naming = max(maps, key=lambda one: _recognised(one, net, state), default=None)
    found = _examined(net, state, naming)
    if strict and not found.report.complete:
        if naming is not None and not found.report.loaded and _recognised(None, net, state):
            hint = "Use al.load_weights(net, FILE) without names."
            raise mismatch(f"{file} does not match the net, nothing was loaded: its names are archlab's own.", hint)
        advice = _advice(net, state, naming, found.report)
        raise mismatch(f"{file} does not match the net, nothing was loaded: {found.report}.", advice)
    take(net, found.fitting)
    return found.report


def _refuse_others(net: nn.Module) -> None:
    """What is no net, a wrapper around one whose names differ, or a copy in which tensors are folded."""
    if not isinstance(net, nn.Module):
        raise TypeError(
            f"load_weights(net, path) takes a module, such as al.build makes of a document; got {net!r:.80}."
        )
    if any(isinstance(getattr(net, name, None), Backbone) for name in WRAPPED):
        net_with_numbers(net, "load_weights")
    if isinstance(net, Backbone) and net.optimize_report:
        raise ArchlabError("load_weights: the net is optimised, its tensors are folded. Optimise it after loading.")


def _maps(net: nn.Module, names: str) -> list[NameMap]:
    if not isinstance(net, Backbone) or net.spec is None:
        raise ArchlabError(f'Names of "{names}" are found by a net\'s document, and this net has none. Use al.build.')
    return origins.find(names, net.spec.layout.type)


def _recognised(naming: NameMap | None, net: nn.Module, state: Mapping[str, Tensor]) -> int:
    """How many of the file's names are where a map, or archlab itself, looks for the net's tensors."""
    places = _places(_sources(naming, tensors(net)))
    return len(places & set(unprefixed(state, places).values()))


def _sources(naming: NameMap | None, own: Mapping[str, Tensor]) -> dict[str, Source]:
    return naming.sources(own) if naming else {name: Source((name,)) for name in own}


def _places(sources: Mapping[str, Source]) -> set[str]:
    return {name for source in sources.values() for name in source.names}


def _examined(net: nn.Module, state: Mapping[str, Tensor], naming: NameMap | None) -> Match:
    """The file's tensors held against the net's, under their names there."""
    own = tensors(net)
    sources = _sources(naming, own)
    bare = unprefixed(state, _places(sources))
    if naming is None:
        offers = _offers(own, sources, state, bare)
        return match(net, offers, unexpected=state.keys() - _used(offers))
    assert isinstance(net, Backbone)
    head_here = of_head(net, own)
    head_there = {name for name, short in bare.items() if short.startswith(naming.head)}
    same_kind = bool(head_there) and _has_head_of(net, naming)
    without = _without_layer(of_classes(net, own), sources, set(bare.values())) if same_kind else head_here
    offers = _offers(own, {name: source for name, source in sources.items() if name not in without}, state, bare)
    dead = {name for name in state if naming.dead and name.endswith(naming.dead)}
    unused = state.keys() - _used(offers) - dead
    left_out = without if same_kind else without | (unused & head_there)
    return match(
        net,
        offers,
        unexpected=unused - left_out,
        dead=dead,
        left_out=left_out,
        optional=without | {name for name in own if name.endswith(COUNTER)},
        classes=of_classes(net, own),
    )


def _has_head_of(net: Backbone, naming: NameMap) -> bool:
    """Whether the net's head is of a kind whose tensors the map names."""
    return net.spec is not None and net.spec.head is not None and net.spec.head.type in naming.heads


def _without_layer(names: Iterable[str], sources: Mapping[str, Source], there: Container[str]) -> set[str]:
    """The net's tensors, of those named, of layers of which the file has nothing at all: a file without classifier."""
    names = set(names)
    given = {name for name in names if name in sources and any(part in there for part in sources[name].names)}
    layers = {name.rpartition(".")[0] for name in given}
    return {name for name in names if name.rpartition(".")[0] not in layers}


def _offers(
    own: Mapping[str, Tensor], sources: Mapping[str, Source], state: Mapping[str, Tensor], bare: Mapping[str, str]
) -> dict[str, Offer]:
    """What the file has for the net's tensors; `bare` are its names without their prefix."""
    full = {short: name for name, short in bare.items()}
    offers = {}
    for name, source in sources.items():
        if all(part in full for part in source.names):
            parts = tuple(full[part] for part in source.names)
            offers[name] = Offer(parts, changed([state[part] for part in parts], source.change, own[name].shape))
    return offers


def _used(offers: Mapping[str, Offer]) -> set[str]:
    return {name for offer in offers.values() for name in offer.names}


def _advice(net: nn.Module, state: Mapping[str, Tensor], naming: NameMap | None, report: WeightsReport) -> str:
    """What to do about a file that does not match."""
    if not report.loaded and isinstance(net, Backbone) and net.spec is not None:
        for other in origins.of_layout(net.spec.layout.type) if naming is None else ():
            if _recognised(other, net, state):
                return f'Its names are those of "{other.origins[-1]}": pass names="{other.origins[-1]}".'
    same_tensors = not (report.missing or report.unexpected)  # what a width changes is shapes
    if same_tensors and isinstance(net, Backbone) and net.spec is not None:
        widths = fitting_widths(net, report.mismatched, lambda other: _examined(other, state, naming).report.complete)
        if widths:
            return f"It would fit with {widths}."
    return "Build the net from the document that the file belongs to; in Python, strict=False takes over what fits."
