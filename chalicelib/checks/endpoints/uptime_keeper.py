"""Gathers what rounds have seen of endpoints, and keeps it every few minutes."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from chalicelib.books.moments import hour_of
from chalicelib.changing import Content, change_document
from chalicelib.checks.endpoints.judging import WELL, Sighting, States
from chalicelib.checks.endpoints.tallies import Tally, of_probe
from chalicelib.checks.endpoints.uptime import HourOfAll, hour_key, merged
from chalicelib.engine.port import Documents

KEPT_EVERY = timedelta(minutes=5)
"""A process that dies takes the counts of so much time with it, the good ones and the bad ones alike."""


class UptimeKeeper:
    """Keeps what rounds have seen."""

    def __init__(self, documents: Documents, zone: ZoneInfo) -> None:
        """Keep it in these documents; hours are on the clock of ``zone``."""
        self._documents = documents
        self._zone = zone
        self._asked_at: dict[str, datetime] = {}
        self._waiting: dict[datetime, dict[str, Tally]] = {}
        self._kept_at: datetime | None = None

    def add(
        self,
        sightings: Mapping[str, Sighting],
        states: States,
        intervals: Mapping[str, timedelta],
        now: datetime,
    ) -> None:
        """Take note of a round, and keep it if the last time was a while ago.

        Args:
            sightings: how endpoints were seen, by the keys of their incidents.
            states: how these are after it.
            intervals: how often each is looked at.
            now: when that was.
        """
        tallies = {}
        for key, sighting in sightings.items():
            every = intervals[key]
            span = min(every, now - self._asked_at.get(key, now - every))
            tallies[key] = of_probe(
                span,
                is_failure=sighting.problem is not None,
                is_down=states.get(key, WELL).is_down,
                in_maintenance=sighting.is_silent,
                took=sighting.took,
            )
            self._asked_at[key] = now
        if tallies:
            hour = hour_of(now, self._zone)
            self._waiting[hour] = merged(self._waiting.get(hour, {}), tallies)
        # The first round at once: a process may not live for long, and people want to see something.
        if self._waiting and (self._kept_at is None or now - self._kept_at >= KEPT_EVERY):
            self._keep()
            self._kept_at = now

    def _keep(self) -> None:
        for hour in sorted(self._waiting):
            self._keep_hour(hour, self._waiting[hour])
            del self._waiting[hour]

    def _keep_hour(self, hour: datetime, tallies: Mapping[str, Tally]) -> None:
        """Add to what is there, whoever else does at the same time."""

        def with_these(content: Content) -> Content:
            return HourOfAll.model_validate(content).with_tallies(hour, tallies).content()

        change_document(self._documents, hour_key(hour), with_these)
