"""What happens again and again on one machine: AWS does it by schedules, and by its table."""

import logging
import threading
from collections.abc import Callable
from datetime import timedelta

log = logging.getLogger(__name__)


class Repeating:
    """A thread that does something at the start, and then again after each span."""

    def __init__(self, work: Callable[[], object], every: timedelta, name: str) -> None:
        """Do this work, with such spans between its ends and its beginnings."""
        self._work = work
        self._every = every.total_seconds()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Finish what is in hand, and end."""
        self._stopped.set()
        self._thread.join()

    @property
    def alive(self) -> bool:
        """True while the thread runs."""
        return self._thread.is_alive()

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                self._work()
            except Exception:
                # Such as a full disk: the next time it may succeed.
                log.exception("upkeep failed", extra={"work": self._thread.name})
            self._stopped.wait(self._every)
