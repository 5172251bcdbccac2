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

from archlab.bridge.frame_sender import FrameSender, Send
from archlab.bridge.frames import Backlog, to_plain
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
    "profile_failed": "failed",  # unless somebody stopped it
}
ENDED_STATES = frozenset({"stopped", "finished", "failed"})


class Run(Protocol):
    """What a job does: `events` is called and iterated in the job's own thread, `control` from any."""

    control: Steering
    name: str  # of the document

    def events(self) -> Iterator[Any]:
        """What happens, as tagged structs."""

    def save_weights(self, path: str, overwrite: bool) -> dict[str, Any]:
        """Write the trained weights; ArchlabError when there are none, or a file is in the way."""

    def release(self) -> None:
        """Let go of what takes memory, such as a trained net; the job stays, so that its events can be read."""


class JobFailed(RuntimeError):
    """A job ended with a `failed` event; the message is the event's."""


# Jobs of every runner in this process. Weak: a job that nobody asks for any more is kept alive by its thread alone.
_jobs_of_process: weakref.WeakSet[Job] = weakref.WeakSet()


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
        self._ended = False  # becomes true once the generator and its clean-up have run
        self._senders: list[FrameSender] = []
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name=f"archlab-{info.job}", daemon=True)

    def start(self) -> None:
        """Begin; returns at once."""
        _jobs_of_process.add(self)
        self._thread.start()

    @property
    def running(self) -> bool:
        """Whether it still does something, its clean-up included."""
        return not self._ended

    @property
    def control(self) -> Steering:
        """What the job is steered by."""
        return self.run.control

    @property
    def info(self) -> JobInfo:
        """Name, kind, document and present state."""
        return msgspec.structs.replace(self._info, state=self.state)

    def attach(self, request: RequestId, send: Send) -> None:
        """Send every event so far, then every event that follows, as frames that carry `request`."""
        sender = FrameSender(self.id, request, send)
        with self._lock:
            sender.add(to_plain(JobStarted(job=self.id, kind=self._info.kind, digest=self._info.digest)))
            for event in self.history.copy():
                sender.add(event)
            self._senders.append(sender)
            if self._ended:
                sender.finish(self.last)
        sender.start()

    def detach(self, send: Send, request: RequestId | None = None) -> None:
        """Send nothing more through a transport that has gone, or for one request of it; the job runs on."""
        with self._lock:
            gone = [one for one in self._senders if one.send is send and request in (None, one.request)]
            self._senders = [one for one in self._senders if one not in gone]
        for sender in gone:
            sender.abandon()

    def acknowledge(self, request: RequestId, number: int) -> None:
        """The editor has drawn frame `number` of those that carry `request`."""
        with self._lock:
            senders = [one for one in self._senders if one.request == request]
        for sender in senders:
            sender.acknowledge(number)

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
                self._record(to_plain(event))
                self.control.run_errands()
        except BaseException as error:  # SystemExit included: a thread must not end without a word
            self._error = error
            _clear_frames(error)
            self._record({"type": "failed", "reason": "error", "message": sentence_of(error), "node": "", "hint": ""})
        with self._lock:
            if self.state not in ENDED_STATES:
                self.state = "finished"
            self._ended = True
            senders, last = list(self._senders), self.last
        self.control.end()
        for sender in senders:
            sender.finish(last)

    def _record(self, event: dict[str, Any]) -> None:
        """Keep an event, and hand it to everyone who follows the job."""
        with self._lock:
            self.state = _state_after(event, self.state)
            self.last = event
            self.history.add(event)
            for sender in self._senders:
                sender.add(event)


def _state_after(event: dict[str, Any], state: str) -> str:
    """The state of a job that was in `state` once `event` has happened."""
    kind = str(event.get("type"))
    if kind == "profile_failed" and event.get("reason") == "stopped":
        return "stopped"  # whoever stops a profile is told nothing of a failure
    return STATES.get(kind, state)


def sentence_of(error: BaseException) -> str:
    """An exception as a sentence: ours and plain value errors as they are, others with their class."""
    if isinstance(error, ValueError) and str(error):
        return str(error)
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def _clear_frames(error: BaseException | None) -> None:
    """Empty the frames that a kept exception holds: after an out-of-memory error they are what fills the device."""
    while error is not None:
        traceback.clear_frames(error.__traceback__)
        error = error.__cause__ or error.__context__


class Runner:
    """The jobs of one kernel, or of one widget in it."""

    KEPT = 8  # jobs that a reloaded page can still attach to after they are over

    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()

    def create_job(self, kind: Kind, run: Run, *, rev: int = 0, document: str = "", digest: str = "") -> Job:
        """A job for `run`; it begins with `Job.start`, and nothing of it runs in the caller's thread.

        Old jobs make room for it: only the last `KEPT` that are over stay, and a training frees the nets of the
        trainings before it, whose events stay. Raises ArchlabError for a profile beside another job of this process,
        and for any job beside a profile: what shares its device cannot be measured.
        """
        with _creating, self._lock:
            _refuse_beside_a_profile(kind)
            name = f"{kind}-{next(self._numbers)}"
            info = JobInfo(job=name, kind=kind, state="running", rev=rev, document=document, digest=digest)
            job = Job(info, run)
            self._make_room(kind)
            self._jobs[job.id] = job
        return job

    def _make_room(self, kind: Kind) -> None:
        over = [old for old in self._jobs.values() if not old.running]
        if kind == "train":
            for old in over:
                old.run.release()
        for old in over[: max(0, len(self._jobs) + 1 - self.KEPT)]:
            del self._jobs[old.id]

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

    def detach(self, send: Send, request: RequestId | None = None) -> None:
        """`Job.detach` for every job."""
        for job in self.jobs():
            job.detach(send, request)


SECONDS_TO_STOP = 3.0  # that an ending process leaves its jobs; Jupyter kills a kernel after 5
_creating = threading.Lock()  # two runners must not both find the process free


def _refuse_beside_a_profile(kind: Kind) -> None:
    for other in [job for job in list(_jobs_of_process) if job.running]:
        if "profile" in (kind, other.info.kind):
            what = "The training" if other.info.kind == "train" else "The profile"
            raise ArchlabError(
                f'{what} "{other.id}" of "{other.run.name}" runs in this kernel, and a profile beside it would measure '
                "both. Press Stop in its editor first, or wait for its end."
            )


@atexit.register
def _stop_all() -> None:
    """Stop all jobs and wait: a daemon thread inside torch aborts an interpreter that ends under it."""
    running = [job for job in list(_jobs_of_process) if job.running]
    for job in running:
        job.control.stop()
    deadline = time.monotonic() + SECONDS_TO_STOP
    for job in running:
        job.join(max(0.0, deadline - time.monotonic()))
