"""What a verb asks of a net that it is given: that archlab built it, and that it has numbers."""

from __future__ import annotations

from torch.nn.parameter import is_lazy

from archlab.compiler.backbone import Backbone
from archlab.document.diagnostics import ArchlabError

WRAPPED = ("module", "_orig_mod")  # where DataParallel and torch.compile keep the net


def net_with_numbers(given: object, who: str) -> Backbone:
    """The net, where it is one with numbers; `who` asks for it.

    Raises:
        TypeError: it is no net that `build` made; for a wrapper around one the sentence says where that one is.
        ArchlabError: a parameter or buffer is on the meta device, or not initialised yet.
    """
    if not isinstance(given, Backbone):
        inside = next((name for name in WRAPPED if isinstance(getattr(given, name, None), Backbone)), "")
        advice = f"Give what it wraps, its attribute `{inside}`." if inside else "Build one from its document first."
        raise TypeError(f"{who} takes a net made by archlab.build; got {type(given).__name__}. {advice}")
    for name, tensor in (*given.named_parameters(), *given.named_buffers()):
        if is_lazy(tensor):
            raise ArchlabError(f"{who}: {name} of the net has no numbers; run the net once first.")
        if tensor.is_meta:
            raise ArchlabError(f"{who}: {name} of the net is on the meta device; load the weights of the net first.")
    return given
