"""The check that keeps the books up to date."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from chalicelib.books.again import forget_marks, marked_hours
from chalicelib.books.agenda import AGENDA_KEY, Agenda
from chalicelib.books.facts import Facts, together
from chalicelib.books.hour import UNSETTLED, Hour
from chalicelib.books.moments import HOUR, day_key, day_of, hour_key, hour_of, hours_between, hours_of
from chalicelib.books.part import Part
from chalicelib.books.rows import oldest_first, pages_of, rows_key
from chalicelib.changing import replace_document
from chalicelib.checks.port import Finding
from chalicelib.engine.port import Documents, Journal
from chalicelib.entry import Status

MOST_STRETCHES = 12
MOST_ENTRIES = 5_000
"""What one run books, except that it comes to the end of a stretch. The rest comes with later runs."""

MOST_UNSETTLED = 5_000
"""Of each of these, the oldest first. If there are more, something is away, and few of them change."""

BEFORE_EXPIRY = timedelta(hours=2)
"""An hour that is nearly as old as that when entries expire is not booked any more: some may be gone soon."""

SETTLED = tuple(status for status in Status if status not in {*UNSETTLED, Status.EXPIRED})


class BooksCheck:
    """The check ``books``. Implements ``checks.port.Watch``: there is nothing to be done about what it sees.

    Each document is made of the journal alone and replaces what was there, and the agenda is written last: so
    whatever crashes, the same hours are booked again, and the same comes of it.
    """

    name = "books"
    every = timedelta(minutes=5)
    has_baseline = False

    def __init__(
        self,
        journal: Journal,
        documents: Documents,
        parts: Sequence[type[Part]],
        zone: ZoneInfo,
        kept_for: timedelta,
    ) -> None:
        """Keep these parts of what is in the journal.

        Args:
            journal: what is booked.
            documents: where the books are kept.
            parts: what is kept of each hour and day.
            zone: the shop's clock.
            kept_for: how long the journal keeps an entry.
        """
        self._journal = journal
        self._documents = documents
        self._parts = parts
        self._zone = zone
        self._kept_for = kept_for

    def find(self, now: datetime) -> Iterable[Finding]:
        """Book the hours that are due, the newest first, and the days that they belong to."""
        agenda = self._agenda_at(now)
        booked: set[date] = set()
        entries = 0
        for since, until in islice(agenda.newest_first(), MOST_STRETCHES):
            hours = self._hours(since, until)
            for start in hours_between(since, until, self._zone):
                hour = hours[start]
                self._book(start, hour)
                agenda = agenda.booked(start, hour.unsettled)
                booked.add(day_of(start, self._zone))
                entries += hour.entries
            if entries >= MOST_ENTRIES:
                break
        for day in booked:
            self._add_up(day)
        replace_document(self._documents, AGENDA_KEY, agenda.content())
        forget_marks(self._documents, now)
        return ()

    def look(self, now: datetime) -> Sequence[str]:
        """See the port."""
        return [f"books: {self._agenda_at(now).hours_to_book} hours to book"]

    def _agenda_at(self, now: datetime) -> Agenda:
        """What is to be booked now."""
        oldest = hour_of(now - self._kept_for + BEFORE_EXPIRY, self._zone)
        names = [*(part.name for part in self._parts), self._zone.key]
        agenda = Agenda.model_validate(self._documents.get(AGENDA_KEY).content)
        if not agenda.is_made_of(names):
            agenda = Agenda.anew(now, self._first(oldest, now), names, self._zone)
        agenda = agenda.at(now, oldest, self._zone)
        for marked in marked_hours(self._documents):
            # In a few zones the shop's hours begin within those of UTC.
            agenda = agenda.with_hours(list(hours_between(marked, marked + HOUR, self._zone)), oldest)
        counts, counted_until = self._unsettled(oldest, now)
        return agenda.with_unsettled(counts, counted_until, oldest)

    def _first(self, oldest: datetime, now: datetime) -> datetime:
        """When the first entry came in that is still there; now if there is none."""
        each = (next(self._journal.received(status, oldest, now), None) for status in (*UNSETTLED, *SETTLED))
        return min((entry.received_at for entry in each if entry is not None), default=now)

    def _unsettled(self, oldest: datetime, now: datetime) -> tuple[Mapping[datetime, int], datetime]:
        """How many entries of each hour may change yet, and until when they were counted."""
        counts: Counter[datetime] = Counter()
        until = now
        for status in UNSETTLED:
            seen = islice(self._journal.received(status, oldest, now), MOST_UNSETTLED)
            hours = [hour_of(entry.received_at, self._zone) for entry in seen]
            counts.update(hours)
            if len(hours) == MOST_UNSETTLED:
                until = min(until, hours[-1])
        return counts, until

    def _hours(self, since: datetime, until: datetime) -> Mapping[datetime, Hour]:
        """What is in the journal, by the beginning of its hour."""
        hours: defaultdict[datetime, Hour] = defaultdict(Hour)
        # The unsettled ones are read first, and what comes to its end meanwhile is met again. It stays as it
        # was: its hour has fewer unsettled ones than are booked, so that the next run books it again.
        met: set[str] = set()
        for status in (*UNSETTLED, *SETTLED):
            for entry in self._journal.received(status, since, until):
                if entry.id not in met:
                    hours[hour_of(entry.received_at, self._zone)].add(entry, self._parts)
                if status in UNSETTLED:
                    met.add(entry.id)
        return hours

    def _book(self, start: datetime, hour: Hour) -> None:
        replace_document(self._documents, hour_key(start), hour.facts.content())
        for number, page in enumerate(pages_of(oldest_first(hour.lines)), 1):
            replace_document(self._documents, rows_key(start, number), page)

    def _add_up(self, day: date) -> None:
        """A day is what its hours are; those of the future are empty."""
        keys = [hour_key(hour) for hour in hours_of(day, self._zone)]
        found = self._documents.get_many(keys)
        facts = together(Facts.read(found[key].content, self._parts) for key in keys)
        replace_document(self._documents, day_key(day), facts.content())
