"""Keep below a service's limit of requests."""

import threading
import time
from collections import deque
from collections.abc import Callable

WINDOW_SECONDS = 1.0


class Pace:
    """Lets at most so many requests begin within any second, in all threads together.

    A burst up to the limit does not wait, so that a single event is not slowed down.
    """

    def __init__(
        self,
        per_second: float,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Allow ``per_second`` requests; below one a second, one each ``1 / per_second`` seconds."""
        self._limit = max(1, int(per_second))
        self._window = WINDOW_SECONDS if per_second >= 1 else WINDOW_SECONDS / per_second
        self._monotonic = monotonic
        self._sleep = sleep
        self._begun: deque[float] = deque()
        self._lock = threading.Lock()

    def wait(self) -> None:
        """Return when the next request may begin."""
        while True:
            with self._lock:
                now = self._monotonic()
                # Sums, no differences: what is left to wait must not be lost in rounding.
                while self._begun and now >= self._begun[0] + self._window:
                    self._begun.popleft()
                if len(self._begun) < self._limit:
                    self._begun.append(now)
                    return
                delay = self._begun[0] + self._window - now
            self._sleep(delay)
