"""Things that the bridge's tests share."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from archlab.bridge import messages as m
from archlab.document.spec import Spec
from archlab.templates import template


class Sent:
    """A transport that keeps what it is given and acknowledges frames, unless told not to."""

    def __init__(self) -> None:
        self.messages: list[Any] = []
        self.buffers: list[list[bytes]] = []
        self.acknowledge: Callable[[m.Frame], None] | None = None
        self._arrived = threading.Condition()

    def __call__(self, message: Any, buffers: list[bytes]) -> None:
        with self._arrived:
            self.messages.append(message)
            self.buffers.append(buffers)
            self._arrived.notify_all()
        if self.acknowledge is not None and isinstance(message, m.Frame):
            self.acknowledge(message)

    def of(self, kind: type[Any]) -> list[Any]:
        """Messages of one kind so far."""
        return [message for message in list(self.messages) if isinstance(message, kind)]

    def events(self, type: str = "") -> list[dict[str, Any]]:
        """Events of all frames so far, of one type if it is named."""
        found = [event for frame in self.of(m.Frame) for event in frame.events]
        return [event for event in found if type in ("", event["type"])]

    def until(self, condition: Callable[[], bool], seconds: float = 60.0) -> None:
        """Wait for something to arrive; fails the test when it does not."""
        deadline = time.monotonic() + seconds
        with self._arrived:
            while not condition():
                left = deadline - time.monotonic()
                if left <= 0:
                    pytest.fail(f"It did not happen within {seconds} s. Sent so far: {self.messages[-3:]}")
                self._arrived.wait(min(left, 0.5))

    def reply(self, id: int) -> Any:
        """The answer to a request, as plain JSON; fails the test on an error."""
        self.until(lambda: any(one.id == id for one in [*self.of(m.Reply), *self.of(m.Failure)]))
        answer = next(one for one in [*self.of(m.Reply), *self.of(m.Failure)] if one.id == id)
        assert isinstance(answer, m.Reply), answer
        return msgspec.to_builtins(answer.value)


@pytest.fixture
def sent() -> Sent:
    return Sent()


@pytest.fixture(scope="session")
def small() -> Spec:
    """A document that trains in milliseconds a step."""
    return template("hrnet-3").with_cells("C2").with_layout(levels=2, channels=4)
