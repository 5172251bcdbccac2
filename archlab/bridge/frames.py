"""From the events of a job to frames on the wire: binary parts beside the JSON, and never faster than the screen."""

from __future__ import annotations

from typing import Any

import msgspec

MIN_INTERVAL = 1 / 8  # seconds; more frames a second cost training speed and show nothing more
PATIENCE = 1.0  # seconds to wait for an acknowledgement before a frame is sent all the same
MAX_UNSEEN = 60  # frames that may be under way; then nothing is sent until one is acknowledged or the job is over
MAX_PENDING = 4096  # events kept for an editor that does not answer; beyond it every other step is dropped
LATEST_ONLY = frozenset({"captured", "progress"})  # of these only the newest is worth drawing
SPARSE = frozenset({"step"})  # of these a long backlog may be thinned: the curve keeps its course


def to_plain(event: Any) -> dict[str, Any]:
    """An event as a dict of JSON values and `bytes`."""
    data = msgspec.to_builtins(event, builtin_types=(bytes,))
    if not isinstance(data, dict):
        raise TypeError(f"An event must be a struct or a dict, not {type(event).__name__}.")
    return data


def split_buffers(value: Any, buffers: list[bytes]) -> Any:
    """The value with every `bytes` moved to `buffers` and `{"buffer": index}` in its place."""
    if isinstance(value, bytes | bytearray | memoryview):
        buffers.append(bytes(value))
        return {"buffer": len(buffers) - 1}
    if isinstance(value, dict):
        return {k: split_buffers(v, buffers) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [split_buffers(v, buffers) for v in value]
    return value


class Backlog:
    """Events that wait for the next frame: in order, the newest capture only, steps thinned when there are too many."""

    def __init__(self) -> None:
        self._events: list[dict[str, Any]] = []

    def __len__(self) -> int:
        return len(self._events)

    def add(self, event: dict[str, Any]) -> None:
        """Put an event at the end."""
        kind = event.get("type")
        if kind in LATEST_ONLY:
            self._events = [e for e in self._events if e.get("type") != kind]
        self._events.append(event)
        if len(self._events) > MAX_PENDING:
            self._thin()

    def drain(self) -> list[dict[str, Any]]:
        """Everything that waits; nothing waits afterwards."""
        events, self._events = self._events, []
        return events

    def copy(self) -> list[dict[str, Any]]:
        """Everything that waits, without taking it."""
        return list(self._events)

    def _thin(self) -> None:
        kept: list[dict[str, Any]] = []
        odd = False
        for event in self._events:
            odd = odd != (event.get("type") in SPARSE)
            if event.get("type") not in SPARSE or odd:
                kept.append(event)
        self._events = kept


class Pace:
    """When the next frame may go: not before `MIN_INTERVAL`, and not before the last one was acknowledged.

    An editor that does not answer (a closed page, a kernel busy with a cell) gets `MAX_UNSEEN` more, slowly.
    """

    def __init__(self) -> None:
        self.number = 0
        self._acknowledged = 0
        self._sent_at = float("-inf")

    def wait(self, now: float) -> float | None:
        """Seconds until the next frame may be sent; 0 = now, None = not before an acknowledgement."""
        unseen = self.number - self._acknowledged
        if unseen >= MAX_UNSEEN:
            return None
        rest = MIN_INTERVAL if unseen == 0 else PATIENCE
        return max(0.0, self._sent_at + rest - now)

    def sent(self, now: float) -> int:
        """A frame goes out; returns its number."""
        self.number += 1
        self._sent_at = now
        return self.number

    def acknowledge(self, number: int) -> None:
        """The editor has drawn frame `number`, so all before it too."""
        self._acknowledged = max(self._acknowledged, min(number, self.number))
