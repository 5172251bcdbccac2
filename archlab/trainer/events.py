"""What a training run says, as tagged structs: `msgspec.to_builtins(event)["type"]` is `event.type`."""

from __future__ import annotations

import msgspec


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag=str.lower):
    """Anything that a training run says. `step` counts finished optimiser steps throughout."""

    @property
    def type(self) -> str:
        """The tag: started, step, evaluated, captured, paused, resumed, stopped, finished or failed."""
        return str(self.__struct_config__.tag)


class Started(Event, frozen=True, kw_only=True):
    """The run begins.

    Attributes:
        steps: optimiser steps to go.
        task: name of the task.
        device: torch name of the device, such as `cpu` or `cuda:0`.
        params: trainable parameters.
        note: what a reader of the numbers must know: an added head, how frames are made, what the held-out part is.
        classes: names of the classes, in order of the net's output channels.
        metric: the key of `Evaluated.metrics` to look at first.
        train_size: samples to train on.
        test_size: samples held out.
    """

    steps: int
    task: str
    device: str
    params: int
    note: str
    classes: tuple[str, ...]
    metric: str
    train_size: int
    test_size: int
    batch_size: int
    lr: float
    seed: int


class Step(Event, frozen=True, kw_only=True):
    """One optimiser step was made; time is that of data, forward, backward and update together."""

    step: int
    loss: float
    lr: float
    images_per_second: float


class Evaluated(Event, frozen=True, kw_only=True):
    """The held-out part was evaluated: mean loss, and the task's metrics."""

    step: int
    loss: float
    metrics: dict[str, float]


class NodeFeatures(msgspec.Struct, frozen=True, kw_only=True):
    """Thumbnails of a node's output for the first probe image.

    `data` holds `shape` = (channels, height, width) bytes, row by row; byte b stands for `lo + b / 255 * (hi - lo)`,
    where lo and hi are the 1st and 99th percentile over all channels shown. A 5-D map is shown at its middle frame.
    """

    node: str
    lo: float
    hi: float
    shape: tuple[int, int, int]
    data: bytes

    def __repr__(self) -> str:
        return f"NodeFeatures(node={self.node!r}, lo={self.lo:.4g}, hi={self.hi:.4g}, shape={self.shape})"


class LinkShare(msgspec.Struct, frozen=True, kw_only=True):
    """One incoming link's share; None where the node's map is constant, so that there is nothing to share."""

    id: str
    share: float | None


class NodeShares(msgspec.Struct, frozen=True, kw_only=True):
    """What each incoming link contributes to a fusion; the shares sum to 1.

    `view` is `signal` (view A: signed, negative = this input cancels others) or `energy` (never negative: the part's
    share of the squared norm of a concatenation whose consumer is no convolution). Neither is importance.
    """

    node: str
    view: str
    links: tuple[LinkShare, ...]


class NodeMix(msgspec.Struct, frozen=True, kw_only=True):
    """Per-pixel mix of a fusion for the first probe image: `shape` = (links, height, width), byte 255 = all of it.

    The maps of the links, in order of `links`, sum to 1 at every pixel; where all are 0 the pixel carries no signal.
    """

    node: str
    links: tuple[str, ...]
    shape: tuple[int, int, int]
    data: bytes

    def __repr__(self) -> str:
        return f"NodeMix(node={self.node!r}, links={self.links}, shape={self.shape})"


class Captured(Event, frozen=True, kw_only=True):
    """What the net shows on the fixed probe images after `step` steps; step 0 is the untrained net.

    `seconds` is what the capture took, `every` the number of steps until the next one, as the rate controller chose
    (None before it has seen a step).
    """

    step: int
    features: tuple[NodeFeatures, ...]
    shares: tuple[NodeShares, ...]
    mix: tuple[NodeMix, ...] = ()
    seconds: float
    every: int | None


class Paused(Event, frozen=True, kw_only=True):
    """The run waits for resume, one step, or stop."""

    step: int


class Resumed(Event, frozen=True, kw_only=True):
    """The run goes on."""

    step: int


class Stopped(Event, frozen=True, kw_only=True):
    """The run ended because it was asked to; the net keeps the weights of `step`."""

    step: int


class Finished(Event, frozen=True, kw_only=True):
    """All steps were made; `metrics` are those of the held-out part at the end."""

    steps: int
    metrics: dict[str, float]


class Failed(Event, frozen=True, kw_only=True):
    """The run ended by itself.

    Attributes:
        step: the step whose weights the net holds now (after `nan`: those of the last good snapshot).
        reason: `nan`, `oom` or `error`.
        message: what happened.
        node: id of the first node with a non-finite output, empty when there is none.
        hint: what to do.
    """

    step: int
    reason: str
    message: str
    node: str = ""
    hint: str = ""


AnyEvent = Started | Step | Evaluated | Captured | Paused | Resumed | Stopped | Finished | Failed
