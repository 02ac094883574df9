"""How the endpoints did in the last hours and days, as documents.

One document holds an hour of all endpoints: it is written every few minutes. These documents are a ring, each
is used again after ``RING_HOURS``. The check ``uptime`` puts each finished day into the endpoint's document:
that is written once a day, and a page reads those that it shows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, Field

from chalicelib.books.moments import HOUR, day_of, hour_of, hours_between, midnight
from chalicelib.checks.endpoints.tallies import NOTHING_SEEN, Tally, total
from chalicelib.engine.port import Document, Documents
from chalicelib.memory import Memory

DAY = timedelta(days=1)
RING_HOURS = 72
"""Two whole days and the present one: the check ``uptime`` may be away for a day."""

KEPT_DAYS = 90
ROLLED_WITHIN = timedelta(hours=1)
"""By then the check ``uptime`` has put a finished day where it belongs."""


class HourOfAll(Memory):
    """One hour of all endpoints.

    Attributes:
        hour: its beginning; None for a document that was never written.
        tallies: by the key of the endpoint's incident.
    """

    hour: AwareDatetime | None = None
    tallies: Mapping[str, Tally] = Field(default_factory=dict)

    def with_tallies(self, hour: datetime, tallies: Mapping[str, Tally]) -> "HourOfAll":
        """With more of this hour; of another hour nothing is left."""
        kept = self.tallies if self.hour == hour else {}
        return HourOfAll(hour=hour, tallies=merged(kept, tallies))

    def content(self) -> dict[str, Any]:
        """As a document's content."""
        return self.model_dump(mode="json", exclude_defaults=True)


class DaysOfOne(Memory):
    """The finished days of one endpoint.

    Attributes:
        days: by date on the shop's clock, at most ``KEPT_DAYS``.
    """

    days: Mapping[date, Tally] = Field(default_factory=dict)

    def content(self) -> dict[str, Any]:
        """As a document's content."""
        return self.model_dump(mode="json", exclude_defaults=True)

    def with_days(self, days: Mapping[date, Tally]) -> "DaysOfOne":
        """With these days, in the place of what was known of them."""
        together = {**self.days, **days}
        return DaysOfOne(days={day: together[day] for day in sorted(together)[-KEPT_DAYS:]})


class UptimeHistory:
    """Tells how endpoints did. What was not looked at is an empty tally."""

    def __init__(self, documents: Documents, zone: ZoneInfo) -> None:
        """Read these documents; days are on the clock of ``zone``."""
        self._documents = documents
        self._zone = zone

    def of(self, keys: Sequence[str], now: datetime) -> Mapping[str, "Uptime"]:
        """How these endpoints did, by the keys of their incidents.

        Costs one reading of a document for each endpoint and of at most 27 for all of them.
        """
        this_hour = hour_of(now, self._zone)
        last_day = [this_hour - back * HOUR for back in reversed(range(24))]
        first = min(last_day[0], midnight(day_of(now - ROLLED_WITHIN, self._zone), self._zone))
        hours = list(hours_between(first, now, self._zone))
        documents = self._documents.get_many([*map(hour_key, hours), *map(days_key, keys)])
        by_hour = {hour: _raw_tallies(documents[hour_key(hour)], hour) for hour in hours}
        found = {}
        for key in keys:
            tallies = {hour: Tally.model_validate(raw[key]) for hour, raw in by_hour.items() if key in raw}
            kept = DaysOfOne.model_validate(documents[days_key(key)].content).days
            found[key] = Uptime(
                hours={hour: tallies.get(hour, NOTHING_SEEN) for hour in last_day},
                days=self._days({**by_day(tallies, self._zone), **kept}, now),
            )
        return found

    def _days(self, known: Mapping[date, Tally], now: datetime) -> Mapping[date, Tally]:
        today = day_of(now, self._zone)
        days = [today - back * DAY for back in reversed(range(KEPT_DAYS))]
        return {day: known.get(day, NOTHING_SEEN) for day in days}


@dataclass(frozen=True, slots=True)
class Uptime:
    """How one endpoint did.

    Attributes:
        hours: the last 24, by their beginning, oldest first; the last one is not over.
        days: the last ``KEPT_DAYS``, oldest first; the last one is today.
    """

    hours: Mapping[datetime, Tally]
    days: Mapping[date, Tally]

    def last_hours(self) -> Tally:
        """The last 24 hours together."""
        return total(self.hours.values())

    def is_seen_since(self, moment: datetime) -> bool:
        """Whether anybody has looked in the last 24 hours in the hour of this moment or later."""
        return any(tally.probes for hour, tally in self.hours.items() if hour + HOUR > moment)

    def last_days(self, count: int) -> Tally:
        """So many of the last days together."""
        return total(list(self.days.values())[-count:])


def merged(some: Mapping[str, Tally], others: Mapping[str, Tally]) -> dict[str, Tally]:
    """Both together, key by key."""
    return {**some, **{key: some.get(key, NOTHING_SEEN).merged(tally) for key, tally in others.items()}}


def by_day(hours: Mapping[datetime, Tally], zone: ZoneInfo) -> dict[date, Tally]:
    """Hours put together to days on the clock of a zone."""
    days: dict[date, Tally] = {}
    for hour, tally in hours.items():
        day = day_of(hour, zone)
        days[day] = days.get(day, NOTHING_SEEN).merged(tally)
    return days


def hour_key(hour: datetime) -> str:
    """The document of an hour; another hour has had it before."""
    return ring_key(int(hour.timestamp() // HOUR.total_seconds()))


def ring_key(number: int) -> str:
    """A document of the ring."""
    return f"uptime-hour:{number % RING_HOURS}"


def days_key(key: str) -> str:
    """The document of an endpoint's days, by the key of its incident."""
    return f"uptime:{key}"


def _raw_tallies(document: Document, hour: datetime) -> Mapping[str, Any]:
    """What a document of the ring holds of this hour; not validated, as a page shows few of a thousand."""
    content = document.content
    if not content or datetime.fromisoformat(content["hour"]) != hour:
        return {}
    tallies: Mapping[str, Any] = content.get("tallies", {})
    return tallies
