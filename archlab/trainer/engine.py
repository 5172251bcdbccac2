"""The training loop: a plain torch loop that says what happens as it goes.

    run = Training(spec, task="digits", steps=200)
    for event in run: ...
    run.net

Nothing here knows that plots, widgets or threads exist.
"""

from __future__ import annotations

import inspect
import math
import os
import time
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.utils.data import Dataset

from archlab.document.diagnostics import did_you_mean
from archlab.document.spec import Spec
from archlab.trainer import events
from archlab.trainer.choosing import as_task
from archlab.trainer.control import Control, positive_rate
from archlab.trainer.data import batches, first_images, size, training_batches
from archlab.trainer.prepare import as_device, as_spec_or_net, input_of, seed_everything, with_head
from archlab.trainer.probes.capture import Prober, Probes, evaluating
from archlab.trainer.probes.health import first_non_finite
from archlab.trainer.snapshot import Snapshot
from archlab.trainer.task import Task

if TYPE_CHECKING:
    from archlab.compiler import Backbone

SNAPSHOT_EVERY = 25  # steps
CPU_OUT_OF_MEMORY = "DefaultCPUAllocator"


class Training(Iterator[events.AnyEvent]):
    """One training run: an iterator of events, with the net that it trains.

    Args:
        net_or_spec: a document, or a net made by `archlab.build`, which is trained itself. Without a head it is
            given the task's default head for this run, and the first event says so.
        task: name of a task, a `Task`, or a torch Dataset of (image, target).
        steps: optimiser steps.
        batch_size: images per step.
        lr: learning rate of AdamW (Loshchilov and Hutter, ICLR 2019), constant; `control.lr` changes it live.
        weight_decay: of AdamW.
        seed: of Python, NumPy, torch (initial weights, stochastic depth) and of the order of the data. Same seed,
            same machine, same numbers.
        device: `auto`, `cpu`, `cuda:0`, ... The net goes back to where it was afterwards. On the CPU one core is left
            to the rest of the machine.
        evaluate_every: steps between evaluations of the held-out part; it is also evaluated at the end.
        control: steers the run from another thread.
        probes: True, False, or `Probes` with what to capture.

    Raises, at once, on misuse only: ArchlabError, TypeError or ValueError. Whatever goes wrong later is a `failed`
    event. Weights are initialised here, so that `net` can be looked at before the first step.
    """

    def __init__(
        self,
        net_or_spec: Spec | Backbone,
        task: str | Task | Dataset[Any] = "digits",
        *,
        steps: int = 200,
        batch_size: int = 32,
        lr: float = 1e-3,
        weight_decay: float = 0.01,
        seed: int = 0,
        device: str = "auto",
        evaluate_every: int = 50,
        control: Control | None = None,
        probes: bool | Probes = True,
    ) -> None:
        for name, value in (("steps", steps), ("batch_size", batch_size), ("evaluate_every", evaluate_every)):
            if value < 1:
                raise ValueError(f"{name} must be at least 1; got {value}.")
        spec, net = as_spec_or_net(net_or_spec)
        self.task = as_task(task)
        self.control = control or Control()
        self._lr = positive_rate(lr)
        self._device = as_device(device)
        self._data = self.task.data(input_of(spec, net))
        seed_everything(seed)
        self.net, head_note = with_head(spec, net, self.task, self._data)
        self.note = " ".join(sentence for sentence in (head_note, self._data.note) if sentence)
        self.step = 0
        self._channels = self.net.graph.head.out.channels  # type: ignore[union-attr]
        self._steps = steps
        self._batch_size = batch_size
        self._weight_decay = weight_decay
        self._seed = seed
        self._evaluate_every = evaluate_every
        self._probes = Probes() if probes is True else probes or None
        self.optimizer: torch.optim.Optimizer | None = None
        self._events = self._run()

    def __iter__(self) -> Iterator[events.AnyEvent]:
        return self

    def __next__(self) -> events.AnyEvent:
        return next(self._events)

    def close(self) -> None:
        """End the run from the thread that iterates; from another one use `control.stop()`."""
        self._events.close()

    def _run(self) -> Generator[events.AnyEvent]:
        """Everything between the first and the last event; whatever happens, the net is put back in order."""
        home = next(self.net.parameters()).device
        modes = [(m, m.training) for m in self.net.modules()]
        threads = torch.get_num_threads()
        try:
            if self._device.type == "cpu":
                torch.set_num_threads(spared(threads))
            failure = None
            try:
                yield from self._train()
            except Exception as error:
                failure = self._failure(error)
            if failure is not None:  # said after the traceback, which holds the step's tensors, is gone
                if self._device.type == "cuda":
                    torch.cuda.empty_cache()
                yield failure
        finally:
            if self.optimizer is not None:
                self.optimizer.zero_grad(set_to_none=True)
            for module, training in modes:
                module.training = training
            self.net.to(home)
            torch.set_num_threads(threads)

    def _train(self) -> Generator[events.AnyEvent]:
        seed_everything(self._seed)
        self.net.to(self._device).train()
        trainable = [p for p in self.net.parameters() if p.requires_grad]
        self.optimizer = torch.optim.AdamW(trainable, lr=self._lr, weight_decay=self._weight_decay)
        yield self._started(sum(p.numel() for p in trainable))
        prober = None
        if self._probes is not None:
            images = first_images(self._data.test, self._probes.images).to(self._device)
            prober = Prober(self.net, images, self._probes)
            yield prober.capture(0)
        data = training_batches(self._data.train, self._batch_size, self._seed)
        snapshot = Snapshot(self.net, self.optimizer, 0)
        captured, evaluated = 0, None
        while self.step < self._steps:
            single = False
            if self.control.paused and not self.control.stopping:
                if prober is not None and captured < self.step:
                    yield prober.capture(self.step)
                    captured = self.step
                yield events.Paused(step=self.step)
                single = self.control.wait()
                if not self.control.stopping and not single:
                    yield events.Resumed(step=self.step)
            if self.control.stopping:
                yield events.Stopped(step=self.step)
                return
            start = time.perf_counter()
            images, target = (t.to(self._device) for t in next(data))
            loss = self._forward(images, target)
            value = loss.item()
            if not math.isfinite(value):
                yield self._not_finite(value, images, snapshot)
                return
            if self.step - snapshot.step >= SNAPSHOT_EVERY:
                snapshot = Snapshot(self.net, self.optimizer, self.step)  # these weights gave a finite loss
            rate = self._update(loss)
            del loss
            seconds = time.perf_counter() - start
            self.step += 1
            yield events.Step(step=self.step, loss=value, lr=rate, images_per_second=len(images) / seconds)
            last = self.step == self._steps
            if last or self.step % self._evaluate_every == 0:
                evaluated = self._evaluate()
                if evaluated is not None:
                    yield evaluated
            if prober is not None:
                prober.step_took(seconds)
                if last or (prober.due(self.step) and not self.control.stopping):
                    yield prober.capture(self.step)
                    captured = self.step
        if evaluated is None:
            yield events.Stopped(step=self.step)
            return
        yield events.Finished(steps=self.step, metrics=evaluated.metrics)

    def _started(self, params: int) -> events.Started:
        return events.Started(
            steps=self._steps,
            task=self.task.name,
            device=str(self._device),
            params=params,
            note=self.note,
            classes=self._data.classes,
            metric=self._metric().headline,
            train_size=size(self._data.train),
            test_size=size(self._data.test),
            batch_size=self._batch_size,
            lr=self._lr,
            seed=self._seed,
        )

    def _metric(self) -> Any:
        return self.task.metric(self._data.classes, self._channels)

    @torch.enable_grad()
    def _forward(self, images: Tensor, target: Tensor) -> Tensor:
        return self.task.loss(self.net(images), target)

    @torch.enable_grad()
    def _update(self, loss: Tensor) -> float:
        """Backward and optimiser step at the learning rate asked for now, which is returned."""
        assert self.optimizer is not None
        rate = self.control.lr or self._lr
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizer.step()
        return rate

    def _evaluate(self) -> events.Evaluated | None:
        """Loss and metrics over the held-out part; None when the run was stopped meanwhile."""
        metric, total, count = self._metric(), 0.0, 0
        with evaluating(self.net), torch.no_grad():
            for images, target in batches(self._data.test, self._batch_size):
                if self.control.stopping:
                    return None
                output = self.net(images.to(self._device))
                target = target.to(self._device)
                total += self.task.loss(output, target).item() * len(images)
                count += len(images)
                metric.update(output, target)
        return events.Evaluated(step=self.step, loss=total / count, metrics=metric.result())

    def _not_finite(self, loss: float, images: Tensor, snapshot: Snapshot) -> events.Failed:
        """Find the node, then put back the last weights that were good."""
        assert self.optimizer is not None
        failed_at = self.step + 1
        node = first_non_finite(self.net, images)
        snapshot.restore(self.net, self.optimizer)
        self.step = snapshot.step
        if not bool(images.isfinite().all()):
            where = "The batch itself holds values that are not finite."
            hint = "Check the dataset for NaN and infinity."
        else:
            where = f"The first node with such an output is {node}." if node else "Every node's output is finite."
            hint = f"Train with a smaller learning rate, such as {(self.control.lr or self._lr) / 10:g}."
        message = (
            f"The loss became {loss} at step {failed_at}. {where} The weights are those of step {self.step} again."
        )
        return events.Failed(step=self.step, reason="nan", message=message, node=node, hint=hint)

    def _failure(self, error: Exception) -> events.Failed:
        """What went wrong, as an event."""
        text = str(error)
        out_of_memory = isinstance(error, torch.OutOfMemoryError | MemoryError) or CPU_OUT_OF_MEMORY in text
        if not out_of_memory:
            message = text if isinstance(error, ValueError) and text else f"{type(error).__name__}: {text}"
            return events.Failed(step=self.step, reason="error", message=message)
        smaller = max(self._batch_size // 2, 1)
        return events.Failed(
            step=self.step,
            reason="oom",
            message=f"Out of memory on {self._device} at step {self.step + 1}. {text.partition('.')[0]}".strip(),
            hint=f"Use a batch size of {smaller}, a smaller input, or checkpoint the costly blocks.",
        )


def spared(threads: int) -> int:
    """Threads for a run on the CPU: one core is left to those who watch.

    OpenMP's threads wait for one another by spinning, so that one busy core slows all of them down: with two threads
    on two cores, a step took 0.6 of the time of one thread while nothing else ran, and 8 times as long when it did.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(min(threads, cores - 1), 1)


def train(net_or_spec: Spec | Backbone, task: str | Task | Dataset[Any] = "digits", **options: Any) -> Training:
    """Train a document or a net: an iterator of events. See `Training` for the options.

    Raises what `Training` raises; TypeError, with the nearest name, for an option that there is not.
    """
    known = [name for name, p in inspect.signature(Training).parameters.items() if p.kind is p.KEYWORD_ONLY]
    for name in options:
        if name not in known:
            hint = did_you_mean(name, known) or f"There are {', '.join(known)}."
            raise TypeError(f'A training has no option "{name[:40]}". {hint}')
    return Training(net_or_spec, task, **options)
