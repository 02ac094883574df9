"""When somebody works: a week of hours on the clock of the shop's own time zone."""

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MINUTES_A_DAY = 24 * 60

_DAY_NUMBERS = {name.lower(): number for number, name in enumerate(DAYS)}
_ALL_WEEK = "Mon-Sun 00:00-24:00"
_RIGHT_FORM = 'write it like "Mon-Fri 09:00-20:00, Sat 10:00-16:00" or "always"'
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})", re.ASCII)


class Span(NamedTuple):
    """One stretch of work that begins on one day of the week.

    Attributes:
        weekday: 0 for Monday.
        opens: minutes after that day's midnight.
        closes: minutes after the same midnight: more than a day's if it runs into the next day.
    """

    weekday: int
    opens: int
    closes: int


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """The hours of a week. Never empty: each week has an opening.

    As a field of a pydantic model it is read from its text and written as its text.

    Attributes:
        spans: in the order of the week; they may overlap.
        text: how it was written. Two ways of writing the same hours are equal.
    """

    spans: tuple[Span, ...]
    text: str = field(compare=False)

    @classmethod
    def parse(cls, text: str) -> "WorkingHours":
        """Read ``Mon-Fri 09:00-20:00, Sat 10:00-16:00``, ``Mon,Wed 10:00-14:00`` or ``always``.

        A closing time before the opening time belongs to the next day.

        Raises:
            ValueError: names the part that is wrong, and the right form.
        """
        written = _ALL_WEEK if text.strip().lower() == "always" else text
        # People paste dashes out of word processors, and put spaces around them.
        parts = re.sub(r"\s*[-–]\s*", "-", written).split(",")
        spans: set[Span] = set()
        days: list[int] = []
        for part in parts:
            days_text, *times_text = part.split() or [""]
            days += _days(days_text)
            if len(times_text) > 1:
                raise ValueError(f'"{part.strip()}" is more than days and one pair of times: {_RIGHT_FORM}')
            if times_text:
                opens, closes = _times(times_text[0])
                spans.update(Span(day, opens, closes) for day in days)
                days = []
        if days:
            raise ValueError(f'"{parts[-1].strip()}" has no times: {_RIGHT_FORM}')
        return cls(tuple(sorted(spans)), text)

    def is_open(self, moment: datetime, zone: ZoneInfo) -> bool:
        """Say whether somebody works at this moment. The closing moment itself is closed."""
        return self.next_opening(moment, zone) == moment

    def next_opening(self, moment: datetime, zone: ZoneInfo) -> datetime:
        """The moment itself if it is open, else the next opening; in UTC.

        At most eight days ahead, except where clocks go forward over the only span of a week.
        """
        return next(self._open_from(moment, zone))[0]

    def next_closing(self, moment: datetime, zone: ZoneInfo) -> datetime:
        """The moment itself if it is closed, else when the hours end that it is in; in UTC.

        At most a week ahead: some hours never end.
        """
        ends = moment.astimezone(UTC)
        longest = ends + timedelta(weeks=1)
        for opens, closes in self._open_from(moment, zone):
            if opens > ends or ends >= longest:
                break
            ends = closes
        return min(ends, longest)

    def add_open_time(self, moment: datetime, span: timedelta, zone: ZoneInfo) -> datetime:
        """The moment, in UTC, when ``span`` of open time has passed since ``moment``."""
        stretches = self._open_from(moment, zone)
        opens, closes = next(stretches)
        remaining = span
        while opens + remaining > closes:
            remaining -= closes - opens
            opens, closes = next(stretches)
        return opens + remaining

    def open_time_between(self, begins: datetime, ends: datetime, zone: ZoneInfo) -> timedelta:
        """How much open time passes from one moment to a later one."""
        passed = timedelta()
        for opens, closes in self._open_from(begins, zone):
            if opens >= ends:
                break
            passed += min(closes, ends) - opens
        return passed

    @property
    def longest(self) -> timedelta:
        """The longest time that passes from an opening to the closing after it; at most a week."""
        zone = ZoneInfo("UTC")
        moment = begins = datetime(2026, 1, 1, tzinfo=UTC)
        longest = timedelta()
        while moment < begins + timedelta(weeks=1):
            opens = self.next_opening(moment, zone)
            moment = self.next_closing(opens, zone)
            longest = max(longest, moment - opens)
        return longest

    def _open_from(self, moment: datetime, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
        """Each stretch of open time from the moment on, without end and without overlap, in UTC."""
        if moment.utcoffset() is None:
            raise ValueError(f"{moment} has no time zone")
        covered = moment.astimezone(UTC)
        # Yesterday's span may run into today; where a zone once skipped a whole day, that day's too.
        first = moment.astimezone(zone).date() - timedelta(days=2)
        for ahead in itertools.count():
            for opens, closes in self._stretches(first + timedelta(days=ahead), zone):
                begins = max(opens, covered)
                if begins < closes:
                    yield begins, closes
                    covered = closes

    def _stretches(self, day: date, zone: ZoneInfo) -> list[tuple[datetime, datetime]]:
        midnight = datetime.combine(day, time.min, tzinfo=zone)
        return sorted(
            (_instant(midnight, span.opens), _instant(midnight, span.closes))
            for span in self.spans
            if span.weekday == day.weekday()
        )

    def __str__(self) -> str:
        return self.text

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        del source, handler
        return core_schema.no_info_plain_validator_function(
            _parsed, serialization=core_schema.to_string_ser_schema()
        )


def _parsed(value: object) -> WorkingHours:
    return value if isinstance(value, WorkingHours) else WorkingHours.parse(str(value))


def _instant(midnight: datetime, minutes: int) -> datetime:
    """That time on the wall clock, in UTC; the first of two where clocks go back."""
    # Adding to a local time moves the hands of the clock: the right thing where a day has 23 hours.
    return (midnight + timedelta(minutes=minutes)).astimezone(UTC)


def _days(text: str) -> list[int]:
    numbers = [_DAY_NUMBERS.get(name.lower()) for name in text.split("-")]
    match numbers:
        case [int(only)]:
            return [only]
        case [int(first), int(last)]:
            count = (last - first) % len(DAYS) + 1
            return [(first + step) % len(DAYS) for step in range(count)]
        case _:
            raise ValueError(f'"{text}" is no day and no range of days ({", ".join(DAYS)}): {_RIGHT_FORM}')


def _times(text: str) -> tuple[int, int]:
    minutes = [_minutes(clock) for clock in text.split("-")]
    match minutes:
        case [int(opens), int(closes)] if opens != closes and opens < MINUTES_A_DAY:
            return opens, closes if closes > opens else closes + MINUTES_A_DAY
        case [int(opens), int(closes)] if opens == closes:
            raise ValueError(f'"{text}" is no time at all; a whole day is 00:00-24:00: {_RIGHT_FORM}')
        case _:
            raise ValueError(f'"{text}" is no pair of times: {_RIGHT_FORM}')


def _minutes(clock: str) -> int | None:
    found = _CLOCK.fullmatch(clock)
    if found is None:
        return None
    hours, minutes = int(found[1]), int(found[2])
    total = hours * 60 + minutes
    return total if minutes < 60 and total <= MINUTES_A_DAY else None  # noqa: PLR2004 -- minutes of an hour


ALWAYS = WorkingHours.parse("always")


def last_at(at: time, now: datetime, zone: ZoneInfo) -> datetime:
    """The last moment at which it was this time of the day on the zone's clock; in that zone."""
    local = now.astimezone(zone)
    today = datetime.combine(local.date(), at, tzinfo=zone)
    return today if today <= local else today - timedelta(days=1)
