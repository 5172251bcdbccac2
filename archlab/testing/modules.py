"""What the module of a part owes on a map that the part admits.

Every contract yields sentences about what is wrong; none where it holds.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import nn

from archlab.costing.cost import Cost
from archlab.costing.recorder import Conditions
from archlab.document.feature_map import FeatureMap
from archlab.testing import traces
from archlab.testing.parts import unclear
from archlab.testing.trials import AnyTrial, LayoutTrial, OnTop, tensors
from archlab.testing.truth import kept_for_backward, macs_on_meta, shapes

LARGEST_SMALL = 16  # pixels a side: a part that works on none up to this size is tried on its samples only


def shape(trial: AnyTrial) -> Iterator[str]:
    """What leaves has the shape that `out` says, and is finite."""
    with torch.no_grad():
        y = trial.build().eval()(*tensors(trial))
    if shapes(y) != trial.shapes():
        yield f"`out` says {trial.shapes()}, the module gives {shapes(y)}."
    if not all(bool(t.isfinite().all()) for t in traces.listed(y)):
        yield "The module gives numbers that are not finite."


def cost(trial: AnyTrial, conditions: Conditions | None = None) -> Iterator[str]:
    """Parameters, MACs and bytes are those of the module, to the unit; without a closed form, those of the probe."""
    conditions = conditions or Conditions(batch=2)
    measured, said = trial.measured(conditions), trial.cost(conditions)
    module, xs = trial.build(), tensors(trial, conditions.batch)
    if conditions.strides is not None:
        xs[0] = torch.empty_strided(trial.x.shape(conditions.batch), conditions.strides).normal_().requires_grad_()
    xs[0].requires_grad_(conditions.input_grad)
    if isinstance(trial, LayoutTrial):
        found: dict[str, object] = {}
    else:
        found = _kept(module, xs, said)
    found["params"] = sum(p.numel() for p in module.parameters() if p.requires_grad)
    found["macs"] = macs_on_meta(module, *xs) / conditions.batch
    if said is None:
        known = {k: v for k, v in found.items() if k in ("params", "macs") or _knows(measured, k)}
        yield from _compared("The probe", measured, known)
        return
    if said.saved_bytes is None:
        yield "The closed form does not say `saved_bytes`."
    yield from _compared("The closed form", said, found)
    yield from _compared("The closed form", said, {k: getattr(measured, k) for k in ("params", "macs", "elementwise")})
    if measured.saved_bytes not in (said.saved_bytes, None):
        yield f"The closed form says saved_bytes {said.saved_bytes}, the probe {measured.saved_bytes}."
    if measured.uncounted:
        yield f"The module does arithmetic that nothing counts: {', '.join(measured.uncounted)}."


def _kept(module: nn.Module, xs: list[torch.Tensor], said: Cost | None) -> dict[str, object]:
    """What one run on the CPU keeps for backward, by the fields of `Cost`."""
    y, kept = kept_for_backward(module, *xs)
    found: dict[str, object] = {
        "saved_bytes": kept.bytes,
        "saves_input": kept.ends[0],
        "saves_output": kept.ends[-1],
        "aliases_input": y.untyped_storage().data_ptr() == xs[0].untyped_storage().data_ptr(),
    }
    if len(xs) > 1:
        found["saves_query"] = kept.ends[1]
    if said is not None and not _lies_so(said, y, xs[0]):
        found["strides"] = tuple(y.stride())
    return found


def _lies_so(said: Cost, y: torch.Tensor, x: torch.Tensor) -> bool:
    """Whether the output lies in memory as the closed form says; axes of one element lie anyhow."""
    given = x.stride() if said.aliases_input else said.strides
    lies = y.stride() if given is None and y.is_contiguous() else given
    if lies is None:
        return False
    return all(a == b for a, b, n in zip(lies, y.stride(), y.shape, strict=True) if n > 1)


def _knows(measured: Cost, field: str) -> bool:
    """The probe knows bytes and flags together, or none of them."""
    return measured.saved_bytes is not None and field != "strides"


def _compared(who: str, said: Cost, found: dict[str, object]) -> Iterator[str]:
    for name, value in found.items():
        if getattr(said, name) != value:
            yield f"{who} says {name} {getattr(said, name)}, the module has {value}."


def gradients(trial: AnyTrial) -> Iterator[str]:
    """Every parameter and every input receives a finite gradient."""
    torch.manual_seed(0)
    module, xs = trial.build().train(), tensors(trial, batch=4)
    torch.stack([y.square().sum() for y in traces.listed(module(*xs))]).sum().backward()
    mine = [(name, p) for name, p in module.named_parameters() if not isinstance(trial, OnTop) or trial.owns(name)]
    named = [*mine, *((f"input {i}", x) for i, x in enumerate(xs))]
    lost = [name for name, t in named if t.requires_grad and (t.grad is None or not bool(t.grad.isfinite().all()))]
    if lost:
        yield f"No finite gradient reaches {', '.join(lost)}."


def seed(trial: AnyTrial) -> Iterator[str]:
    """Built and run twice from one seed, the module answers alike."""
    results = []
    for _ in range(2):
        torch.manual_seed(7)
        results.append(traces.listed(trial.build().train()(*tensors(trial, seed=1))))
    if not all(map(torch.equal, *results)):
        yield "Built and run twice with the same seed, it gives two results."


def weights(trial: AnyTrial) -> Iterator[str]:
    """The weights of one module, loaded into another, make the same module of it."""
    torch.manual_seed(1)
    one, other = trial.build().eval(), trial.build().eval()
    other.load_state_dict(one.state_dict(), strict=True)
    xs = tensors(trial)
    with torch.no_grad():
        pairs = zip(traces.listed(one(*xs)), traces.listed(other(*xs)), strict=True)
        if not all(torch.equal(a, b) for a, b in pairs):
            yield "With the `state_dict` of another module of its kind it computes something else than that."


def meta(trial: AnyTrial) -> Iterator[str]:
    """It can be built and run on the meta device, where nothing is allocated."""
    with torch.device("meta"):
        module = trial.build()
    real = [name for name, p in module.named_parameters() if not p.is_meta]
    if real:
        yield f"Built on the meta device, these parameters are not there: {', '.join(real)}."
        return
    y = module(*(x.to("meta") for x in tensors(trial)))
    if shapes(y) != trial.shapes():
        yield f"On the meta device it gives {shapes(y)}, `out` says {trial.shapes()}."


def compiled(trial: AnyTrial) -> Iterator[str]:
    """`torch.compile` and `torch.export` make the same of it, in one graph."""
    yield from traces.faults(trial)


def smallest(trial: AnyTrial) -> Iterator[str]:
    """On square maps that grow from one pixel it explains itself until it works, and then it does."""
    for pixels in range(1, max(LARGEST_SMALL, *trial.x.size[-2:]) + 1):
        grid = FeatureMap(channels=trial.x.channels, size=(*trial.x.size[:-2], pixels, pixels), tokens=trial.x.tokens)
        small = trial.on(grid)
        if small.admitted:
            yield from (f"On {small.x}: {fault}" for fault in shape(small))
            return
        for problem in small.problems():
            yield from (f"On {small.x} {fault}" for fault in unclear(problem))
    yield f"It admits no square map of up to {pixels} pixels a side."
