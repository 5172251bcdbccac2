"""Parameters and MACs as other tools count them, and what each of them does not see."""

from __future__ import annotations

import re
import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import FlopCounterMode, flop_registry

from archlab.compiler import Backbone
from archlab.document.entries import Input
from archlab.profiler.clock import Tick
from archlab.profiler.result import Count
from archlab.profiler.target import Target, out_of_memory
from archlab.text.numbers import exact, percent
from archlab.text.sentences import first_line

MOVES = re.compile(
    "empty|clone|copy|cat|pad|roll|index|full|zeros|ones|arange|stack|shape|contiguous|detach"
    "|flat|expand|fold|view|split|permute|chunk|squeeze|flip|movedim|select|slice"
)
MATRIX_WORDS = ("attention", "matmul", "mm", "conv", "linear", "einsum")


def measure(target: Target, tick: Tick) -> tuple[Count, ...]:
    """One row per tool, of the same network, input and batch; a tool that crashes says so in its row."""
    reference = _Reference(target)
    rows = []
    for tool, count in _TOOLS.items():
        tick()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                rows.append(count(target, reference))
        except Exception as error:
            if out_of_memory(error):
                raise
            reason = f"crashes: {type(error).__name__}: {first_line(error)[:200]}"
            rows.append(Count(tool=tool, params=None, macs=None, blind_to=reason))
    return tuple(rows)


class _Uncounted(TorchDispatchMode):
    """Collects computing operators for which FlopCounterMode has no formula."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: Counter[str] = Counter()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        made = func(*args, **(kwargs or {}))
        if func.overloadpacket not in flop_registry and not func.is_view and _computes(func):
            self.calls[func.overloadpacket.__name__.strip("_")] += 1
        return made


def _computes(func: Any) -> bool:
    """Whether an operator does arithmetic; making, copying and rearranging tensors is none."""
    return not MOVES.search(func.overloadpacket.__name__)


class _Reference:
    """What every tool is compared with: one run on meta tensors under torch's FlopCounterMode.

    Attributes:
        by_module: MACs of each module by name.
        macs, params: of the whole network.
        uncounted: calls of arithmetic operators that FlopCounterMode has no formula for.
    """

    def __init__(self, target: Target) -> None:
        shape = tuple(target.x.shape)
        with torch.device("meta"):
            self.net = Backbone(target.net.graph, target.net.spec).eval()
            self.x = torch.empty(shape)
        uncounted = _Uncounted()
        with FlopCounterMode(display=False) as counter, uncounted, torch.no_grad():
            self.net(self.x)
        self.by_module = {
            name.partition(".")[2]: sum(ops.values()) // 2 for name, ops in counter.get_flop_counts().items()
        }
        self.macs = counter.get_total_flops() // 2
        self.params = sum(p.numel() for p in self.net.parameters())
        self.uncounted = uncounted.calls


def _archlab(target: Target, reference: _Reference) -> Count:
    from archlab.estimator import estimate

    if target.net.spec is None:
        raise ValueError("a backbone built from a bare graph has no document to estimate")
    batch, channels, *size = target.x.shape
    known = estimate(target.net.spec.with_input(Input(channels=channels, size=tuple(size))), batch=batch)
    return Count(
        tool="archlab estimate",
        params=known.params,
        macs=known.macs,
        blind_to=f"Elementwise work has a column of its own. Not counted: {'; '.join(known.not_counted)}.",
    )


def _flop_counter(target: Target, reference: _Reference) -> Count:
    listed = _listed(reference.uncounted)
    return Count(
        tool="FlopCounterMode (meta)",
        params=reference.params,
        macs=reference.macs,
        blind_to=_sentence([f"elementwise work: {listed}"] if listed else []),
    )


def _torchinfo(target: Target, reference: _Reference) -> Count:
    import torchinfo

    summary = torchinfo.summary(reference.net, input_data=[reference.x], device="meta", verbose=0)
    names = {id(module): name for name, module in reference.net.named_modules()}
    tool: Counter[str] = Counter()
    truth: Counter[str] = Counter()
    for layer in summary.summary_list:
        if layer.is_leaf_layer and layer.executed:
            tool[layer.class_name] += layer.macs
            truth[layer.class_name] += reference.by_module.get(names[layer.layer_id], 0)
    said = []
    outside = reference.macs - sum(truth.values())
    if outside > 0:
        said.append(f"functions outside layers, such as attention's two matrix products ({_share(outside, reference)})")
    said += [
        f"{kind} on tokens: counts {exact(tool[kind])} of {exact(truth[kind])} MACs, "
        "as if there were one token a sample"
        for kind in sorted(truth)
        if tool[kind] < truth[kind]
    ]
    extra = sum(tool[kind] - truth[kind] for kind in truth if tool[kind] > truth[kind])
    seen = _sentence(said)
    if extra:
        where = ", ".join(k for k in truth if tool[k] > truth[k])
        seen += f" Adds {exact(extra)} for biases and other weights ({where})."
    params = sum(layer.num_params for layer in summary.summary_list if layer.depth == 0)
    return Count(tool="torchinfo", params=params, macs=int(summary.total_mult_adds), blind_to=seen)


def _fvcore(target: Target, reference: _Reference) -> Count:
    from fvcore.nn import FlopCountAnalysis, parameter_count

    with torch.no_grad():
        analysis = FlopCountAnalysis(_Listless(target.net), (target.x,))
        analysis.unsupported_ops_warnings(False).uncalled_modules_warnings(False).tracer_warnings("none")
        macs = int(analysis.total())
        skipped = Counter({op.removeprefix("aten::"): n for op, n in analysis.unsupported_ops().items()})
        counted = {op: int(n) for op, n in analysis.by_operator().items()}
    products = Counter({op: n for op, n in skipped.items() if any(word in op for word in MATRIX_WORDS)})
    others = Counter({op: n for op, n in skipped.items() if op not in products and not MOVES.search(op)})
    said = []
    if products:
        missing = reference.macs - sum(n for op, n in counted.items() if any(word in op for word in MATRIX_WORDS))
        said.append(f"{_listed(products)} ({_share(missing, reference)})")
    if others:
        said.append(f"elementwise {_listed(others)}")
    extra = {op: n for op, n in counted.items() if n and not any(word in op for word in MATRIX_WORDS)}
    seen = _sentence(said)
    if extra:
        seen += f" Adds {exact(sum(extra.values()))} for {', '.join(sorted(extra))}."
    return Count(tool="fvcore", params=int(parameter_count(target.net)[""]), macs=macs, blind_to=seen)


class _Listless(nn.Module):
    """The network with a tuple as output: torch.jit's tracer takes no lists."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, x: Tensor) -> Tensor | tuple[Tensor, ...]:
        """The outputs as a tuple."""
        out = self.net(x)
        return tuple(out) if isinstance(out, list) else out


_TOOLS: dict[str, Callable[[Target, _Reference], Count]] = {
    "archlab estimate": _archlab,
    "FlopCounterMode (meta)": _flop_counter,
    "torchinfo": _torchinfo,
    "fvcore": _fvcore,
}


def _share(macs: int, reference: _Reference) -> str:
    return f"{exact(macs)} MACs, {percent(macs / max(reference.macs, 1))} of the whole"


def _listed(calls: Counter[str]) -> str:
    """The most frequent operators with their number of calls."""
    common = calls.most_common(8)
    words = [f"{op} x{n}" for op, n in common]
    return ", ".join(words) + (" and others" if len(calls) > len(common) else "")


def _sentence(said: Sequence[str]) -> str:
    return f"Blind to {'; '.join(said)}." if said else "Nothing found missing here."
