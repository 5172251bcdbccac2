"""Jobs: a generator of events driven in one thread, its frames sent to the editor by another.

The thread that trains never waits for the editor, the editor never waits for the thread, and whatever goes wrong in
either is an event, so that the kernel lives on.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from typing import Any, Literal, Protocol, TypeVar

import msgspec

from archlab.bridge.frames import Backlog, Pace, plain, split_buffers
from archlab.bridge.messages import Done, Frame, JobInfo, JobStarted, RequestId

Kind = Literal["profile", "train"]
R = TypeVar("R")
Send = Callable[[Any, list[bytes]], None]  # message struct, buffers
STATES = {
    "paused": "paused",
    "resumed": "running",
    "stopped": "stopped",
    "finished": "finished",
    "failed": "failed",
    "profile_finished": "finished",
    "profile_failed": "failed",
}
OVER = frozenset({"stopped", "finished", "failed"})


class Run(Protocol):
    """What a job does: `events` is called and iterated in the job's own thread, `control` from any."""

    control: Any

    def events(self) -> Iterator[Any]:
        """What happens, as tagged structs."""

    def save_weights(self, path: str) -> dict[str, Any]:
        """Write the trained weights; ArchlabError when there are none."""


class JobFailed(RuntimeError):
    """A job ended with a `failed` event; the message is the event's."""


class Job:
    """One run of a generator of events in a daemon thread."""

    def __init__(self, info: JobInfo, run: Run) -> None:
        self.id = info.job
        self.run = run
        self._info = info
        self.state = "running"
        self.history = Backlog()
        self.last: dict[str, Any] = {}
        self._actions: list[tuple[Callable[[], Any], Future[Any]]] = []
        self._error: BaseException | None = None
        self._ended = False  # the generator and its clean-up are through
        self._listeners: list[Listener] = []
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name=f"archlab-{info.job}", daemon=True)

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    @property
    def control(self) -> Any:
        """What the job is steered by."""
        return self.run.control

    @property
    def info(self) -> JobInfo:
        """Name, kind, document and present state."""
        return msgspec.structs.replace(self._info, state=self.state)

    def listen(self, request: RequestId, send: Send) -> None:
        """Send everything said so far, then everything that follows, as frames that carry `request`."""
        listener = Listener(self, request, send)
        with self._lock:
            listener.add(plain(JobStarted(job=self.id, kind=self._info.kind)))
            for event in self.history.copy():
                listener.add(event)
            self._listeners.append(listener)
            if self.state in OVER:
                listener.finish()
        listener.start()

    def mute(self, send: Send) -> None:
        """Send nothing more to a transport that has gone."""
        with self._lock:
            gone = [one for one in self._listeners if one.send is send]
            self._listeners = [one for one in self._listeners if one.send is not send]
        for listener in gone:
            listener.abandon()

    def acknowledge(self, number: int, send: Send | None = None) -> None:
        """The editor has drawn frame `number`."""
        with self._lock:
            listeners = list(self._listeners)
        for listener in listeners:
            if send is None or listener.send is send:
                listener.acknowledge(number)

    def between_steps(self, action: Callable[[], R]) -> R:
        """Run `action` while the job makes no step, and return what it returns."""
        future: Future[R] = Future()
        with self._lock:
            waits = self._thread.is_alive() and not self._ended and self.state != "paused"
            if waits:
                self._actions.append((action, future))
        return future.result() if waits else action()

    def wait(self, timeout: float | None = None) -> dict[str, Any]:
        """Block until the job is over and return its last event.

        An interrupt (the square button) stops the job first. Raises what the job raised, `JobFailed` when it ended
        with a `failed` event, TimeoutError when it is not over after `timeout` seconds.
        """
        try:
            self._join(timeout)
        except KeyboardInterrupt:
            self.control.stop()
            self._join(None)
        if self._error is not None:
            raise self._error
        if self.state == "failed":
            raise JobFailed(self.last.get("message") or f"{self.id} failed.")
        return self.last

    def _join(self, timeout: float | None) -> None:
        deadline = None if timeout is None else time.monotonic() + timeout
        while self._thread.is_alive():
            # A join without a limit would not let an interrupt through on every platform.
            self._thread.join(0.1)
            if deadline is not None and time.monotonic() > deadline:
                raise TimeoutError(f"{self.id} is not over after {timeout} s; it goes on.")

    def _run(self) -> None:
        try:
            for event in self.run.events():
                self._say(plain(event))
                self._act()
        except BaseException as error:  # SystemExit included: a thread must not end without a word
            self._error = error
            self._say({"type": "failed", "reason": "error", "message": words(error), "node": "", "hint": ""})
        with self._lock:
            if self.state not in OVER:
                self.state = "finished"
            self._ended = True
            listeners = list(self._listeners)
        self._act()
        for listener in listeners:
            listener.finish()

    def _act(self) -> None:
        with self._lock:
            actions, self._actions = self._actions, []
        for action, future in actions:
            try:
                future.set_result(action())
            except Exception as error:
                future.set_exception(error)

    def _say(self, event: dict[str, Any]) -> None:
        with self._lock:
            self.state = STATES.get(str(event.get("type")), self.state)
            self.last = event
            self.history.add(event)
            for listener in self._listeners:
                listener.add(event)


class Listener:
    """Sends a job's events to one editor, at its pace, from a thread of its own."""

    def __init__(self, job: Job, request: RequestId, send: Send) -> None:
        self.send = send
        self._job = job
        self._request = request
        self._backlog = Backlog()
        self._pace = Pace()
        self._over = False
        self._abandoned = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._pump, name=f"archlab-frames-{job.id}", daemon=True)

    def start(self) -> None:
        """Begin to send."""
        self._thread.start()

    def add(self, event: dict[str, Any]) -> None:
        """Queue an event."""
        with self._changed:
            self._backlog.add(event)
            self._changed.notify()

    def acknowledge(self, number: int) -> None:
        """The editor has drawn frame `number`."""
        with self._changed:
            self._pace.acknowledge(number)
            self._changed.notify()

    def finish(self) -> None:
        """No event follows: send what waits, then `Done`."""
        with self._changed:
            self._over = True
            self._changed.notify()

    def abandon(self) -> None:
        """Nobody listens any more."""
        with self._changed:
            self._abandoned = True
            self._changed.notify()

    def _pump(self) -> None:
        while True:
            with self._changed:
                while not self._ready():
                    self._changed.wait(self._pace.wait(time.monotonic()) if len(self._backlog) else None)
                if self._abandoned:
                    return
                events, over = self._backlog.take(), self._over
                number = self._pace.sent(time.monotonic())
            try:
                if events:
                    buffers: list[bytes] = []
                    content = split_buffers(events, buffers)
                    frame = Frame(id=self._request, job=self._job.id, number=number, events=content)
                    self.send(frame, buffers)
                if over:
                    last = split_buffers(self._job.last, [])
                    self.send(Done(id=self._request, job=self._job.id, last=last), [])
                    return
            except Exception:  # the transport is gone; the job goes on without a listener
                self._job.mute(self.send)
                return

    def _ready(self) -> bool:
        if self._abandoned or self._over:
            return True
        return len(self._backlog) > 0 and self._pace.wait(time.monotonic()) == 0.0


def words(error: BaseException) -> str:
    """An exception as a sentence: ours and plain value errors as they are, others with their class."""
    if isinstance(error, ValueError) and str(error):
        return str(error)
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


class Runner:
    """The jobs of one kernel."""

    KEPT = 8  # jobs that stay for `attach` after they are over

    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()

    def add(self, kind: Kind, run: Run, *, rev: int = 0, document: str = "") -> Job:
        """A job for `run`; it begins with `Job.start`, and nothing of it runs in the caller's thread."""
        with self._lock:
            name = f"{kind}-{next(self._numbers)}"
            job = Job(JobInfo(job=name, kind=kind, state="running", rev=rev, document=document), run)
            over = [id for id, old in self._jobs.items() if old.state in OVER]
            for id in over[: max(0, len(self._jobs) + 1 - self.KEPT)]:
                del self._jobs[id]
            self._jobs[job.id] = job
        return job

    def job(self, id: str) -> Job:
        """The job of that id; LookupError with a sentence when there is none."""
        with self._lock:
            if id in self._jobs:
                return self._jobs[id]
        raise LookupError(f'There is no job "{id}" in this kernel; it may have been restarted.')

    def jobs(self) -> list[Job]:
        """All jobs that are kept, newest last."""
        with self._lock:
            return list(self._jobs.values())

    def mute(self, send: Send) -> None:
        """A transport has gone: its jobs run on, silently."""
        for job in self.jobs():
            job.mute(send)
