"""Raise an alert: a message of our own on the queue ``notify``, where no dead CRM holds it up."""

import logging
from datetime import timedelta

from chalicelib.clock import Clock
from chalicelib.engine.port import Queue
from chalicelib.entry import Entry
from chalicelib.events import OWN_TROUBLE, AlertRaised
from chalicelib.gate.tickets import fingerprint
from chalicelib.messages import enclose

AGAIN_AFTER = timedelta(hours=1)

log = logging.getLogger(__name__)


class AlertRaiser:
    """Tells the responsible people, and the same thing again only after a while."""

    def __init__(self, notify: Queue, clock: Clock) -> None:
        """Put alerts on this queue."""
        self._notify = notify
        self._clock = clock

    def trouble(self, entry: Entry, reason: str, detail: str) -> None:
        """An entry needs a person. With another detail it is other trouble."""
        log.error("trouble", extra={"entry": entry.id, "reason": reason, "source": entry.source})
        if entry.plan and any(isinstance(event, OWN_TROUBLE) for event in entry.events):
            return  # An alert about an alert would go the same broken way. One without a plan went none.
        now = self._clock()
        alert = AlertRaised(
            reason=reason, source=entry.source, entry_id=entry.id, detail=detail, raised_at=now
        )
        span = int(now.timestamp() // AGAIN_AFTER.total_seconds())
        self._put(alert, f"{fingerprint(reason, entry.source, detail)}:{span}")

    def channel_closed(self, detail: str) -> None:
        """A channel will deliver no more alerts: people must hear it through another one."""
        now = self._clock()
        alert = AlertRaised(reason="channel-closed", source="", entry_id="", detail=detail, raised_at=now)
        self._put(alert, f"{fingerprint('channel-closed', detail)}:{now.isoformat()}")

    def _put(self, alert: AlertRaised, what: str) -> None:
        self._notify.put(enclose(alert, f"alert:{what}", "", alert.raised_at))
