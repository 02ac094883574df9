"""The books say the same as the journal, whatever happened in between; on both engines."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from math import ceil
from pathlib import Path
from typing import Any

import pytest

from chalicelib.books.again import MARKS_KEY, book_again, marked_hours
from chalicelib.books.agenda import AGENDA_KEY, Agenda
from chalicelib.books.check import BooksCheck
from chalicelib.books.facts import Facts
from chalicelib.books.incoming import Incoming
from chalicelib.books.moments import HOUR, day_of, hour_key, hour_of
from chalicelib.books.parts import PARTS
from chalicelib.books.reading import PAGES_AT_ONCE, Books
from chalicelib.books.rows import Row, order_key, rows_in, rows_key
from chalicelib.engine.port import Document, Documents, Journal, Place
from chalicelib.entry import Entry, Status
from chalicelib.interventions import discard, replay
from tests.aws_world import AwsWorld
from tests.engine.contract import received
from tests.engine.moto_aws import moto_cloud
from tests.engine.test_aws_pipeline import Calls
from tests.held import MostHeld
from tests.world import MORNING, World, example_shop

PHONE = "+7 916 123-45-67"
WHO = "Анна"
OTHER = "+7 495 765-43-21"


def books_of(world: World) -> Books:
    return Books(world.engine.documents, world.engine.journal, world.shop.shop.timezone)


def book(world: World) -> None:
    world.application.checks.run("books")


def check_of(world: World, journal: Journal) -> BooksCheck:
    """The check, on another journal than the world's."""
    kept_for = world.shop.retention.personal_data
    return BooksCheck(journal, world.engine.documents, PARTS, world.shop.shop.timezone, kept_for)


def book_later(world: World, *, times: int = 1, **span: float) -> None:
    """Let time pass, and have the check run so often in it."""
    for _ in range(times):
        world.now += timedelta(**span) / times
        book(world)


@pytest.fixture
def settled(world: World) -> World:
    """A world whose books are up to date, as they are some hours after the first start."""
    names = [*(part.name for part in PARTS), world.shop.shop.timezone.key]
    agenda = Agenda(booked_at=world.now, made_of=tuple(sorted(names)))
    world.engine.documents.put(Document(AGENDA_KEY, agenda.content(), 0))
    return world


def hour_at(world: World, moment: datetime) -> Incoming:
    [hour] = books_of(world).hours(moment, moment + timedelta(seconds=1))
    return hour.facts.part(Incoming)


def day_at(world: World, moment: datetime) -> Incoming:
    date = day_of(moment, world.shop.shop.timezone)
    [day] = books_of(world).days(date, date)
    return day.facts.part(Incoming)


def parked_lead(world: World) -> Entry:
    """A lead that the CRM has refused."""
    world.fault(target="retailcrm", kind="400")
    world.lead("1:1", Phone=PHONE)
    world.work()
    world.clear_faults()
    [entry] = world.entries(Status.PARKED)
    return entry


def test_hour_and_day_tell_what_came_in_and_what_became_of_it(settled: World) -> None:
    world = settled
    world.lead("1:1", Phone=PHONE)
    world.lead("1:2", Phone=OTHER)
    world.work()
    book(world)
    hour = hour_at(world, MORNING)
    assert hour.sources == {"tilda": {"done": 2}}
    assert hour.actions["create-order"] == {"done": 2}
    assert day_at(world, MORNING) == hour
    assert hour_at(world, MORNING - HOUR) == day_at(world, MORNING - timedelta(days=1)) == Incoming()


def test_an_entry_belongs_to_the_hour_in_which_it_came_in(settled: World) -> None:
    world = settled
    for number in range(3):
        world.lead(f"1:{number}", Phone=PHONE)
        world.later(minutes=30)
    world.work()
    book(world)
    assert sum(hour_at(world, MORNING).sources["tilda"].values()) == 2
    assert sum(hour_at(world, MORNING + HOUR).sources["tilda"].values()) == 1
    assert sum(day_at(world, MORNING).sources["tilda"].values()) == 3


def test_booking_again_changes_nothing(settled: World) -> None:
    world = settled
    world.lead("1:1", Phone=PHONE)
    world.work()
    book(world)
    hour = hour_of(MORNING, world.shop.shop.timezone)
    keys = [hour_key(hour), rows_key(hour)]
    before = world.engine.documents.get_many(keys)
    book(world)
    assert world.engine.documents.get_many(keys) == before, "not even a new version"


def test_what_comes_to_its_end_later_is_booked_again(settled: World) -> None:
    world = settled
    world.fault(target="retailcrm", kind="refuse")
    world.lead("1:1", Phone=PHONE)
    world.work()
    book_later(world, hours=3, times=2)
    assert hour_at(world, MORNING).sources == {"tilda": {"open": 1}}
    world.clear_faults()
    world.later(minutes=20)
    world.work()
    book(world)
    assert hour_at(world, MORNING).sources == {"tilda": {"done": 1}}
    assert day_at(world, MORNING).sources == {"tilda": {"done": 1}}


class Moving:
    """A journal that changes while it is read: once parked entries were read for the second time."""

    def __init__(self, journal: Journal, change: Callable[[], object]) -> None:
        self._journal = journal
        self._changes = iter([lambda: None, change])

    def received(self, status: Status, since: datetime, until: datetime) -> Iterator[Entry]:
        yield from self._journal.received(status, since, until)
        if status is Status.PARKED:
            next(self._changes)()


def test_what_comes_to_its_end_while_it_is_booked_counts_once(settled: World) -> None:
    world = settled
    entry = parked_lead(world)
    journal: Any = Moving(
        world.engine.journal, lambda: world.engine.journal.save(entry.discarded(WHO, world.now, ""))
    )
    check_of(world, journal).find(world.now)
    assert hour_at(world, MORNING).sources == {"tilda": {"parked": 1}}
    book_later(world, hours=3)
    assert hour_at(world, MORNING).sources == {"tilda": {"discarded": 1}}


class Watched:
    """A journal of which it is watched what is held of its entries."""

    def __init__(self, journal: Journal, held: MostHeld) -> None:
        self._journal = journal
        self._held = held

    def received(self, status: Status, since: datetime, until: datetime) -> Iterator[Entry]:
        return self._held.watch(self._journal.received(status, since, until))


def test_of_a_rush_an_entry_is_held_at_a_time(settled: World) -> None:
    world, held = settled, MostHeld(Entry, Facts)
    for number in range(60):
        world.lead(f"1:{number}", Phone=f"+7 916 123-45-{number:02d}")
    for _ in range(30):
        world.step(world.used.work)
    while message := world.engine.work.receive():
        world.engine.journal.open(message.envelope, world.now)
    journal: Any = Watched(world.engine.journal, held)
    check_of(world, journal).find(world.now)
    outcomes = hour_at(world, MORNING).sources["tilda"]
    assert sum(outcomes.values()) == 60
    assert outcomes["open"] >= 30
    assert held.most <= 10


def test_rows_stand_in_the_order_in_which_their_entries_came_in(settled: World) -> None:
    world = settled
    first = parked_lead(world)
    for number in (2, 3):
        world.later(minutes=1)
        world.lead(f"1:{number}", Phone=PHONE)
        world.work()
    world.engine.journal.save(first.reopened(WHO, world.now))
    world.later(minutes=1)
    book(world)
    content = world.engine.documents.get(rows_key(hour_of(MORNING, world.shop.shop.timezone))).content
    moments = [row.at for row in rows_in(content)]
    assert moments == sorted(moments, reverse=True)
    assert moments[-1] == first.received_at


def test_what_was_discarded_is_booked_again(settled: World) -> None:
    world = settled
    entry = parked_lead(world)
    book_later(world, hours=30, times=2)
    assert hour_at(world, MORNING).sources == {"tilda": {"parked": 1}}
    assert discard(world.engine, entry, WHO, world.now) is None
    book_later(world, minutes=5)
    assert hour_at(world, MORNING).sources == {"tilda": {"discarded": 1}}


def test_what_was_replayed_and_is_at_its_end_before_the_next_look_is_booked_again(settled: World) -> None:
    world = settled
    world.lead("1:1", Phone=PHONE)
    message = received(world.engine.work)
    world.engine.work.done(message.receipt)
    entry = world.engine.journal.open(message.envelope, world.now)
    entry = world.engine.journal.save(entry.closed(Status.OBSERVED, "observe-mode", "", world.now))
    book_later(world, hours=30, times=2)
    assert hour_at(world, MORNING).sources == {"tilda": {"observed": 1}}
    assert replay(world.engine, entry, WHO, world.now) is None
    world.work()
    book_later(world, minutes=5)
    assert hour_at(world, MORNING).sources == {"tilda": {"done": 1}}
    book_later(world, minutes=15)
    assert marked_hours(world.engine.documents) == []


def test_what_waited_in_a_queue_is_booked_when_the_journal_knows_it(settled: World) -> None:
    world = settled
    world.lead("1:1", Phone=PHONE)
    book_later(world, hours=5, times=2)
    world.work()
    book(world)
    assert hour_at(world, MORNING) == Incoming()
    book_later(world, hours=3)
    assert hour_at(world, MORNING).sources == {"tilda": {"done": 1}}


def test_the_first_start_books_what_is_there_in_steps_the_newest_first(world: World) -> None:
    world.lead("1:1", Phone=PHONE)
    world.work()
    world.later(days=5)
    world.lead("1:2", Phone=OTHER)
    world.work()
    book(world)
    assert hour_at(world, world.now).sources == {"tilda": {"done": 1}}
    assert hour_at(world, MORNING) == Incoming()
    assert books_of(world).standing().hours_to_book > 0
    book_later(world, minutes=5)
    assert hour_at(world, MORNING).sources == {"tilda": {"done": 1}}


def test_a_new_part_makes_all_hours_be_booked_again(settled: World) -> None:
    world = settled
    world.lead("1:1", Phone=PHONE)
    world.work()
    world.later(hours=30)
    agenda = Agenda(booked_at=world.now, made_of=("incoming",))
    world.engine.documents.put(replace(world.engine.documents.get(AGENDA_KEY), content=agenda.content()))
    book(world)
    assert hour_at(world, MORNING).sources == {"tilda": {"done": 1}}
    assert books_of(world).standing().hours_to_book == 0, "no more than what the journal has"


def test_hours_older_than_the_entries_keep_what_they_were(settled: World) -> None:
    world = settled
    world.lead("1:1", Phone=PHONE)
    world.work()
    book(world)
    world.now += world.shop.retention.personal_data + timedelta(days=1)
    world.engine.expire(world.now)
    for _ in range(3):
        book(world)
    assert hour_at(world, MORNING).sources == day_at(world, MORNING).sources == {"tilda": {"done": 1}}


class TestFinding:
    """Entries by the last digits of a phone, or by an order."""

    def found(self, world: World, **wanted: object) -> list[str]:
        books, day = books_of(world), timedelta(days=1)
        rows = books.find(world.now - day, Place(world.now + day), **wanted)  # type: ignore[arg-type] # as named
        return [row.id for row in rows]

    def test_by_the_last_digits_of_a_phone(self, world: World) -> None:
        world.lead("1:1", Phone=PHONE)
        world.lead("1:2", Phone=OTHER)
        world.call("79161234567", "a")
        world.work()
        book(world)
        assert len(self.found(world, digits="4567")) >= 2
        assert len(self.found(world, digits="4957654321")) == 1
        assert self.found(world, digits="0000") == []

    def test_by_the_order_that_was_made(self, world: World) -> None:
        world.lead("1:1", Phone=PHONE)
        world.lead("1:2", Phone=OTHER)
        world.work()
        book(world)
        order = world.orders[0]
        [entry_id] = self.found(world, number=order["number"].lower())
        assert [entry_id] == self.found(world, order_ids=[str(order["id"])])
        [entry] = [entry for entry in world.entries() if entry.id == entry_id]
        assert any(result.reference == f"order {order['id']}" for result in entry.results)

    @pytest.mark.parametrize(
        ("number", "typed", "is_found"),
        [
            ("1002A", "1002", True),
            ("1002-1", "1002", True),
            ("1002", "1002", True),
            ("10020", "1002", False),
            ("1002A", "№ 1002a", True),
            ("#1002", "1002", True),
            ("S-1002", "1002", False),
            ("1002A", "100", False),
            ("1002A", "", False),
        ],
    )
    def test_by_how_its_number_begins(self, number: str, typed: str, *, is_found: bool) -> None:
        row = Row("a", MORNING, "cdek", orders=(number, "id:1002"))
        assert row.is_about("", order_key(typed), frozenset()) is is_found

    def test_what_is_not_booked_yet_is_found_too(self, world: World) -> None:
        book(world)
        world.later(minutes=3)
        world.lead("1:1", Phone=PHONE)
        world.work()
        assert len(self.found(world, digits="4567")) == 1
        book(world)
        assert len(self.found(world, digits="4567")) == 1, "and once it is booked, once"

    def test_only_what_came_in_between(self, world: World) -> None:
        world.lead("1:1", Phone=PHONE)
        world.work()
        world.later(minutes=10)
        world.call("79161234567", "a")
        world.work()
        book(world)
        books = books_of(world)
        assert len(books.find(MORNING, Place(MORNING + timedelta(minutes=5)), digits="4567")) == 1
        newest_first = books.find(MORNING, Place(world.now + HOUR), digits="4567")
        received = [world.engine.journal.get(row.id) for row in newest_first]
        moments = [entry.received_at for entry in received if entry]
        assert moments == sorted(moments, reverse=True)
        assert len(moments) > 1

    def test_an_hour_with_more_rows_than_a_document_holds(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("chalicelib.books.rows.MOST_ROWS", 2)
        for number in range(5):
            world.lead(f"1:{number}", Phone=f"+7 916 123-45-{number:02d}")
        world.work()
        book(world)
        each = [self.found(world, digits=f"12345{number:02d}") for number in range(5)]
        assert [len(found) for found in each] == [1] * 5
        assert len(self.found(world, digits="1", limit=3)) <= 3

    def test_of_an_hour_with_very_many_rows_a_few_documents_are_read_at_a_time(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("chalicelib.books.rows.MOST_ROWS", 1)
        for number in range(12):
            world.lead(f"1:{number}", Phone=f"+7 916 123-45-{number:02d}")
            world.later(seconds=1)
        world.work()
        book(world)
        few: Any = FewAtOnce(world.engine.documents)
        books = Books(few, world.engine.journal, world.shop.shop.timezone)
        leads = [row for row in books.rows(MORNING, MORNING + HOUR / 2) if row.source == "tilda"]
        assert len({row.id for row in leads}) == 12
        assert few.most == PAGES_AT_ONCE

    def test_rows_go_with_the_personal_data(self, world: World) -> None:
        world.lead("1:1", Phone=PHONE)
        world.work()
        book(world)
        world.now += world.shop.retention.personal_data + timedelta(days=1)
        world.engine.expire(world.now)
        key = rows_key(hour_of(MORNING, world.shop.shop.timezone))
        assert world.engine.documents.get(key).version == 0


class FewAtOnce:
    """Documents of which it is counted how many that hold something are read at a time."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self.get = documents.get
        self.most = 0

    def get_many(self, keys: Sequence[str]) -> Mapping[str, Document]:
        found = self._documents.get_many(keys)
        self.most = max(self.most, sum(bool(document.content) for document in found.values()))
        return found


def test_without_a_console_nothing_is_kept_for_it(tmp_path: Path) -> None:
    shop = example_shop().model_copy(update={"console": None})
    with closing(World(tmp_path, shop)) as world:
        assert not world.application.checks.checks.keys() & {"books", "late-answers"}


def test_to_look_for_a_phone_costs_a_read_for_each_hundred_hours(tmp_path: Path) -> None:
    with moto_cloud() as cloud, closing(AwsWorld(tmp_path, cloud)) as world:
        book(world)
        calls = Calls(cloud)
        books_of(world).find(world.now - timedelta(days=30), Place(world.now), digits="4567")
        assert calls.reading()["BatchGetItem"] == ceil((30 * 24 + 1) / 100)
        assert not calls.writing()


def test_to_replay_many_entries_of_an_hour_costs_one_mark(settled: World) -> None:
    for second in range(50):
        book_again(settled.engine.documents, MORNING + timedelta(seconds=second), settled.now)
    assert settled.engine.documents.get(MARKS_KEY).version == 1
