"""Bounds how many webhooks of a source are taken in a minute: a public form is open to robots, too."""

import math
import threading
from collections import deque
from datetime import datetime, timedelta

MINUTE = timedelta(minutes=1)


class Crowding:
    """Counts by source. Each process of the gate counts for itself; any thread may."""

    def __init__(self) -> None:
        """Begin with an empty minute."""
        self._taken: dict[str, deque[datetime]] = {}
        self._lock = threading.Lock()

    def wait(self, source: str, most: int, now: datetime) -> int:
        """Count one, unless ``most`` were counted in the last minute: then seconds after which one more is.

        Args:
            source: the name.
            most: how many a minute, at least one.
            now: when it came.
        """
        with self._lock:
            taken = self._taken.get(source)
            if taken is None or taken.maxlen != most:
                taken = self._taken[source] = deque(taken or (), maxlen=most)
            # A moment that has not come yet is of a clock that was set back meanwhile.
            if len(taken) == most and timedelta() <= now - taken[0] < MINUTE:
                return math.ceil((MINUTE - (now - taken[0])).total_seconds())
            taken.append(now)
        return 0
