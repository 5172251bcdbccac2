"""The kernel's side of one editor: a session for questions, a runner for jobs."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from archlab.bridge import messages as m
from archlab.bridge.devices import devices
from archlab.bridge.frame_sender import Send
from archlab.bridge.runner import Job, Kind, Runner
from archlab.bridge.session import Session, digest, failure
from archlab.bridge.steering import Steering
from archlab.document.diagnostics import ArchlabError
from archlab.document.spec import Spec
from archlab.parts.registry import Registry
from archlab.trainer import available_tasks

SUFFIX = ".safetensors"


class Peer:
    """Receives decoded JSON, sends message structs and buffers; usable from any thread, never raises.

    `send` may be called from other threads than the one that calls `receive`.
    """

    def __init__(self, send: Send, runner: Runner, registry: Registry | None = None) -> None:
        self.runner = runner
        self._send = send
        self._session = Session(registry)
        self._version = self._session.registry.version

    def receive(self, data: Any) -> None:
        """Answer one request; what takes long is answered from another thread."""
        id: m.RequestId = data.get("id", 0) if isinstance(data, dict) else 0
        try:
            request = m.convert(data)
        except Exception as error:
            self._send(failure(id, error), [])
            return
        if isinstance(request, m.ServerRequest):
            self._send(self._session.handle(request), [])
        elif self._takes_long(request):
            threading.Thread(target=self._answer, args=(request,), name="archlab-answer", daemon=True).start()
        else:
            self._answer(request)

    def report_new_parts(self) -> None:
        """Tell the editor when parts were registered since it last asked."""
        if self._version != self._session.registry.version:
            self._version = self._session.registry.version
            self._send(m.CatalogChanged(id=0), [])

    def close(self) -> None:
        """The editor has gone; its jobs run on until they are over or someone attaches to them."""
        self.runner.detach(self._send)

    def start(self, request: m.ProfileRequest | m.TrainRequest) -> Job:
        """Start a job whose frames go to the editor; ArchlabError for something that is no document."""
        spec = self._session.spec(request.spec)
        kind: Kind = "train" if isinstance(request, m.TrainRequest) else "profile"
        run = TrainRun(spec, request) if isinstance(request, m.TrainRequest) else ProfileRun(spec, request)
        job = self.runner.create_job(kind, run, rev=request.rev, document=request.document, digest=digest(spec))
        job.attach(request.id, self._send)
        job.start()
        return job

    @staticmethod
    def _takes_long(request: m.Request) -> bool:
        """Devices import torch; weights wait for the end of a step."""
        saves = isinstance(request, m.ControlRequest) and request.action == "save_weights"
        return saves or isinstance(request, m.DevicesRequest)

    def _answer(self, request: m.Request) -> None:
        try:
            answer = self._handle(request)
            if answer is not None:
                self._send(m.Reply(id=request.id, value=answer), [])
        except Exception as error:
            self._send(failure(request.id, error), [])

    def _handle(self, request: m.Request) -> Any:
        match request:
            case m.DevicesRequest():
                return devices()
            case m.TasksRequest():
                return [
                    m.TaskInfo(name=task.name, title=task.title, description=task.description)
                    for task in available_tasks().values()
                ]
            case m.JobsRequest():
                jobs = [job.info for job in self.runner.jobs()]
                return [job for job in jobs if request.document in (None, job.document)]
            case m.ProfileRequest() | m.TrainRequest():
                self.start(request)
            case m.AttachRequest():
                self.runner.job(request.job).attach(request.id, self._send)
            case m.AckRequest():
                self.runner.job(request.job).acknowledge(request.request, request.number)
            case m.DetachRequest():
                self.runner.detach(self._send, request.request)
            case m.ControlRequest():
                return self._control(request, self.runner.job(request.job))
        return None

    def _control(self, request: m.ControlRequest, job: Job) -> dict[str, Any]:
        control = job.control
        match request.action:
            case "stop":
                control.stop()
            case "pause":
                control.pause()
            case "resume":
                control.resume()
            case "step":
                control.step_once()
            case "lr":
                if request.value is None:
                    raise ArchlabError("The learning rate is missing: send it as `value`.")
                control.lr = request.value
            case "save_weights":
                return control.between_steps(lambda: job.run.save_weights(request.path, request.overwrite)).result()
        return {"state": job.state}


class ProfileRun:
    """Measures a document."""

    def __init__(self, spec: Spec, request: m.ProfileRequest) -> None:
        self.control = Steering()
        self.name = spec.name
        self._spec, self._request = spec, request

    def events(self) -> Iterator[Any]:
        """The profiler's events, from `profile_started` to `profile_finished` or `profile_failed`."""
        from archlab.profiler import profile_events

        yield from profile_events(
            self._spec, device=self._request.device, batch=self._request.batch, control=self.control
        )

    def save_weights(self, path: str, overwrite: bool) -> dict[str, Any]:
        """A profile trains nothing."""
        raise ArchlabError("A profile has no trained weights; train the document first.")

    def release(self) -> None:
        """A profile keeps no net."""


class TrainRun:
    """Trains a document and keeps the net."""

    def __init__(self, spec: Spec, request: m.TrainRequest) -> None:
        self.control = Steering()
        self.name = spec.name
        self._spec, self._request = spec, request
        self._net: Any = None

    def events(self) -> Iterator[Any]:
        """The trainer's events, from `started` to `finished`, `stopped` or `failed`."""
        from archlab.trainer import train

        request = self._request
        training = train(
            self._spec,
            task=request.task,
            steps=request.steps,
            batch_size=request.batch_size,
            lr=request.lr,
            seed=request.seed,
            device=request.device,
            control=self.control,
        )
        self._net = training.net
        yield from training

    def save_weights(self, path: str, overwrite: bool) -> dict[str, Any]:
        """Write the net's weights; a relative path starts at the kernel's working directory.

        Says where they lie and how many bytes they have. Raises ArchlabError when there is no net yet or no more, when
        the file is there already and `overwrite` is not asked for, or when it cannot be written.
        """
        from archlab.checkpoints import save_weights

        if self._net is None:
            raise ArchlabError("There are no weights: the net is not built yet, or a later training took its place.")
        target = (
            Path(path).expanduser() if path else Path(re.sub(r"[^\w-]+", "-", self._spec.name).strip("-") or "weights")
        )
        if target.suffix != SUFFIX:
            target = target.with_name(target.name + SUFFIX)
        target = target.absolute()
        if target.exists() and not overwrite:
            raise ArchlabError(f"{target} is there already. Choose another name, or overwrite it.")
        if not target.parent.is_dir():
            raise ArchlabError(f"There is no folder {target.parent}. Make it first, or choose another one.")
        save_weights(self._net, target)
        return {"path": os.fspath(target), "bytes": target.stat().st_size}

    def release(self) -> None:
        """Give the net's memory back."""
        self._net = None
