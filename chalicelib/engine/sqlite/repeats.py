"""Which messages were put a short while ago: a repeat of one of them is dropped, even if that is done.

Remembered by each process for itself, and not in the file: what gets past it, after a restart or because very
many come, finds its entry in the journal, which remembers for good. In the file it would be the half of what
is written for each webhook.
"""

import threading
from collections import OrderedDict
from datetime import timedelta

SPAN = timedelta(minutes=5)
"""As long as SQS FIFO remembers a deduplication id."""

MOST = 20_000
"""So many are remembered at most: some 4 MiB."""


class Repeats:
    """The deduplication ids of a queue. Any thread may use it."""

    def __init__(self) -> None:
        """Begin with none."""
        self._until: OrderedDict[str, float] = OrderedDict()
        self._lock = threading.Lock()

    def knows(self, deduplication_id: str, now: float) -> bool:
        """True if a message with this id was put within the span before ``now``, in seconds."""
        return self._until.get(deduplication_id, now) > now

    def add(self, deduplication_id: str, now: float) -> None:
        """A message with this id is durable now. The first of several counts."""
        with self._lock:
            if self.knows(deduplication_id, now):
                return
            self._until.pop(deduplication_id, None)
            self._until[deduplication_id] = now + SPAN.total_seconds()
            while len(self._until) > MOST or next(iter(self._until.values())) <= now:
                self._until.popitem(last=False)
