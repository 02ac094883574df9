"""Tell people when nothing can be stored. No queue can carry this alert: it is what is in trouble."""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Literal

from chalicelib.alerts.delivery import ConfiguredChannel
from chalicelib.clock import Clock
from chalicelib.errors import Refused, Unreachable
from chalicelib.events import Alert, AlertRaised
from chalicelib.people import Person, leads
from chalicelib.playbook.notifications import alert_text
from chalicelib.settings import Shop
from chalicelib.texts import Texts

AGAIN_AFTER = timedelta(hours=1)
"""A disk that is full again and again is one message an hour."""

SUBJECT = "storage"

Message = tuple[Person, Alert]
log = logging.getLogger(__name__)


class DirectAlerts:
    """Alerts that go to the channels at once, and are kept in memory while no channel answers."""

    def __init__(self, shop: Shop, texts: Texts, channels: Sequence[ConfiguredChannel]) -> None:
        """Tell the shop's leads by these channels, each by the first one that delivers."""
        self._shop = shop
        self._texts = texts
        self._channels = {channel.name: channel for channel in channels}
        self._waiting: list[Message] = []
        self._told_to_all: set[tuple[str, str]] = set()

    def put(self, raised: AlertRaised, state: Literal["firing", "resolved"]) -> None:
        """Something that each lead must know."""
        alert = Alert(
            subject_id=SUBJECT,
            state=state,
            severity="critical",
            text=alert_text(raised, self._texts, self._shop.shop.name),
            at=raised.raised_at,
        )
        log.error("alert", extra={"text": alert.text})
        self._waiting += [(person, alert) for person in leads(self._shop.people)]

    def deliver(self) -> None:
        """Try what waits; what cannot be delivered now goes on waiting."""
        self._waiting = [message for message in self._waiting if not self._is_over(message)]
        if not self._waiting:
            self._told_to_all.clear()

    def _is_over(self, message: Message) -> bool:
        """True once it is delivered, or never will be."""
        person, alert = message
        may_pass = False
        for name in person.channels or self._channels:
            try:
                if self._tell(self._channels[name], person, alert):
                    return True
            except Unreachable as unreachable:
                log.warning("an alert waits", extra={"person": person.name, "detail": unreachable.detail})
                may_pass = True
            except Refused as refused:
                log.critical("an alert was refused", extra={"person": person.name, "detail": refused.detail})
        return not may_pass

    def _tell(self, configured: ConfiguredChannel, person: Person, alert: Alert) -> bool:
        """False if the channel does not know the person. What all read in one place stands there once."""
        address = configured.channel.address(person)
        told = (configured.name, alert.text)
        if address and told not in self._told_to_all:
            configured.channel.tell(address, alert)
            if configured.channel.is_shared:
                self._told_to_all.add(told)
        return bool(address)


class StorageWatch:
    """Looks again and again whether events can be stored."""

    def __init__(self, trouble: Callable[[], str], alerts: DirectAlerts, clock: Clock) -> None:
        """Ask ``trouble`` at each look: why nothing can be stored, empty if all is well."""
        self._trouble = trouble
        self._alerts = alerts
        self._clock = clock
        self._since: datetime | None = None
        self._told_at: datetime | None = None
        self._is_told = False

    def look(self) -> None:
        """Tell people at the beginning and at the end, the same thing at most once an hour."""
        now = self._clock()
        detail = self._trouble()
        if detail:
            self._since = self._since or now
            self._tell_beginning(self._since, detail, now)
        elif self._since is not None:
            self._tell_end(self._since, now)
            self._since = None
        self._alerts.deliver()

    def _tell_beginning(self, since: datetime, detail: str, now: datetime) -> None:
        if self._told_at is not None and now - self._told_at < AGAIN_AFTER:
            return
        self._told_at, self._is_told = now, True
        self._alerts.put(_raised("storage-failed", detail, since, now), "firing")

    def _tell_end(self, since: datetime, now: datetime) -> None:
        if self._is_told:
            self._is_told = False
            self._alerts.put(_raised("storage-is-back", "", since, now), "resolved")


def _raised(reason: str, detail: str, since: datetime, now: datetime) -> AlertRaised:
    return AlertRaised(reason=reason, source="", entry_id="", detail=detail, since=since, raised_at=now)
