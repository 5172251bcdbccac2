"""The report on what a copy for inference computes in fewer operations."""

from __future__ import annotations

import msgspec

from archlab.text.sentences import listed, plural


class Optimized(msgspec.Struct, frozen=True, kw_only=True):
    """What `optimize` did; its text is one sentence.

    Attributes:
        folded: names of a convolution and of the batch norm that is part of it now.
        alone: names of batch norms that were left as they are, each with the reason.
    """

    folded: tuple[tuple[str, str], ...]
    alone: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        every = len(self.folded) + len(self.alone)
        said = f"folded {len(self.folded)} of {plural(every, 'batch norm')} into convolutions"
        reasons: dict[str, list[str]] = {}
        for name, why in self.alone:
            reasons.setdefault(why, []).append(name)
        left = [f"{listed(names, most=3)} ({why})" for why, names in reasons.items()]
        return "; ".join([said, *(f"left alone: {row}" for row in left)])
