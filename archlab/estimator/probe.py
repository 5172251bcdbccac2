"""The cost of any module: one run on the meta device, where tensors have shapes and no numbers.

Used for parts without a closed form, and in tests as the truth that closed forms must equal. torch is imported
inside, so that a document of parts with closed forms is estimated without it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from archlab.spec.cost import Cost
from archlab.spec.feature_map import FeatureMap
from archlab.spec.recorder import Conditions

if TYPE_CHECKING:
    import torch
    from torch import nn

# Element-wise operations per output element, or per input element where marked; the convention of `spec.tape`.
_PER_OUTPUT = {
    **dict.fromkeys(
        "abs add celu clamp clamp_min cos div elu erf exp floor_divide gelu hardsigmoid hardswish hardtanh "
        "leaky_relu log maximum minimum mish mul neg pow _prelu_kernel prelu reciprocal relu relu6 rsqrt rsub "
        "sigmoid silu sin softplus sqrt square sub tanh where addcmul lerp".split(),
        1,
    ),
    **dict.fromkeys("upsample_bilinear2d upsample_bicubic2d upsample_trilinear3d upsample_linear1d".split(), 4),
    "native_group_norm": 5,
    "native_layer_norm": 5,
    "_softmax": 5,
    "_log_softmax": 5,
}
_PER_INPUT = dict.fromkeys(
    "adaptive_avg_pool2d _adaptive_avg_pool2d _adaptive_avg_pool3d avg_pool2d avg_pool3d amax amin max mean "
    "max_pool2d_with_indices max_pool3d_with_indices min prod sum cumsum".split(),
    1,
) | {"linalg_vector_norm": 2, "var": 3, "var_mean": 4, "std": 3, "std_mean": 4}
_MOVES = frozenset(
    "_reshape_alias _to_copy _unsafe_view alias arange as_strided bernoulli bernoulli_ cat clone constant_pad_nd "
    "copy copy_ detach diagonal empty empty_like empty_strided expand fill fill_ flip full full_like gather index "
    "index_select lift_fresh masked_fill new_empty new_full new_ones new_zeros ones ones_like permute pixel_shuffle "
    "pixel_unshuffle rand rand_like randn reflection_pad1d reflection_pad2d reflection_pad3d repeat "
    "replication_pad2d replication_pad3d reshape roll scalar_tensor select slice slice_scatter split "
    "split_with_sizes squeeze stack t transpose tril triu unbind unfold unsqueeze upsample_nearest2d "
    "upsample_nearest3d view zeros zeros_like resize_ set_ view_as_real view_as_complex".split()
)


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
    counter = Counter(_PER_OUTPUT, _PER_INPUT, _MOVES)
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
