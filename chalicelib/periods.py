"""Days, weeks and months by the shop's calendar."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, get_args

Kind = Literal["day", "week", "month"]
KINDS: tuple[Kind, ...] = get_args(Kind)

DAY = timedelta(days=1)
DAYS_OF_WEEK = 7
EARLIEST = date(2000, 1, 1)
"""What is earlier is a slip of the pen."""

LATEST = date(2999, 12, 31)

_WRITTEN: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("day", re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)),
    ("week", re.compile(r"(\d{4})-W(\d{2})", re.ASCII)),
    ("month", re.compile(r"(\d{4})-(\d{2})", re.ASCII)),
)


@dataclass(frozen=True, slots=True)
class Period:
    """A day, a week from Monday to Sunday, or a calendar month.

    Attributes:
        first: its first day.
    """

    kind: Kind
    first: date

    @classmethod
    def containing(cls, kind: Kind, day: date) -> "Period":
        """The period of this kind that a day belongs to."""
        if kind == "day":
            return cls(kind, day)
        if kind == "week":
            return cls(kind, day - day.weekday() * DAY)
        return cls(kind, day.replace(day=1))

    @classmethod
    def parse(cls, text: str) -> "Period":
        """The period that is written so: ``2026-11-22``, ``2026-W47`` or ``2026-11``.

        Raises:
            ValueError: it is none, or too long ago, or too far ahead.
        """
        for kind, pattern in _WRITTEN:
            found = pattern.fullmatch(text)
            if found is None:
                continue
            first = _first_day(kind, [int(number) for number in found.groups()])
            if first is not None and EARLIEST <= first <= LATEST:
                return cls(kind, first)
        raise ValueError(f"{text!r} is no period")

    @property
    def key(self) -> str:
        """As ``parse`` takes it."""
        if self.kind == "day":
            return self.first.isoformat()
        if self.kind == "month":
            return f"{self.first:%Y-%m}"
        year, week, _ = self.first.isocalendar()
        return f"{year}-W{week:02}"

    @property
    def last(self) -> date:
        """Its last day."""
        return self.next.first - DAY

    @property
    def next(self) -> "Period":
        """The period after it."""
        if self.kind == "day":
            return Period(self.kind, self.first + DAY)
        if self.kind == "week":
            return Period(self.kind, self.first + DAYS_OF_WEEK * DAY)
        # Four weeks and four days after a first is always in the next month.
        return Period.containing(self.kind, self.first + 32 * DAY)

    @property
    def previous(self) -> "Period":
        """The period before it."""
        return Period.containing(self.kind, self.first - DAY)

    @property
    def days(self) -> tuple[date, ...]:
        """Its days, the first one first."""
        return tuple(days_between(self.first, self.last))


def days_between(first: date, last: date) -> Iterator[date]:
    """Each day, both ends included."""
    for number in range((last - first).days + 1):
        yield first + number * DAY


def latest(kind: Kind, today: date, count: int) -> list[Period]:
    """So many periods of this kind, the one that a day belongs to first."""
    periods = [Period.containing(kind, today)]
    while len(periods) < count:
        periods.append(periods[-1].previous)
    return periods


def _first_day(kind: Kind, numbers: list[int]) -> date | None:
    """None if the calendar has no such period."""
    year, *rest = numbers
    try:
        if kind == "week":
            return date.fromisocalendar(year, rest[0], 1)
        return date(year, *rest) if kind == "day" else date(year, rest[0], 1)
    except ValueError:
        return None
