"""An hour's entries are taken in one by one, while workers and people go on with them."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import cast
from zoneinfo import ZoneInfo

import pytest

from chalicelib.books.agenda import AGENDA_KEY, Agenda
from chalicelib.books.check import BooksCheck
from chalicelib.books.facts import Facts
from chalicelib.books.hour import Hour
from chalicelib.books.incoming import Incoming
from chalicelib.books.moments import hour_key, hour_of
from chalicelib.books.parts import PARTS
from chalicelib.books.rows import rows_in, rows_key
from chalicelib.bootstrap import sqlite_engine
from chalicelib.engine.port import Document, Documents, Journal
from chalicelib.entry import Entry, Status
from chalicelib.events import CallMissed
from tests.engine.contract import PERSONAL_DATA, an_envelope
from tests.world import MORNING

PHONE = "+79161234567"
ZONE = ZoneInfo("Asia/Tomsk")


@pytest.fixture
def documents(tmp_path: Path) -> Iterator[Documents]:
    engine = sqlite_engine(tmp_path)
    yield engine.documents
    engine.close()


def an_entry(name: str, status: Status, at: datetime = MORNING) -> Entry:
    call = CallMissed(call_id=name, phone=PHONE, called_at=at)
    entry = Entry.opened(an_envelope(name, at=at), at).understood((call,))
    return entry if status is Status.OPEN else entry.closed(status, "", "", at)


class Changing:
    """A journal in which entries change while they are read. Only this part of it is asked for."""

    def __init__(self, *entries: Entry) -> None:
        self.entries = {entry.id: entry for entry in entries}
        self.before: dict[Status, Callable[[], None]] = {}
        """What happens when the entries of a status are about to be booked."""

    def received(self, status: Status, since: datetime, until: datetime) -> Iterator[Entry]:
        is_booked = until - since < timedelta(days=1)  # else it is only looked what there is to do
        if is_booked and (happens := self.before.pop(status, None)):
            happens()
        found = [entry for entry in self.entries.values() if entry.status is status]
        found.sort(key=lambda entry: (entry.received_at, entry.id))
        return (entry for entry in found if since <= entry.received_at <= until)

    def close(self, name: str, status: Status) -> None:
        entry = an_entry(name, status)
        self.entries[entry.id] = entry


class Shelf:
    """The books that are made of such a journal."""

    def __init__(self, documents: Documents, journal: Changing) -> None:
        self.documents = documents
        self.check = BooksCheck(cast("Journal", journal), documents, PARTS, ZONE, PERSONAL_DATA)
        self.hour = hour_of(MORNING, ZONE)
        names = tuple(sorted([*(part.name for part in PARTS), ZONE.key]))
        self.documents.put(Document(AGENDA_KEY, Agenda(booked_at=MORNING, made_of=names).content(), 0))

    def book(self) -> tuple[dict[str, int], list[str]]:
        """What became of the calls of the hour, and the ids of its rows, newest first."""
        self.check.find(MORNING + timedelta(minutes=50))
        facts = Facts.read(self.documents.get(hour_key(self.hour)).content, PARTS)
        rows = rows_in(self.documents.get(rows_key(self.hour)).content)
        outcomes = facts.part(Incoming).sources.get("mango", {})
        return dict(outcomes), [row.id for row in rows]


@pytest.mark.parametrize("becomes", [Status.DONE, Status.PARKED, Status.DISCARDED])
def test_what_changes_meanwhile_counts_once_and_is_right_the_next_time(
    documents: Documents, becomes: Status
) -> None:
    journal = Changing(an_entry("a", Status.OPEN), an_entry("b", Status.IGNORED))
    journal.before[becomes] = lambda: journal.close("a", becomes)
    shelf = Shelf(documents, journal)
    outcomes, rows = shelf.book()
    assert sum(outcomes.values()) == 2
    assert sorted(rows) == sorted(journal.entries)
    assert shelf.book()[0] == {"ignored": 1, becomes: 1}


def test_entries_of_all_statuses_come_in_their_order(documents: Documents) -> None:
    statuses = [status for status in Status if status is not Status.EXPIRED]
    entries = [
        an_entry(str(number), statuses[number * 3 % len(statuses)], MORNING + timedelta(seconds=number))
        for number in range(30)
    ]
    outcomes, rows = Shelf(documents, Changing(*reversed(entries))).book()
    assert sum(outcomes.values()) == len(entries)
    assert rows == [entry.id for entry in reversed(entries)]


def test_an_hour_counts_what_may_change_yet() -> None:
    hour = Hour()
    for status in (Status.OPEN, Status.PARKED, Status.QUARANTINED, Status.DONE, Status.DISCARDED):
        hour.add(an_entry(status, status), PARTS)
    assert (hour.entries, hour.unsettled, len(hour.lines)) == (5, 3, 5)
    assert hour.facts.part(Incoming).sources["mango"]["parked"] == 1


def test_an_entry_about_no_phone_and_no_order_has_no_row() -> None:
    hour = Hour()
    hour.add(Entry.opened(an_envelope(), MORNING), PARTS)
    assert (hour.entries, hour.lines) == (1, [])
