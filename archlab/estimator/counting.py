"""What a run on the meta device is watched by: an operation counter, and composite functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import nn
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

from archlab.costing.strides import like
from archlab.estimator.operations import NO_ARITHMETIC, PER_INPUT, PER_OUTPUT
from archlab.nn.shared import is_constant


class Kept:
    """Storages that autograd keeps for the backward pass, parameters, buffers and shared constants excepted.

    They are held while the run lasts: storage addresses are used again once freed.
    """

    def __init__(self, module: nn.Module) -> None:
        self._own = {t.untyped_storage()._cdata for t in (*module.parameters(), *module.buffers())}
        self.storages: dict[int, torch.UntypedStorage] = {}

    def pack(self, tensor: torch.Tensor) -> torch.Tensor:
        """The hook: note the storage, change nothing."""
        storage = tensor.untyped_storage()
        if storage._cdata not in self._own and not is_constant(tensor):
            self.storages[storage._cdata] = storage
        return tensor


class Counter(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Counts MACs by torch's own formulas, element-wise operations by ours, and names what neither knows."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.macs = 0
        self.elementwise = 0
        self.uncounted: set[str] = set()
        self.exact = True  # False once the meta device lays a result otherwise than a real one
        self.paused = False  # inside a function whose element-wise work is counted as a whole

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        packet = func._overloadpacket
        name = packet.__name__.removesuffix("_")
        known = name in PER_OUTPUT or name in PER_INPUT or name in NO_ARITHMETIC
        if packet not in flop_registry and not known and func is not torch.ops.prim.device.default:
            with self:
                decomposed = func.decompose(*args, **kwargs)
            if decomposed is not NotImplemented:
                return decomposed
        out = func(*args, **kwargs)
        if name == "convolution":
            out = _laid_as_on_a_device(out, args[0])
        if packet in flop_registry:
            self.macs += flop_registry[packet](*args, **kwargs, out_val=out) // 2
        elif not self.paused:
            self._count(name, func, args, out)
        return out

    def _count(self, name: str, func: Any, args: tuple[Any, ...], out: Any) -> None:
        first = next((a for a in args if isinstance(a, torch.Tensor)), None)
        result = out[0] if isinstance(out, tuple | list) and out else out
        if not isinstance(result, torch.Tensor) or not result.is_floating_point():  # counters and indices
            return
        if name.startswith(("native_batch_norm", "_native_batch_norm", "cudnn_batch_norm")):
            # instance norm comes here too, without scale and shift
            self.elementwise += (4 if args[1] is None else 5) * result.numel()
            # on the meta device the result keeps its input's memory order, on others it does not
            self.exact = self.exact and args[0].is_contiguous()
        elif name in PER_OUTPUT:
            self.elementwise += PER_OUTPUT[name] * result.numel()
        elif name in PER_INPUT and first is not None:
            self.elementwise += PER_INPUT[name] * first.numel()
        elif name not in NO_ARITHMETIC and not func.is_view:
            self.uncounted.add(name)


def _laid_as_on_a_device(out: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """What a convolution of `x` leaves, in the memory order that it has on a real device: channels-last like `x`.

    On the meta device it is always in order. Without this, whatever comes behind would be taken to lie otherwise.
    """
    lies = like([(tuple(x.shape), x.stride())], tuple(out.shape))
    return out if lies == out.stride() else torch.empty_strided(out.shape, lies, dtype=out.dtype, device=out.device)


class Composites(TorchFunctionMode):
    """Functions that are counted as a whole: linear layers without their bias, attention as the CPU does it.

    Attention takes the flash kernel where the CPU would, the math path otherwise; on the meta device torch itself
    always takes the math path, which keeps the attention matrix. Source: torch's `_fused_sdp_choice_cpp`.
    """

    def __init__(self, counter: Counter) -> None:
        super().__init__()
        self.counter = counter

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        if func is torch.nn.functional.linear:
            return self._alone(lambda: func(*args, **kwargs))
        if func is not torch.nn.functional.scaled_dot_product_attention:
            return func(*args, **kwargs)
        names = ("query", "key", "value", "attn_mask", "dropout_p", "is_causal")
        given = dict(zip(names, args, strict=False)) | kwargs
        q, k, v = given["query"], given["key"], given["value"]
        mask, dropout = given.get("attn_mask"), given.get("dropout_p", 0.0)
        scores = q.numel() // q.shape[-1] * k.shape[-2]
        self.counter.elementwise += scores * (5 + (mask is not None) + 2 * bool(dropout))
        fits = q.dim() == 4 and q.shape[-1] == k.shape[-1] == v.shape[-1]
        fits = fits and all(t.stride(-1) == 1 for t in (q, k, v))
        if not fits or dropout or given.get("enable_gqa") or (mask is not None and mask.requires_grad):
            return self._alone(lambda: func(*args, **kwargs))
        return self._alone(
            lambda: torch.ops.aten._scaled_dot_product_flash_attention_for_cpu(
                q, k, v, 0.0, given.get("is_causal", False), attn_mask=mask, scale=given.get("scale")
            )[0],
            macs=scores * (q.shape[-1] + v.shape[-1]),
        )

    def _alone(self, attend: Callable[[], Any], macs: int | None = None) -> Any:
        """Run with the counter's element-wise part off; `macs` replaces what it counts, now or in later torch."""
        before = self.counter.macs
        self.counter.paused = True
        try:
            return attend()
        finally:
            self.counter.paused = False
            if macs is not None:
                self.counter.macs = before + macs
