"""Sends the events of a job to one editor, at the editor's pace."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from archlab.bridge.frames import Backlog, Pace, split_buffers
from archlab.bridge.messages import Done, Frame, RequestId

Send = Callable[[Any, list[bytes]], None]  # message struct, buffers


class FrameSender:
    """Sends the events of a job as frames that carry `request`, from a thread of its own, and `Done` at the end.

    A slow editor, or one that has gone, holds up neither the job nor the other editors that follow it.
    """

    def __init__(self, job: str, request: RequestId, send: Send) -> None:
        self.request = request
        self.send = send
        self._job = job
        self._backlog = Backlog()
        self._pace = Pace()
        self._last: dict[str, Any] | None = None
        self._abandoned = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._send_frames, name=f"archlab-frames-{job}", daemon=True)

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

    def finish(self, last: dict[str, Any]) -> None:
        """No event follows `last`: send what waits, then `Done`."""
        with self._changed:
            self._last = last
            self._changed.notify()

    def abandon(self) -> None:
        """Send nothing more: the editor has gone, or asked for that."""
        with self._changed:
            self._abandoned = True
            self._changed.notify()

    def _send_frames(self) -> None:
        while True:
            with self._changed:
                while not self._ready():
                    self._changed.wait(self._pace.wait(time.monotonic()) if len(self._backlog) else None)
                if self._abandoned:
                    return
                events, last = self._backlog.drain(), self._last
                number = self._pace.sent(time.monotonic())
            try:
                if events:
                    buffers: list[bytes] = []
                    content = split_buffers(events, buffers)
                    self.send(Frame(id=self.request, job=self._job, number=number, events=content), buffers)
                if last is not None:
                    self.send(Done(id=self.request, job=self._job, last=split_buffers(last, [])), [])
                    return
            except Exception:  # the transport is gone; the job goes on without this editor
                return

    def _ready(self) -> bool:
        if self._abandoned or self._last is not None:
            return True
        return len(self._backlog) > 0 and self._pace.wait(time.monotonic()) == 0.0
