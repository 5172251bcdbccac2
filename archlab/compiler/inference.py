"""The verb `optimize`: a copy of a net that computes the same with fewer operations, for inference alone."""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.modules.conv import _ConvNd

from archlab.compiler.backbone import Backbone
from archlab.compiler.given import net_with_numbers
from archlab.compiler.optimized import Optimized
from archlab.compiler.pairs import pairs
from archlab.document.diagnostics import ArchlabError
from archlab.nn.norm import LAST_FORMAT


def optimize(net: Backbone) -> Backbone:
    """A copy for inference: batch norms folded into the convolutions before them, channels last in memory.

    It agrees with `net.eval()` but for rounding, at every node, link and output. It is in eval mode, its parameters
    take no gradients, and it is a `Backbone` like any other, with the same ids and `feature_info`. A batch norm is
    folded where it reads the output of a convolution directly and alone: it is an `nn.Identity` then, and the
    convolution has a bias. `optimize_report` of the copy says which were folded, and why others were not. `net` stays
    as it is, and what becomes of it later does not reach the copy.

    Raises:
        ArchlabError: a tensor of `net` is on the meta device, or is computed from others (pruning), or its parts do not
            run there.
        TypeError: it is no net that archlab built.
    """
    given = net_with_numbers(net, "optimize")
    for name, module in given.named_modules():
        computed = [key for key, value in vars(module).items() if isinstance(value, Tensor) and not value.is_leaf]
        if computed:  # what prune and the older weight_norm leave; torch copies leaves only
            where = f"{name}.{computed[0]}".lstrip(".")
            hint = "Make it permanent first: torch.nn.utils.prune.remove, or torch.nn.utils.remove_weight_norm."
            raise ArchlabError(f"optimize: {where} is computed from other tensors, so the net cannot be copied. {hint}")
    found = pairs(given)
    fast = copy.deepcopy(given).eval().requires_grad_(False)
    for conv, norm in found.found:
        _fold(fast.get_submodule(conv), fast.get_submodule(norm))  # type: ignore[arg-type]
        fast.set_submodule(norm, nn.Identity().eval())
    for module in fast.modules():
        if isinstance(module, _ConvNd) and "weight" in module._parameters and module.weight.dim() in LAST_FORMAT:
            module.weight.data = module.weight.data.contiguous(memory_format=LAST_FORMAT[module.weight.dim()])
    fast.weights_report = None  # of tensors that it no longer has
    fast.optimize_report = Optimized(folded=found.found, alone=found.alone)
    return fast


def _fold(conv: _ConvNd, norm: _BatchNorm) -> None:
    """Gives a convolution the weight and bias with which it computes what both did, rounded once.

        norm(W * x + b) = (s W) * x + s (b - mean) + beta,   s = gamma / sqrt(variance + eps)

    Source: Jacob et al. 2018 (integer-only inference), section 3.2.
    """
    mean, variance, weight = _exact(norm.running_mean), _exact(norm.running_var), _exact(conv.weight)
    scale = _exact(norm.weight, 1.0) / torch.sqrt(variance + norm.eps)
    bias = (_exact(conv.bias, 0.0) - mean) * scale + _exact(norm.bias, 0.0)
    weight = weight * scale.view(-1, *(1,) * (weight.dim() - 1))
    for name, tensor in (("weight", weight), ("bias", bias)):
        setattr(conv, name, nn.Parameter(tensor.to(conv.weight), requires_grad=False))


def _exact(tensor: Tensor | None, missing: float = 0.0) -> Tensor:
    """In float64 on the CPU, which not every device has."""
    return torch.tensor(missing, dtype=torch.float64) if tensor is None else tensor.detach().cpu().double()
