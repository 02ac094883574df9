"""GeoHelper's answers, kept for weeks. While it fails, nobody waits for it."""

import logging
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime

from chalicelib.client_time.geohelper import GeoHelper, NumberRange
from chalicelib.clock import Clock
from chalicelib.engine.port import Documents, VersionConflict
from chalicelib.errors import LeadkeeperError
from chalicelib.memory import Memory

KEPT_FOR = timedelta(weeks=4)
REST_AFTER_FAILURE = timedelta(minutes=10)
BLOCK_DIGITS = 4
"""Ranges are found by their numbers' first digits: a document for each ten thousand numbers."""

log = logging.getLogger(__name__)


class KnownRange(Memory):
    """A range as GeoHelper told it; ``zone`` is empty if it is unknown."""

    first: int
    last: int
    zone: str
    told_at: AwareDatetime


class KnownRanges(Memory):
    """The ranges of one block of numbers."""

    ranges: tuple[KnownRange, ...] = ()

    def of(self, number: int, now: datetime) -> KnownRange | None:
        """The range that has the number, unless it was told too long ago."""
        return next(
            (
                known
                for known in self.ranges
                if known.first <= number <= known.last and now - known.told_at < KEPT_FOR
            ),
            None,
        )

    def with_range(self, told: KnownRange) -> "KnownRanges":
        """With what was just told, without what it replaces."""
        others = [known for known in self.ranges if known.last < told.first or told.last < known.first]
        return KnownRanges(ranges=(*others, told))


class PhoneRanges:
    """The zones of Russian numbers."""

    def __init__(self, geohelper: GeoHelper, documents: Documents, clock: Clock) -> None:
        """Ask GeoHelper for what these documents do not have."""
        self._geohelper = geohelper
        self._documents = documents
        self._clock = clock
        self._rests_until: datetime | None = None

    def zone_of(self, phone: str) -> ZoneInfo | None:
        """The zone of a number (E.164); None if it is unknown, or if GeoHelper does not answer."""
        now = self._clock()
        key = f"phone-range:{phone[:-BLOCK_DIGITS]}"
        document = self._documents.get(key)
        kept = KnownRanges.model_validate(document.content)
        known = kept.of(int(phone.removeprefix("+")), now)
        if known is not None:
            return ZoneInfo(known.zone) if known.zone else None
        told = self._told(phone, now)
        if told is None:
            return None
        if told.first < told.last:  # A single number would be personal data, which may not stay for good.
            fresh = KnownRange(
                first=told.first, last=told.last, zone=told.zone.key if told.zone else "", told_at=now
            )
            with suppress(VersionConflict):
                self._documents.put(replace(document, content=kept.with_range(fresh).content()))
        return told.zone

    def _told(self, phone: str, now: datetime) -> NumberRange | None:
        if self._rests_until is not None and now < self._rests_until:
            return None
        try:
            return self._geohelper.range_of(phone)
        except LeadkeeperError as error:
            log.warning("GeoHelper does not tell", extra={"reason": error.reason, "detail": error.detail})
            self._rests_until = now + REST_AFTER_FAILURE
            return None
