"""Jobs: a generator of events driven in one thread, its frames sent to the editor by another.

The thread that trains never waits for the editor, the editor never waits for the thread, and whatever goes wrong in
either is an event, so that the kernel lives on.
"""

from __future__ import annotations

import atexit
import itertools
import threading
import time
import traceback
import weakref
from collections.abc import Iterator
from typing import Any, Literal, Protocol

import msgspec

from archlab.bridge.frames import Backlog, plain
from archlab.bridge.listener import Listener, Send
from archlab.bridge.messages import JobInfo, JobStarted, RequestId
from archlab.bridge.steering import Steering
from archlab.document.diagnostics import ArchlabError

Kind = Literal["profile", "train"]
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

    control: Steering
    name: str  # of the document

    def events(self) -> Iterator[Any]:
        """What happens, as tagged structs."""

    def save_weights(self, path: str, overwrite: bool) -> dict[str, Any]:
        """Write the trained weights; ArchlabError when there are none, or a file is in the way."""

    def release(self) -> None:
        """Keep nothing that is large."""


class JobFailed(RuntimeError):
    """A job ended with a `failed` event; the message is the event's."""


_everywhere: weakref.WeakSet[Job] = weakref.WeakSet()  # of all runners in this process; a thread holds its own


class Job:
    """One run of a generator of events in a daemon thread."""

    def __init__(self, info: JobInfo, run: Run) -> None:
        self.id = info.job
        self.run = run
        self._info = info
        self.state = "running"
        self.history = Backlog()
        self.last: dict[str, Any] = {}
        self._error: BaseException | None = None
        self._ended = False  # the generator and its clean-up are through
        self._listeners: list[Listener] = []
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name=f"archlab-{info.job}", daemon=True)

    def start(self) -> None:
        """Begin; returns at once."""
        _everywhere.add(self)
        self._thread.start()

    @property
    def running(self) -> bool:
        """Whether it is not over yet; until its clean-up is through."""
        return not self._ended

    @property
    def control(self) -> Steering:
        """What the job is steered by."""
        return self.run.control

    @property
    def info(self) -> JobInfo:
        """Name, kind, document and present state."""
        return msgspec.structs.replace(self._info, state=self.state)

    def listen(self, request: RequestId, send: Send) -> None:
        """Send everything said so far, then everything that follows, as frames that carry `request`."""
        listener = Listener(self.id, request, send)
        with self._lock:
            listener.add(plain(JobStarted(job=self.id, kind=self._info.kind, digest=self._info.digest)))
            for event in self.history.copy():
                listener.add(event)
            self._listeners.append(listener)
            if self._ended:
                listener.finish(self.last)
        listener.start()

    def mute(self, send: Send, request: RequestId | None = None) -> None:
        """Send nothing more to a transport that has gone, or to one request of it."""
        with self._lock:
            gone = [one for one in self._listeners if one.send is send and request in (None, one.request)]
            self._listeners = [one for one in self._listeners if one not in gone]
        for listener in gone:
            listener.abandon()

    def acknowledge(self, request: RequestId, number: int) -> None:
        """The editor has drawn frame `number` of those that carry `request`."""
        with self._lock:
            listeners = [one for one in self._listeners if one.request == request]
        for listener in listeners:
            listener.acknowledge(number)

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

    def join(self, timeout: float) -> None:
        """Wait at most `timeout` seconds for the end."""
        if self._thread.is_alive():
            self._thread.join(timeout)

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
                self.control.run_errands()
        except BaseException as error:  # SystemExit included: a thread must not end without a word
            self._error = error
            _let_go(error)
            self._say({"type": "failed", "reason": "error", "message": words(error), "node": "", "hint": ""})
        with self._lock:
            if self.state not in OVER:
                self.state = "finished"
            self._ended = True
            listeners, last = list(self._listeners), self.last
        self.control.end()
        for listener in listeners:
            listener.finish(last)

    def _say(self, event: dict[str, Any]) -> None:
        with self._lock:
            self.state = STATES.get(str(event.get("type")), self.state)
            self.last = event
            self.history.add(event)
            for listener in self._listeners:
                listener.add(event)


def words(error: BaseException) -> str:
    """An exception as a sentence: ours and plain value errors as they are, others with their class."""
    if isinstance(error, ValueError) and str(error):
        return str(error)
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def _let_go(error: BaseException | None) -> None:
    """Empty the frames that a kept exception holds: after an out-of-memory error they are what fills the device."""
    while error is not None:
        traceback.clear_frames(error.__traceback__)
        error = error.__cause__ or error.__context__


class Runner:
    """The jobs of one kernel, or of one widget in it."""

    KEPT = 8  # jobs that stay for `attach` after they are over

    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()

    def add(self, kind: Kind, run: Run, *, rev: int = 0, document: str = "", digest: str = "") -> Job:
        """A job for `run`; it begins with `Job.start`, and nothing of it runs in the caller's thread.

        Raises ArchlabError for a profile beside another job of this process, and for any job beside a profile:
        what shares its device cannot be measured. A new training takes the place of the older ones' nets; their story
        stays.
        """
        with _admission, self._lock:
            _admit(kind)
            name = f"{kind}-{next(self._numbers)}"
            info = JobInfo(job=name, kind=kind, state="running", rev=rev, document=document, digest=digest)
            job = Job(info, run)
            over = [old for old in self._jobs.values() if not old.running]
            if kind == "train":
                for old in over:
                    old.run.release()
            for old in over[: max(0, len(self._jobs) + 1 - self.KEPT)]:
                del self._jobs[old.id]
            self._jobs[job.id] = job
        return job

    def job(self, id: str) -> Job:
        """The job of that id; ArchlabError when there is none."""
        with self._lock:
            if id in self._jobs:
                return self._jobs[id]
        raise ArchlabError(f'There is no job "{id}" in this kernel; it may have been restarted.')

    def jobs(self) -> list[Job]:
        """All jobs that are kept, newest last."""
        with self._lock:
            return list(self._jobs.values())

    def mute(self, send: Send, request: RequestId | None = None) -> None:
        """A transport has gone, or one request of it: its jobs run on, silently."""
        for job in self.jobs():
            job.mute(send, request)


FAREWELL = 3.0  # seconds that an ending process leaves its jobs to stop; Jupyter kills a kernel after 5
_admission = threading.Lock()


def _admit(kind: Kind) -> None:
    for other in [job for job in list(_everywhere) if job.running]:
        if "profile" in (kind, other.info.kind):
            what = "The training" if other.info.kind == "train" else "The profile"
            raise ArchlabError(
                f'{what} "{other.id}" of "{other.run.name}" runs in this kernel, and a profile beside it would measure '
                "both. Press Stop in its editor first, or wait for its end."
            )


@atexit.register
def _stop_all() -> None:
    """A daemon thread inside torch aborts an interpreter that goes away under it."""
    running = [job for job in list(_everywhere) if job.running]
    for job in running:
        job.control.stop()
    deadline = time.monotonic() + FAREWELL
    for job in running:
        job.join(max(0.0, deadline - time.monotonic()))
