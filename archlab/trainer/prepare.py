"""From a document or a net and a task to a net that can be trained on it."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from archlab.document.diagnostics import ArchlabError
from archlab.document.feature_map import FeatureMap
from archlab.document.spec import Spec
from archlab.trainer.task import Data, Task

if TYPE_CHECKING:
    from archlab.compiler import Backbone


def seed_everything(seed: int) -> None:
    """Seed Python's, NumPy's and torch's global generators."""
    random.seed(seed)
    np.random.seed(seed % 2**32)  # noqa: NPY002 - users' datasets draw from it
    torch.manual_seed(seed)


def as_device(name: str) -> torch.device:
    """The device of that name; `auto` = the first GPU, else the CPU. ValueError for one that is not there."""
    if name == "auto":
        return torch.device("cuda:0" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        reason = str(error).partition("\n")[0]
        raise ValueError(f'There is no device "{name}" here: {reason} Use "cpu" or "auto".') from error
    return device


def as_spec_or_net(given: Any) -> tuple[Spec | None, Backbone | None]:
    """The argument as a document, or as a net; TypeError for anything else."""
    if isinstance(given, Spec):
        return given, None
    if hasattr(given, "run") and hasattr(given, "graph"):
        return given.spec, given
    raise TypeError(f"Training takes a Spec or a net made by archlab.build; got {type(given).__name__}.")


def input_of(spec: Spec | None, net: Backbone | None) -> FeatureMap:
    """The input that the document or net is made for."""
    if net is not None:
        image = next(n.out for n in net.graph.nodes if n.kind == "input")
        assert image is not None
        return image
    assert spec is not None
    return spec.input.feature_map()


def with_head(spec: Spec | None, net: Backbone | None, task: Task, data: Data) -> tuple[Backbone, str]:
    """A net with a head for the task, and a note on the head that was added, empty when there was one.

    A given net keeps its modules: the net with a head holds the very same ones, so that training it trains both.
    Raises ArchlabError when the document has errors, or a head that does not fit the task.
    """
    from archlab.compiler import build

    note = ""
    head = spec.head if spec is not None else None
    if net is not None and net.graph.head is not None:
        headed = net
    elif spec is None:
        raise ArchlabError("The net has no head, and no document to add one to. Build it from a Spec with a head.")
    elif head is not None:
        headed = build(spec)
    else:
        type_, fields = task.head(data.classes)
        headed = build(spec.with_head(type_, **fields), None if net is None else net.registry)
        if net is not None:
            plain = getattr(net, "_orig_mod", net)  # under torch.compile's wrapper
            for name, child in plain.named_children():
                setattr(headed, name, child)
        listed = ", ".join(f"{key} {value}" for key, value in fields.items())
        note = f'The document has no head: "{type_}" ({listed}) was added for this run.'
    _fits(headed, task, data)
    return headed, note


def _fits(net: Backbone, task: Task, data: Data) -> None:
    """ArchlabError when the head's output is not what the task asks for."""
    head = net.graph.head
    assert head is not None
    out = head.out
    assert out is not None
    image = input_of(None, net)
    type_, fields = task.head(data.classes)
    arguments = ", ".join(f"{key}={value!r}" for key, value in fields.items())
    advice = f'Use spec.with_head("{type_}", {arguments}), or None to have it added.'
    if task.kind == "classify" and out.size:
        raise ArchlabError(f"The task {task.name} needs one vector per image; the head gives maps of {out}. {advice}")
    if task.kind == "dense" and out.size != image.size:
        found = str(out) if out.size else f"a vector of {out.channels}"
        raise ArchlabError(
            f"The task {task.name} needs maps of the input's size {image}; the head gives {found}. {advice}"
        )
    if out.channels < len(data.classes):
        raise ArchlabError(
            f"The task {task.name} has {len(data.classes)} classes; the head gives {out.channels}. {advice}"
        )
