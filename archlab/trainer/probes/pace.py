"""How often to capture: a controller, not a constant."""

from __future__ import annotations

import math
import statistics
from collections import deque


class Pace:
    """Chooses the interval k so that capture / (k x step) stays within `budget`, and k x step above 1 / `fps`.

    Times are medians over the last steps and captures, so that a slow first one does not count for long.
    """

    def __init__(self, budget: float = 0.03, fps: float = 8.0) -> None:
        self._budget = budget
        self._fps = fps
        self._steps: deque[float] = deque(maxlen=16)
        self._captures: deque[float] = deque(maxlen=5)
        self._last = 0

    def step_took(self, seconds: float) -> None:
        """Tell what a step took, captures not included."""
        self._steps.append(seconds)

    def capture_took(self, seconds: float, step: int) -> None:
        """Tell what the capture after `step` steps took."""
        self._captures.append(seconds)
        self._last = step

    @property
    def every(self) -> int | None:
        """Steps from one capture to the next; None before both times are known."""
        if not self._steps or not self._captures:
            return None
        step = max(statistics.median(self._steps), 1e-9)
        needed = max(statistics.median(self._captures) / self._budget, 1 / self._fps)
        return max(math.ceil(needed / step), 1)

    def due(self, step: int) -> bool:
        """Whether to capture after `step` steps."""
        every = self.every
        return every is not None and step - self._last >= every
