"""What waits on purpose for longer than a queue should hold it goes back to its queue when it is due."""

import logging
from datetime import datetime, timedelta

from chalicelib.engine.port import Engine

MOST_AT_ONCE = 100

log = logging.getLogger(__name__)


def fire_due(engine: Engine, now: datetime) -> None:
    """Put back what is due by now, in the order in which it is due.

    A crash between the two steps repeats the first one. That does no harm: the entry is one, and whoever
    comes second finds it closed, or with a new timer.
    """
    while timers := engine.timers.due(now, MOST_AT_ONCE):
        for timer in timers:
            engine.queue(timer.queue).put(timer.envelope)
            engine.timers.remove(timer)
        log.info("timers fired", extra={"count": len(timers)})


def lateness(engine: Engine, now: datetime) -> timedelta:
    """For how long the first timer that is due has waited in vain to be fired."""
    due = engine.timers.due(now, 1)
    return now - due[0].due_at if due else timedelta()
