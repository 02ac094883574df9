"""Which hours are to be booked. Pure: the check ``books`` reads and writes.

An hour is booked while it lasts and when it is over; again when the number of its unsettled entries
changes, and when a person replays one of the others, or a receipt tells more of one. What came in may wait
in a queue for up to 14 days before the journal knows of it, so each hour is booked again as it grows older.
"""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, Field

from chalicelib.books.moments import HOUR, hour_of
from chalicelib.memory import Memory

ONCE_MORE_AFTER = (timedelta(hours=1), timedelta(hours=6), timedelta(days=1), timedelta(days=15))

SETTLING = timedelta(minutes=15)
"""What came in at the end of an hour may be at its end a little later."""

LONGEST = timedelta(hours=8)
"""What is read at once: few reads where little came in, and not too much at once where much did."""

AGENDA_KEY = "books"
"""The document of :class:`Agenda`."""

Span = tuple[AwareDatetime, AwareDatetime]
"""From the beginning of one hour to that of another, which is not in it."""


class Agenda(Memory):
    """How far the books are, and what is to be booked.

    Attributes:
        booked_at: when the present hour was last booked; None before the first time.
        spans: the hours to be booked: apart from each other, oldest first.
        unsettled: how many entries of an hour were open or set aside when it was booked, by its beginning;
            without those that had none.
        made_of: the names of the parts that are kept, and of the zone: with others all hours are due again.
    """

    booked_at: AwareDatetime | None = None
    spans: tuple[Span, ...] = ()
    unsettled: Mapping[AwareDatetime, int] = Field(default_factory=dict)
    made_of: tuple[str, ...] = ()

    def is_made_of(self, names: Collection[str]) -> bool:
        """Whether these are the parts and the zone of all hours so far."""
        return self.booked_at is not None and self.made_of == tuple(sorted(names))

    @classmethod
    def anew(cls, now: datetime, first: datetime, names: Collection[str], zone: ZoneInfo) -> "Agenda":
        """With all hours from the one of ``first`` on to be booked."""
        spans = ((hour_of(first, zone), hour_of(now, zone) + HOUR),)
        return cls(booked_at=now, spans=spans, made_of=tuple(sorted(names)))

    def at(self, now: datetime, oldest: datetime, zone: ZoneInfo) -> "Agenda":
        """With the hours that time alone has made due since the last look, the present one in any case.

        Args:
            now: the present moment.
            oldest: the first hour whose entries are still all there; none before it is booked any more.
            zone: the shop's clock.
        """
        last = self.booked_at or now
        hour = hour_of(now, zone)
        fresh = (hour_of(last - SETTLING, zone), hour + HOUR)
        again = ((hour_of(last - age, zone), hour - age) for age in ONCE_MORE_AFTER)
        spans = _within(oldest, _joined([*self.spans, fresh, *again]))
        unsettled = {start: count for start, count in self.unsettled.items() if start >= oldest}
        return self.model_copy(update={"booked_at": now, "spans": spans, "unsettled": unsettled})

    def with_hours(self, hours: Collection[datetime], oldest: datetime) -> "Agenda":
        """With these hours to be booked, too; without those before the oldest."""
        more = [(hour, hour + HOUR) for hour in hours]
        return self.model_copy(update={"spans": _within(oldest, _joined([*self.spans, *more]))})

    def with_unsettled(self, counts: Mapping[datetime, int], until: datetime, oldest: datetime) -> "Agenda":
        """With the hours that have more or fewer unsettled entries than when they were booked.

        Args:
            counts: how many there are now, by the beginning of their hour.
            until: hours from then on were not counted.
            oldest: no hour before it is booked any more.
        """
        changed = [
            hour
            for hour in {*counts, *self.unsettled}
            if hour < until and counts.get(hour, 0) != self.unsettled.get(hour, 0)
        ]
        return self.with_hours(changed, oldest)

    def newest_first(self) -> Iterator[Span]:
        """The hours to be booked in stretches of at most ``LONGEST``, the newest one first."""
        for since, until in reversed(self.spans):
            ends = until
            while ends > since:
                begins = max(since, ends - LONGEST)
                yield begins, ends
                ends = begins

    @property
    def hours_to_book(self) -> int:
        """How many hours are to be booked."""
        return sum((until - since) // HOUR for since, until in self.spans)

    def booked(self, hour: datetime, unsettled: int) -> "Agenda":
        """Once an hour is booked."""
        others = {start: count for start, count in self.unsettled.items() if start != hour}
        spans = tuple(
            piece
            for since, until in self.spans
            for piece in ((since, min(until, hour)), (max(since, hour + HOUR), until))
            if piece[0] < piece[1]
        )
        return self.model_copy(
            update={"spans": spans, "unsettled": {**others, hour: unsettled} if unsettled else others}
        )


def _joined(spans: Collection[Span]) -> tuple[Span, ...]:
    """The same hours in as few spans as possible, oldest first."""
    joined: list[Span] = []
    for since, until in sorted(span for span in spans if span[0] < span[1]):
        if joined and since <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(until, joined[-1][1]))
        else:
            joined.append((since, until))
    return tuple(joined)


def _within(oldest: datetime, spans: Collection[Span]) -> tuple[Span, ...]:
    """The hours that are not before the oldest one."""
    return tuple((max(since, oldest), until) for since, until in spans if until > oldest)
