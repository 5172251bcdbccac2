"""Which batch norm reads the output of which convolution, directly and alone: seen in a run, not guessed from names."""

from __future__ import annotations

from collections import Counter
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.utils import parametrize

from archlab.compiler.backbone import Backbone
from archlab.compiler.watching import Watch, hollow_copy
from archlab.document.diagnostics import ArchlabError
from archlab.text.sentences import first_line

CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d)
NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d, nn.SyncBatchNorm)
FORWARD_HOOKS = ("_forward_pre_hooks", "_forward_hooks")
HOOKS = (*FORWARD_HOOKS, "_backward_pre_hooks", "_backward_hooks")


class Pairs(NamedTuple):
    """Names of convolution and norm of every pair; names of the other batch norms, each with the reason."""

    found: tuple[tuple[str, str], ...]
    alone: tuple[tuple[str, str], ...]


def pairs(net: Backbone) -> Pairs:
    """The pairs of a run in eval mode, on the meta device, on an input of the size that the net was built for.

    In a pair the norm gets the convolution's output, at most with its axes arranged anew, and nobody else does: no
    other operation, no hook, nor whoever asks for the map of a node or link. Both modules are of torch's own types,
    called once, without hooks, parametrizations, or tensors that other modules hold too.

    Raises ArchlabError where the net does not run on the meta device.
    """
    modules: dict[str, nn.Module] = {
        name: m for name, m in net.named_modules() if isinstance(m, (*CONVOLUTIONS, _BatchNorm))
    }
    unfit = _unfit(net, modules)
    run = _Run(net, modules)
    found: list[tuple[str, str]] = []
    alone: list[tuple[str, str]] = []
    for name, module in modules.items():
        if isinstance(module, _BatchNorm):
            conv, why = run.source(name)
            why = unfit[name] or why or (unfit[conv] and f"its convolution {unfit[conv]}")
            (alone if why else found).append((name, why) if why else (conv, name))
    return Pairs(tuple(found), tuple(alone))


class _Run:
    """What convolutions gave and norms got while a hollow copy of the net ran."""

    def __init__(self, net: Backbone, modules: dict[str, nn.Module]) -> None:
        self.watch = Watch()
        self.calls: Counter[str] = Counter()
        self.given: dict[int, str] = {}  # the convolution, by the id of its output
        self.got: dict[str, Tensor] = {}  # the input of a norm
        self.held: dict[str, list[Tensor]] = {}
        twin = hollow_copy(net)
        for name, module in twin.named_modules():
            hooked = any(getattr(module, hooks) for hooks in FORWARD_HOOKS)
            for hooks in HOOKS:
                getattr(module, hooks).clear()
            if hooked:
                module.register_forward_pre_hook(lambda module, args: self.watch.use(args))
                module.register_forward_hook(lambda module, args, out: self.watch.use(out))
            if name in modules:
                self._listen(name, module)
        dtype = next((p.dtype for p in net.parameters()), torch.float32)
        x = torch.empty(net.image.shape(), device="meta", dtype=dtype)
        try:
            with torch.no_grad(), self.watch:
                twin.run(x, self.watch)
        except Exception as error:  # whatever a part may raise where its tensors have no numbers
            raise ArchlabError(f"optimize: the net does not run on the meta device ({first_line(error)}).") from error

    def source(self, norm: str) -> tuple[str, str]:
        """The convolution of a norm, or an empty name and the reason."""
        if self.calls[norm] != 1 or norm not in self.got:
            return "", "is not called once, with one map"
        way = self.watch.way(self.got[norm], start=lambda tensor: id(tensor) in self.given)
        if way is None:
            return "", "reads no convolution's output"
        conv = self.given[id(way[0])]
        if any(self.watch.uses[id(tensor)] != 1 for tensor in way) or self.calls[conv] != 1:
            return "", "its convolution's output is used elsewhere too"
        if self._reads(conv) > 1 or self._reads(norm):  # what a norm reads itself is not counted
            return "", "its tensors or its convolution's are read elsewhere too"
        if self.watch.channels(way) != 1:
            return "", "normalises another axis than its convolution's channels"
        return conv, ""

    def _reads(self, name: str) -> int:
        """How often the tensors of a module were read, the one that was read most."""
        return max((self.watch.uses[id(tensor)] for tensor in self.held[name]), default=0)

    def _listen(self, name: str, module: nn.Module) -> None:
        def before(module: nn.Module, args: Any, kwargs: Any) -> None:
            self.calls[name] += 1
            if isinstance(module, _BatchNorm):
                self.watch.use((args, kwargs))
                self.watch.quiet = True
                if len(args) == 1 and not kwargs:
                    self.got[name] = args[0]

        def after(module: nn.Module, args: Any, out: Any) -> None:
            self.watch.quiet = False
            if not isinstance(module, _BatchNorm) and isinstance(out, Tensor):
                self.given[id(out)] = name

        self.held[name] = _held(module)
        module.register_forward_pre_hook(before, with_kwargs=True)
        module.register_forward_hook(after)


def _unfit(net: nn.Module, modules: dict[str, nn.Module]) -> dict[str, str]:
    """By name, why a convolution or norm must stay as it is; empty where it need not."""
    places = Counter(id(module) for _, module in net.named_modules(remove_duplicate=False))
    owners = Counter(id(tensor) for module in net.modules() for tensor in _held(module))
    reasons = {"": ""}
    for name, module in modules.items():
        if parametrize.is_parametrized(module):
            reasons[name] = "is parametrized"
        elif type(module) not in (*CONVOLUTIONS, *NORMS):
            reasons[name] = f"is a {type(module).__name__}, not of torch's own type"
        elif any(getattr(module, hooks) for hooks in HOOKS) or "forward" in vars(module):
            reasons[name] = "has hooks, or a forward of its own"
        elif places[id(module)] > 1 or any(owners[id(tensor)] > 1 for tensor in _held(module)):
            reasons[name] = "shares its tensors with another module"
        elif isinstance(module, _BatchNorm) and module.running_mean is None:
            reasons[name] = "has no running statistics"
        else:
            reasons[name] = ""
    return reasons


def _held(module: nn.Module) -> list[Tensor]:
    held = (*module._parameters.values(), *module._buffers.values())
    return [tensor for tensor in held if tensor is not None]
