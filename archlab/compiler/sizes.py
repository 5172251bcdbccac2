"""Which inputs a built backbone takes, and the sentence for one that it does not take."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn

import torch
from torch import Tensor

from archlab.document.diagnostics import Diagnostic
from archlab.document.feature_map import FeatureMap

if TYPE_CHECKING:
    from archlab.compiler.observer import Observer

AXES = {2: "(B, C, H, W)", 3: "(B, C, D, H, W)"}
TRIES = 24  # sizes looked at per axis when another one has to be proposed
SIZE_FAULTS = (RuntimeError, ValueError, IndexError, AssertionError, ZeroDivisionError)


class SizeGuard:
    """Checks the shape of an input in eager mode, once per shape.

    The size that the network was built for is always admitted. Another one is judged by the document's rules for
    that size, then tried; where a part turns out to be bound to its size, the failure says so.

    Args:
        image: the input that the network was built for.
        step: H and W of proposed sizes are multiples of these (the deepest stride).
        judge: what the rules say about another input; None = no rules at hand.
        works: whether the network, as it was built, runs on another input.
    """

    def __init__(
        self,
        image: FeatureMap | None,
        step: tuple[int, int] = (1, 1),
        judge: Callable[[FeatureMap], Sequence[Diagnostic]] | None = None,
        works: Callable[[FeatureMap], bool] | None = None,
    ) -> None:
        self.image = image
        self.step = step
        self.judge = judge
        self.works = works
        self._admitted = set() if image is None else {(image.channels, *image.size)}

    def __deepcopy__(self, memo: dict[int, Any]) -> SizeGuard:
        return self  # knowledge about shapes, the same for every copy of the network

    def knows(self, x: Tensor) -> bool:
        """Whether this shape has been admitted before."""
        return tuple(x.shape[1:]) in self._admitted

    @contextmanager
    def admit(self, x: Tensor, order: Sequence[str], observer: Observer | None) -> Iterator[Observer]:
        """Around the first run of a new shape, whose nodes are `order`; yields the observer to run with.

        Raises ValueError, naming a size that works, for a shape that does not fit.
        """
        if self.image is not None:
            self._refuse_form(x, self.image)
        watcher = _Watcher(observer)
        asked = FeatureMap(channels=x.shape[1], size=tuple(x.shape[2:]))
        wrong = self.judge(asked) if self.judge else ()
        if wrong:
            self._refuse_size(asked, "; ".join(str(d) for d in wrong[:2]))
        try:
            yield watcher
        except torch.OutOfMemoryError:
            raise
        except SIZE_FAULTS as error:
            if self.works is None or self.works(asked):
                raise
            where = next((id for id in order if id not in watcher.done), order[-1])
            self._refuse_size(asked, f"{where} is bound to the size that it was built for ({error})", error)
        self._admitted.add((asked.channels, *asked.size))

    def _refuse_form(self, x: Tensor, image: FeatureMap) -> None:
        """Number of axes and of channels."""
        axes, shape = AXES[len(image.size)], tuple(x.shape)
        example = f"(B, {', '.join(str(n) for n in (image.channels, *image.size))})"
        if x.ndim != len(image.size) + 2:
            missing = ""
            if x.ndim == len(image.size) + 1:  # which axis is missing is told by where the channels stand
                batch = x.ndim == 3 or (shape[0] == image.channels and shape[1] != image.channels)
                missing = f" Add the {'batch axis with x[None]' if batch else 'D axis with x[:, :, None]'}."
            raise ValueError(
                f"This network takes {len(image.size) + 2}-D tensors {axes}, such as {example}; "
                f"the input has shape {shape}.{missing}"
            )
        if x.shape[1] != image.channels:
            raise ValueError(
                f"This network takes {image.channels} channels, such as {example}; "
                f"the input of shape {shape} has {x.shape[1]} on its axis 1."
            )

    def _refuse_size(self, asked: FeatureMap, reason: str, error: BaseException | None = None) -> NoReturn:
        assert self.image is not None
        fitting = self._nearest(asked, self.image)
        built = "" if fitting == self.image else f" (built for {self.image})"
        raise ValueError(
            f"An input of {asked} does not fit this network{built}: {reason.rstrip('.')}. "
            f"An input of {fitting} works; for other sizes build the document with that input."
        ) from error

    def _nearest(self, asked: FeatureMap, image: FeatureMap) -> FeatureMap:
        """The nearest size that runs, found axis by axis; the one built for where none is."""
        size = list(image.size)
        steps = (1,) * (len(size) - 2) + self.step
        for axis, (wanted, step) in enumerate(zip(asked.size, steps, strict=True)):
            # each judgement expands the document anew, so only the TRIES nearest multiples are asked about; an axis is
            # settled before the next, since all combinations would be TRIES to the power of the axes
            base = round(wanted / step)
            multiples = [step * n for n in range(max(base - TRIES, 1), base + TRIES + 1)]
            for value in sorted(multiples, key=lambda n: abs(n - wanted))[:TRIES]:
                tried = FeatureMap(channels=image.channels, size=(*size[:axis], value, *size[axis + 1 :]))
                if self.judge is not None and not self.judge(tried):
                    size[axis] = value
                    break
        found = FeatureMap(channels=image.channels, size=tuple(size))
        return found if found != image and self.works is not None and self.works(found) else image


class _Watcher:
    """Remembers which nodes are done and passes everything on."""

    def __init__(self, observer: Observer | None) -> None:
        self.observer = observer
        self.done: set[str] = set()

    def node(self, id: str, inputs: dict[str, Tensor], merged: Tensor, out: Tensor) -> None:
        self.done.add(id)
        if self.observer is not None:
            self.observer.node(id, inputs, merged, out)

    def link(self, id: str, x: Tensor, out: Tensor) -> None:
        if self.observer is not None:
            self.observer.link(id, x, out)
