"""The kernel's side of one editor: a session for questions, a runner for jobs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import msgspec

from archlab.bridge import messages as m
from archlab.bridge.runner import Runner, Send
from archlab.bridge.session import Session, failure
from archlab.spec.registry import Registry


class Peer:
    """Receives decoded JSON, sends message structs and buffers; usable from any thread, never raises."""

    def __init__(self, send: Send, runner: Runner, registry: Registry | None = None) -> None:
        self.runner = runner
        self._send = send
        self._session = Session(registry)

    def receive(self, data: Any) -> None:
        """Answer one request; a job's frames follow from its own threads."""
        id: m.RequestId = data.get("id", 0) if isinstance(data, dict) else 0
        try:
            request = m.convert(data)
            if self._session.answers(request):
                self._send(self._session.handle(request), [])
                return
            answer = self._handle(request)
            if answer is not None:
                self._send(m.Reply(id=id, value=answer), [])
        except Exception as error:
            self._send(failure(id, error), [])

    def close(self) -> None:
        """The editor has gone; its jobs run on until they are over or someone attaches to them."""
        self.runner.mute(self._send)

    def _handle(self, request: m.Request) -> Any:
        match request:
            case m.DevicesRequest():
                return _devices()
            case m.TasksRequest():
                return _tasks()
            case m.JobsRequest():
                return [job.info for job in self.runner.jobs()]
            case m.ProfileRequest():
                return self._profile(request)
            case m.TrainRequest():
                return self._train(request)
            case m.AttachRequest():
                self.runner.job(request.job).listen(request.id, self._send)
            case m.AckRequest():
                self.runner.job(request.job).acknowledge(request.number, self._send)
            case m.ControlRequest():
                return self._control(request)
        return None

    def _profile(self, request: m.ProfileRequest) -> None:
        from archlab.profiler import profile_events
        from archlab.trainer.control import Control

        spec, control = self._session.spec(request.spec), Control()

        def events() -> Iterator[Any]:
            return profile_events(spec, device=request.device, batch=request.batch, control=control)

        self._start("profile", request, events, control)

    def _train(self, request: m.TrainRequest) -> None:
        from archlab.trainer import train
        from archlab.trainer.control import Control

        spec, control = self._session.spec(request.spec), Control()

        def events() -> Iterator[Any]:
            return train(
                spec,
                task=request.task,
                steps=request.steps,
                batch_size=request.batch_size,
                lr=request.lr,
                seed=request.seed,
                device=request.device,
                control=control,
            )

        self._start("train", request, events, control)

    def _start(self, kind: Kind, request: Any, events: Callable[[], Iterator[Any]], control: Any) -> None:
        job = self.runner.add(kind, events, control, rev=request.rev, document=request.document)
        job.listen(request.id, self._send)
        job.start()
