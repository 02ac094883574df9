"""What happens again and again on one machine: AWS does it by schedules, and by its table."""

import logging
import threading
import time
from collections.abc import Callable
from datetime import timedelta

PATIENCE_SECONDS = 10.0
"""A look at a CRM with many orders takes minutes. One that is cut off is done again after the next start."""

log = logging.getLogger(__name__)


class Repeating:
    """A thread that does something at the start, and then again and again."""

    def __init__(
        self,
        work: Callable[[], object],
        every: timedelta,
        name: str,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Do this work, with such spans between its beginnings; at once if it takes longer."""
        self._work = work
        self._every = every.total_seconds()
        self._monotonic = monotonic
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Finish what is in hand, unless that takes long, and end."""
        self._stopped.set()
        self._thread.join(PATIENCE_SECONDS)

    @property
    def alive(self) -> bool:
        """True while the thread runs."""
        return self._thread.is_alive()

    def _run(self) -> None:
        while not self._stopped.is_set():
            began = self._monotonic()
            try:
                self._work()
            except Exception:
                # Such as a full disk: the next time it may succeed.
                log.exception("upkeep failed", extra={"work": self._thread.name})
            self._stopped.wait(max(0.0, began + self._every - self._monotonic()))
