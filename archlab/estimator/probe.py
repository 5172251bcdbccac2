"""The cost of any module: one run on the meta device, where tensors have shapes and no numbers.

Used for parts without a closed form, and in tests as the truth that closed forms must equal: counts and bytes from
torch itself. Where the meta device lays a result otherwise than a real one, `counting` mends it (convolutions) or says
None for the bytes (a batch norm of a map that is not in order).

torch is imported inside, so that a document of parts with closed forms is estimated without it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from archlab.costing.cost import Cost
from archlab.costing.recorder import Conditions
from archlab.document.feature_map import FeatureMap

if TYPE_CHECKING:
    import torch
    from torch import nn


def count(
    module_fn: Callable[[], nn.Module], inputs: Sequence[FeatureMap], conditions: Conditions | None = None
) -> Cost:
    """Build a module and run it once on the meta device, in training mode and float32.

    Args:
        module_fn: builds the module; called under `torch.device("meta")`, or on the CPU where that fails.
        inputs: the maps that enter, without batch axis.
        conditions: batch size, memory layout and need for gradients of the inputs; one sample by default.

    Raises:
        Whatever the module raises when it is built or run.
    """
    import torch

    conditions = conditions or Conditions()
    module = _on_meta(module_fn)
    module.train()
    layouts = (conditions.strides, conditions.query_strides, *(None for _ in inputs))
    with torch.device("meta"), torch.enable_grad():
        tensors = []
        for i, (map, strides) in enumerate(zip(inputs, layouts, strict=False)):
            shape = map.shape(conditions.batch)
            x = torch.empty(shape) if strides is None else torch.empty_strided(shape, strides)
            tensors.append(x.requires_grad_(i > 0 or conditions.input_grad))
        return _run(module, tensors, conditions.batch)


def _on_meta(module_fn: Callable[[], nn.Module]) -> nn.Module:
    import torch

    try:
        with torch.device("meta"):
            return module_fn()
    except Exception:  # a constructor that needs numbers (.item(), .numpy()) is built on the CPU instead
        return module_fn().to("meta")


def _run(module: nn.Module, inputs: list[torch.Tensor], batch: int) -> Cost:
    import torch

    from archlab.estimator.counting import Composites, Counter, Kept

    kept = Kept(module)
    counter = Counter()
    hooks = torch.autograd.graph.saved_tensors_hooks(kept.pack, lambda tensor: tensor)
    with hooks, counter, Composites(counter):
        y: Any = module(*inputs)
    if not isinstance(y, torch.Tensor):
        raise TypeError(f"it returned {type(y).__name__}, not one tensor")
    storages = [t.untyped_storage()._cdata for t in (*inputs, y)]
    own = sum(s.nbytes() for key, s in kept.storages.items() if key not in storages)
    whole = y.untyped_storage().nbytes() == y.numel() * y.element_size()
    return Cost(
        params=sum(p.numel() for p in module.parameters() if p.requires_grad),
        macs=counter.macs // batch,
        elementwise=counter.elementwise // batch,
        saved_bytes=own if whole and counter.exact else None,
        saves_input=storages[0] in kept.storages,
        saves_output=storages[-1] in kept.storages,
        saves_query=len(inputs) > 1 and storages[1] in kept.storages,
        aliases_input=storages[-1] == storages[0],
        batch=batch,
        strides=None if y.is_contiguous() else tuple(y.stride()),
        uncounted=tuple(sorted(counter.uncounted)),
    )
