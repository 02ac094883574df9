"""The check ``uptime``: puts each finished day of the endpoints into documents of their own.

A day is put there as a whole, so doing it twice, or again after a crash, changes nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from chalicelib.books.moments import day_of
from chalicelib.checks.endpoints.tallies import NOTHING_SEEN, Tally
from chalicelib.checks.endpoints.uptime import (
    DAY,
    RING_HOURS,
    DaysOfOne,
    HourOfAll,
    days_key,
    ring_key,
)
from chalicelib.checks.port import Finding
from chalicelib.engine.port import Documents, VersionConflict
from chalicelib.memory import Memory

DOCUMENT = "uptime-days"
OVER_AFTER = timedelta(minutes=10)
"""Rounds keep what they saw only every few minutes."""


class FinishedDays(Memory):
    """How far we are.

    Attributes:
        until: the last day that is where it belongs; None before the first.
    """

    until: date | None = None


class UptimeCheck:
    """Implements ``checks.port.Watch``."""

    name = "uptime"
    every = timedelta(minutes=15)
    has_baseline = False

    def __init__(self, documents: Documents, zone: ZoneInfo) -> None:
        """Use these documents; days are on the clock of ``zone``."""
        self._documents = documents
        self._zone = zone

    def find(self, now: datetime) -> Iterable[Finding]:
        """Keep the days that are over. Nobody has to do anything about them."""
        document = self._documents.get(DOCUMENT)
        until = FinishedDays.model_validate(document.content).until
        yesterday = day_of(now - OVER_AFTER, self._zone) - DAY
        if until is None or until < yesterday:
            self._keep(self._finished(until, yesterday))
            self._documents.put(replace(document, content=FinishedDays(until=yesterday).content()))
        return ()

    def look(self, now: datetime) -> Sequence[str]:
        """See the port."""
        del now
        until = FinishedDays.model_validate(self._documents.get(DOCUMENT).content).until
        return [f"days kept until {until or 'never'}"]

    def _finished(self, after: date | None, until: date) -> Mapping[str, Mapping[date, Tally]]:
        """The days after one, up to another one, by the keys of the endpoints' incidents."""
        finished: dict[str, dict[date, Tally]] = {}
        ring = self._documents.get_many([ring_key(number) for number in range(RING_HOURS)])
        for document in ring.values():
            kept = HourOfAll.model_validate(document.content)
            if kept.hour is None:
                continue
            day = day_of(kept.hour, self._zone)
            if day > until or (after is not None and day <= after):
                continue
            for key, tally in kept.tallies.items():
                days = finished.setdefault(key, {})
                days[day] = days.get(day, NOTHING_SEEN).merged(tally)
        return finished

    def _keep(self, finished: Mapping[str, Mapping[date, Tally]]) -> None:
        documents = self._documents.get_many([days_key(key) for key in finished])
        for key, days in finished.items():
            document = documents[days_key(key)]
            together = DaysOfOne.model_validate(document.content).with_days(days)
            # Who wrote meanwhile has put the same days there.
            with suppress(VersionConflict):
                self._documents.put(replace(document, content=together.content()))
