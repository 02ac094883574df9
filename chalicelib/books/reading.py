"""The books, for pages: hours, days, and which entries are about a phone or an order."""

import heapq
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from chalicelib.books.agenda import AGENDA_KEY, Agenda
from chalicelib.books.facts import Facts
from chalicelib.books.moments import day_key, hour_key, hour_of, hours_between
from chalicelib.books.parts import PARTS
from chalicelib.books.rows import ID, Row, order_key, page_count, row_of, rows_in, rows_key
from chalicelib.engine.port import Document, Documents, Journal, Place

MOST_UNBOOKED = 200
"""Entries that are looked at because they came in since the present hour was last booked."""

HOURS_AT_ONCE = 100
"""As many documents as DynamoDB reads in one call."""


PAGES_AT_ONCE = 5
"""Of the rows of an hour: some megabyte and a half."""


@dataclass(frozen=True, slots=True)
class Hour:
    """What is kept of an hour. ``starts_at`` is in UTC."""

    starts_at: datetime
    facts: Facts


@dataclass(frozen=True, slots=True)
class Day:
    """What is kept of a day of the shop's clock."""

    date: date
    facts: Facts


@dataclass(frozen=True, slots=True)
class Standing:
    """How far the books are.

    Attributes:
        booked_at: when what came in was last booked; None if it never was.
        hours_to_book: how many hours wait to be booked, or to be booked again.
    """

    booked_at: datetime | None
    hours_to_book: int


class Books:
    """What the check ``books`` has kept. Each question costs a call for each 100 hours or days."""

    def __init__(self, documents: Documents, journal: Journal, zone: ZoneInfo) -> None:
        """Read these books.

        Args:
            documents: where they are kept.
            journal: where what is not booked yet is looked for.
            zone: the shop's clock.
        """
        self._documents = documents
        self._journal = journal
        self._zone = zone

    def hours(self, since: datetime, until: datetime) -> list[Hour]:
        """Each hour from the one of ``since`` on that begins before ``until``, oldest first."""
        hours = list(hours_between(since, until, self._zone))
        found = self._documents.get_many([hour_key(hour) for hour in hours])
        return [Hour(hour, _facts(found[hour_key(hour)])) for hour in hours]

    def days(self, first: date, last: date) -> list[Day]:
        """Each day from the first to the last one, today as far as it is booked."""
        days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
        found = self._documents.get_many([day_key(day) for day in days])
        return [Day(day, _facts(found[day_key(day)])) for day in days]

    def find(
        self,
        since: datetime,
        before: Place,
        *,
        digits: str = "",
        number: str = "",
        order_ids: Collection[str] = (),
        limit: int = 50,
    ) -> list[Row]:
        """The rows of entries about such a phone or such an order, newest first.

        Of what came in since the books were last brought up to date, the newest are looked at.

        Args:
            since: none that came in before.
            before: only what stands after this place in the list: that is, before it in time.
            digits: the last digits of a phone, ten at most; empty for none.
            number: how an order's number begins, as people write it: see ``Row.is_about``; empty for none.
            order_ids: the CRM's ids of orders; none for none.
            limit: how many at most.
        """
        key, names = order_key(number), frozenset(f"{ID}{order_id}" for order_id in order_ids)
        end = (before.received_at, before.entry_id)
        rows = self.rows(since, before.received_at + timedelta.resolution)
        found = {
            (row.at, row.id): row
            for row in rows
            if (row.at, row.id) < end and row.is_about(digits, key, names)
        }
        return [found[place] for place in heapq.nlargest(limit, found)]

    def rows(self, since: datetime, until: datetime) -> Iterator[Row]:
        """The rows of entries that came in from then on and before ``until``, newest first.

        Those that came in since the books were last brought up to date may come twice.
        """
        return (row for row in self._rows(since, until) if since <= row.at < until)

    def standing(self) -> Standing:
        """How far the books are. One read."""
        agenda = self._agenda()
        return Standing(agenda.booked_at, agenda.hours_to_book)

    def _rows(self, since: datetime, until: datetime) -> Iterator[Row]:
        """Newest first."""
        yield from self._unbooked(since, until)
        hours = list(hours_between(since, until, self._zone))[::-1]
        for first in range(0, len(hours), HOURS_AT_ONCE):
            some = hours[first : first + HOURS_AT_ONCE]
            first_pages = self._documents.get_many([rows_key(hour) for hour in some])
            for hour in some:
                yield from self._of_hour(hour, first_pages[rows_key(hour)])

    def _of_hour(self, hour: datetime, first_page: Document) -> Iterator[Row]:
        """Newest first. Only an hour with very many rows has more than the first page of them."""
        count = page_count(first_page.content)
        for end in range(count, 1, -PAGES_AT_ONCE):
            keys = [rows_key(hour, page) for page in range(end, max(end - PAGES_AT_ONCE, 1), -1)]
            pages = self._documents.get_many(keys)
            for key in keys:
                yield from rows_in(pages[key].content)
        yield from rows_in(first_page.content)

    def _unbooked(self, since: datetime, until: datetime) -> Iterator[Row]:
        booked_at = self._agenda().booked_at
        after = max(since, hour_of(booked_at, self._zone)) if booked_at else since
        if after < until:
            for entry in self._journal.latest(limit=MOST_UNBOOKED, since=after):
                row = row_of(entry)
                if row is not None:
                    yield row

    def _agenda(self) -> Agenda:
        return Agenda.model_validate(self._documents.get(AGENDA_KEY).content)


def _facts(document: Document) -> Facts:
    return Facts.read(document.content, PARTS)
