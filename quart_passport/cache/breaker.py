"""A breaker: after a few failures in a row, do not ask for a while."""

import time
from collections.abc import Callable

# One slow answer is no outage, and three time limits are what a visitor may lose.
_FAILURES = 3
# Short, so that a restarted server is in use again soon.
_PAUSE_SECONDS = 5.0


class Breaker:
    """Counts failures in a row. Once open, one caller per pause is let through to try."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures = 0
        self._next_try = 0.0

    def admits(self) -> bool:
        """Whether to ask now. While open, a yes is given to one caller and starts a new pause."""
        if self._failures < _FAILURES:
            return True
        if self._clock() < self._next_try:
            return False
        self._next_try = self._clock() + _PAUSE_SECONDS
        return True

    def succeeded(self) -> None:
        """Close."""
        self._failures = 0

    def failed(self) -> None:
        """Count one; the pause starts when it is one too many."""
        self._failures += 1
        self._next_try = self._clock() + _PAUSE_SECONDS
