"""Tensors of a file held against those of a net: what fits, what does not, and the copying of what fits."""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

import torch
from torch import Tensor, nn

from archlab.checkpoints.coverage import shares
from archlab.checkpoints.report import WeightsReport
from archlab.document.diagnostics import ArchlabError


class Offer(NamedTuple):
    """What a file has for one tensor of a net: the names of its tensors there, and their numbers as they belong here.

    Several names are tensors that are one here; several offers may have the same name, parts of one tensor there.
    """

    names: tuple[str, ...]
    tensor: Tensor


class Match(NamedTuple):
    """The tensors that fit, of the net's types of number, by their names in the net, and the report."""

    fitting: dict[str, Tensor]
    report: WeightsReport


def tensors(net: nn.Module) -> dict[str, Tensor]:
    """The net's parameters and buffers by name, without extra state that is no tensor."""
    return {name: value for name, value in net.state_dict().items() if isinstance(value, Tensor)}


def match(
    net: nn.Module,
    offers: Mapping[str, Offer],
    *,
    unexpected: Iterable[str] = (),
    dead: Iterable[str] = (),
    left_out: Iterable[str] = (),
    optional: Collection[str] = (),
    classes: Collection[str] = (),
) -> Match:
    """Hold what a file offers against a net, which stays as it is.

    Args:
        net: the net.
        offers: what the file has for tensors of the net, by their names there.
        unexpected, dead, left_out: names in the file that the origin's naming has sorted already.
        optional: names in the net that the file need not have.
        classes: names in the net that are left out where nothing but their first axis differs.
    """
    own = tensors(net)
    fitting: dict[str, Tensor] = {}
    loaded: set[str] = set()
    strangers = set(unexpected)
    kept_out = set(left_out)
    found: set[str] = set(optional)  # names in the net that are not missing
    shapes: dict[str, tuple[tuple[int, ...], tuple[int, ...]]] = {}
    cast: dict[str, tuple[str, str]] = {}
    for name, (names, tensor) in offers.items():
        here = own[name]
        there = " + ".join(names)
        if not _convertible(tensor.dtype, here.dtype):
            strangers.update(names)
            continue
        found.add(name)
        if tensor.shape == here.shape:
            fitting[name] = tensor.to(here.dtype)
            loaded.update(names)
            if tensor.dtype != here.dtype:
                cast[there] = (_word(tensor.dtype), _word(here.dtype))
        elif name in classes and tensor.shape[1:] == here.shape[1:]:
            kept_out.update(names)
        else:
            shapes[there] = (tuple(tensor.shape), tuple(here.shape))
    params, flops = shares(net, fitting)
    report = WeightsReport(
        loaded=tuple(sorted(loaded)),
        missing=tuple(sorted(own.keys() - found)),
        unexpected=tuple(sorted(strangers)),
        mismatched=tuple((name, *shapes[name]) for name in sorted(shapes)),
        cast=tuple((name, *cast[name]) for name in sorted(cast)),
        left_out=tuple(sorted(kept_out)),
        dead=tuple(sorted(dead)),
        params=params,
        flops=flops,
    )
    return Match(fitting, report)


def take(net: nn.Module, fitting: Mapping[str, Tensor]) -> None:
    """Copy tensors into the net's own of the same names, shapes and types; ArchlabError where these hold no numbers."""
    own = tensors(net)
    hollow = [name for name in fitting if own[name].is_meta]
    if hollow:
        raise ArchlabError(
            f"{hollow[0]} of the net is on the meta device, nothing was loaded. Build the net outside of "
            'torch.device("meta"), or give it memory first: net.to_empty(device="cpu").'
        )
    with torch.no_grad():
        for name, tensor in fitting.items():
            own[name].copy_(tensor)


@functools.cache
def _convertible(there: torch.dtype, here: torch.dtype) -> bool:
    """Whether numbers of one type can be taken over as another: of the same kind, and known to torch as numbers."""
    if there.is_complex or there.is_floating_point != here.is_floating_point:
        return False
    try:  # of packed numbers and bare bits torch can only tell by trying
        torch.empty(1, dtype=there).to(here)
    except RuntimeError:
        return False
    return True


def _word(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")
