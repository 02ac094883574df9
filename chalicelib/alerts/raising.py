"""Raise an alert: a message of our own on the queue ``notify``, where no dead CRM holds it up."""

import logging
from datetime import timedelta

from chalicelib.clock import Clock
from chalicelib.engine.port import Queue
from chalicelib.entry import Entry
from chalicelib.events import AlertRaised
from chalicelib.gate.tickets import fingerprint
from chalicelib.messages import enclose

AGAIN_AFTER = timedelta(hours=1)
OUTAGE_AGAIN_AFTER = timedelta(days=1)

log = logging.getLogger(__name__)


class AlertRaiser:
    """Tells the responsible people, and the same thing again only after a while."""

    def __init__(self, notify: Queue, clock: Clock) -> None:
        """Put alerts on this queue."""
        self._notify = notify
        self._clock = clock

    def trouble(self, entry: Entry, reason: str, detail: str) -> None:
        """An entry needs a person. With another detail it is other trouble."""
        self._raise(entry, reason, detail, fingerprint(reason, entry.source, detail), AGAIN_AFTER)

    def outage(self, entry: Entry, reason: str, detail: str) -> None:
        """A service is away, and we go on trying. However many details it has, it is one outage."""
        retrying = f"{reason}-retrying"
        self._raise(entry, retrying, detail, fingerprint(retrying, entry.source), OUTAGE_AGAIN_AFTER)

    def _raise(self, entry: Entry, reason: str, detail: str, what: str, again_after: timedelta) -> None:
        log.error("trouble", extra={"entry": entry.id, "reason": reason, "source": entry.source})
        if any(isinstance(event, AlertRaised) for event in entry.events):
            return  # An alert about an alert would go the same broken way.
        now = self._clock()
        span = int(now.timestamp() // again_after.total_seconds())
        alert = AlertRaised(
            reason=reason, source=entry.source, entry_id=entry.id, detail=detail, raised_at=now
        )
        self._notify.put(enclose(alert, f"alert:{what}:{span}", "", now))
