"""The contract suite: what the pipeline relies on, whatever the host.

An engine's test module derives a class ``Test…`` from ``EngineContract`` and says how the engine is
opened. Time is a clock of the test's own; nothing here waits.
"""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.actions import AnyAction, CreateOrder, CreateTask, RequestSms, SetOrderStatus
from chalicelib.assignment.turns import Turns
from chalicelib.clock import Clock
from chalicelib.crm.port import TaskCount
from chalicelib.engine.port import Document, Engine, Journal, Message, Place, Queue, Timer, VersionConflict
from chalicelib.entry import Entry, Result, Status
from chalicelib.events import AnyEvent, CallMissed, LeadItem, ParcelStatus, ParcelStillAt, Sms, SmsDue
from chalicelib.gate.envelope import Envelope
from chalicelib.gate.webhook import Webhook
from sandbox.clock import SteppedClock

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
EVERYTHING = Place(NOON + timedelta(days=1))
WRITERS = 16
DEDUPLICATION_SPAN = timedelta(minutes=5)
PERSONAL_DATA, IDS = timedelta(days=90), timedelta(days=400)
PHONE = "9161234567"

Outcome = TypeVar("Outcome")


def no_tasks(user: int) -> TaskCount:
    del user
    return TaskCount(count=0)


def an_envelope(
    name: str = "one", group: str = "", body: bytes = b"body", source: str = "mango", at: datetime = NOON
) -> Envelope:
    webhook = Webhook(
        source=source,
        method="POST",
        path=("events", "summary"),
        query={"a": "1"},
        headers={"content-type": "text/plain"},
        body=body,
        received_at=at,
    )
    return Envelope.seal(webhook, name, group)


@dataclass
class Rig:
    """An engine on a clock of its own."""

    open: Callable[[], Engine]
    clock: SteppedClock

    def __post_init__(self) -> None:
        self.engine = self.open()

    @property
    def work(self) -> Queue:
        return self.engine.work

    def later(self, span: timedelta) -> None:
        self.clock.now += span

    def expire(self) -> None:
        """What has expired by now is removed, as it is from time to time."""
        self.engine.expire(self.clock())

    def reopen(self) -> None:
        self.engine.close()
        self.engine = self.open()

    def closed_entry(self, name: str = "one", at: datetime = NOON, status: Status = Status.DONE) -> Entry:
        """An entry at its end, with a client's phone wherever one can be."""
        envelope = an_envelope(name, f"phone:{PHONE}", f"phone={PHONE}".encode(), at=at)
        entry = self.engine.journal.open(envelope, at)
        call = CallMissed(call_id=name, phone=f"+7{PHONE}", called_at=at)
        task = CreateTask(text=f"call +7{PHONE}", commentary="", due_at=at, performer_id=1)
        entry = self.engine.journal.save(entry.frozen((call,), (task,), at))
        entry = entry.recorded(Result(state="done", reference="task 7", note=PHONE, at=at))
        return self.engine.journal.save(entry.closed(status, "", f"of {PHONE}", at))


def pages(journal: Journal, statuses: Sequence[Status], source: str) -> Iterator[Sequence[Entry]]:
    """All entries of such, four at a time."""
    place: Place | None = EVERYTHING
    while place is not None:
        page = journal.page(statuses, source, NOON, place, 4)
        yield page.entries
        place = page.next


def received(queue: Queue) -> Message:
    message = queue.receive()
    assert message is not None
    return message


def drained(queue: Queue) -> list[Envelope]:
    """Everything that can be handed out now, each done at once."""
    envelopes = []
    while (message := queue.receive()) is not None:
        envelopes.append(message.envelope)
        queue.done(message.receipt)
    return envelopes


def at_once(work: Callable[[int], Outcome], count: int = WRITERS) -> list[Outcome]:
    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(work, range(count)))


half_pairs = st.characters(min_codepoint=0xD800, max_codepoint=0xDFFF)
plain_texts = st.text(max_size=10)
texts = plain_texts | st.tuples(plain_texts, half_pairs, plain_texts).map("".join)
webhooks = st.builds(
    Webhook,
    source=st.sampled_from(["mango", "tilda-covers", "@leadkeeper"]),
    method=st.sampled_from(["GET", "POST"]),
    path=st.lists(texts, max_size=3).map(tuple),
    query=st.dictionaries(texts, texts, max_size=3),
    headers=st.dictionaries(st.just("content-type"), st.text(max_size=20), max_size=1),
    body=st.binary(max_size=300),
    # not so long ago that the content has expired by noon
    received_at=st.datetimes(datetime(2026, 11, 1), datetime(2040, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 -- the strategy wants bounds without zone
)


class TimelessContract(ABC):
    """What each engine promises at any moment: this part can run against a service on the real clock."""

    @abstractmethod
    def open_engine(self, folder: Path, clock: Clock) -> Engine:
        """The engine that keeps its things in, or under the name of, this folder."""

    @pytest.fixture
    def rig(self, tmp_path: Path) -> Iterator[Rig]:
        clock = SteppedClock(NOON)
        rig = Rig(lambda: self.open_engine(tmp_path, clock), clock)
        yield rig
        rig.engine.close()

    # The queue's order and its groups

    def test_an_empty_queue_gives_nothing(self, rig: Rig) -> None:
        assert rig.work.receive() is None

    def test_a_group_keeps_its_order(self, rig: Rig) -> None:
        envelopes = [an_envelope(str(number), "client") for number in range(10)]
        for envelope in envelopes:
            rig.work.put(envelope)
        assert drained(rig.work) == envelopes

    def test_a_group_keeps_its_order_while_others_come_between(self, rig: Rig) -> None:
        for number in range(12):
            rig.work.put(an_envelope(f"{number:02}", f"client {number % 3}"))
        done = [envelope.id for envelope in drained(rig.work)]
        for group in range(3):
            expected = [an_envelope(f"{number:02}").id for number in range(group, 12, 3)]
            assert [found for found in done if found in expected] == expected

    def test_the_rest_of_a_group_waits_while_its_first_message_is_handed_out(self, rig: Rig) -> None:
        rig.work.put(an_envelope("first", "client"))
        rig.work.put(an_envelope("second", "client"))
        first = received(rig.work)
        assert rig.work.receive() is None
        rig.work.done(first.receipt)
        assert received(rig.work).envelope == an_envelope("second", "client")

    def test_other_groups_go_on_while_one_is_held(self, rig: Rig) -> None:
        rig.work.put(an_envelope("held", "client"))
        rig.work.put(an_envelope("waiting", "client"))
        rig.work.put(an_envelope("free", "another"))
        assert received(rig.work).envelope == an_envelope("held", "client")
        assert drained(rig.work) == [an_envelope("free", "another")]

    def test_what_comes_to_a_held_group_waits_too(self, rig: Rig) -> None:
        rig.work.put(an_envelope("first", "client"))
        first = received(rig.work)
        rig.work.put(an_envelope("second", "client"))
        assert rig.work.receive() is None
        rig.work.done(first.receipt)
        assert drained(rig.work) == [an_envelope("second", "client")]

    def test_however_much_comes_to_a_held_group_others_go_on(self, rig: Rig) -> None:
        rig.work.put(an_envelope("first", "client"))
        first = received(rig.work)
        crowd = [an_envelope(f"{number:02}", "client") for number in range(40)]
        for envelope in crowd:
            rig.work.put(envelope)
        rig.work.put(an_envelope("free", "another"))
        assert drained(rig.work) == [an_envelope("free", "another")]
        rig.work.done(first.receipt)
        assert drained(rig.work) == crowd

    def test_what_comes_to_a_group_that_is_retried_stays_behind(self, rig: Rig) -> None:
        rig.work.put(an_envelope("first", "client"))
        message = received(rig.work)
        rig.work.put(an_envelope("second", "client"))
        rig.work.retry_after(message.receipt, timedelta())
        rig.work.put(an_envelope("third", "client"))
        names = ("first", "second", "third")
        assert drained(rig.work) == [an_envelope(name, "client") for name in names]

    # What is handed out again, or not

    def test_retry_after_nothing_shows_a_message_at_once(self, rig: Rig) -> None:
        rig.work.put(an_envelope())
        rig.work.retry_after(received(rig.work).receipt, timedelta())
        assert received(rig.work).receive_count == 2

    def test_done_twice_is_harmless(self, rig: Rig) -> None:
        rig.work.put(an_envelope("first", "client"))
        rig.work.put(an_envelope("second", "client"))
        receipt = received(rig.work).receipt
        rig.work.done(receipt)
        rig.work.done(receipt)
        assert drained(rig.work) == [an_envelope("second", "client")]

    # Which repeats the queue drops

    def test_a_repeat_is_dropped(self, rig: Rig) -> None:
        rig.work.put(an_envelope())
        rig.work.put(an_envelope())
        assert rig.work.depth().messages == 1

    def test_a_repeat_is_dropped_while_the_first_one_is_handed_out(self, rig: Rig) -> None:
        rig.work.put(an_envelope())
        receipt = received(rig.work).receipt
        rig.work.put(an_envelope())
        rig.work.done(receipt)
        assert rig.work.depth().messages == 0

    def test_the_same_event_with_another_content_is_no_repeat(self, rig: Rig) -> None:
        rig.work.put(an_envelope(body=b"one"))
        rig.work.put(an_envelope(body=b"two"))
        assert [envelope.webhook.body for envelope in drained(rig.work)] == [b"one", b"two"]

    def test_a_replay_is_no_repeat(self, rig: Rig) -> None:
        rig.work.put(an_envelope())
        rig.work.put(replace(an_envelope(), replay=1))
        rig.work.put(replace(an_envelope(), replay=1))
        assert [envelope.replay for envelope in drained(rig.work)] == [0, 1]

    # How much waits, and many at once

    def test_depth_counts_what_waits_and_what_is_handed_out(self, rig: Rig) -> None:
        assert rig.work.depth().messages == 0
        rig.work.put(an_envelope("one"))
        rig.work.put(an_envelope("two"))
        first = received(rig.work)
        assert rig.work.depth().messages == 2
        rig.work.done(first.receipt)
        assert rig.work.depth().messages == 1

    def test_the_two_queues_do_not_see_each_other(self, rig: Rig) -> None:
        rig.engine.work.put(an_envelope("one", "client"))
        rig.engine.notify.put(an_envelope("one", "client"))
        rig.engine.notify.put(an_envelope("two", "client"))
        received(rig.engine.work)
        assert rig.engine.work.depth().messages == 1
        assert rig.engine.notify.depth().messages == 2
        assert len(drained(rig.engine.notify)) == 2
        assert rig.engine.work.depth().messages == 1

    def test_nothing_is_lost_or_doubled_when_many_put_at_once(self, rig: Rig) -> None:
        each = 20

        def put_some(writer: int) -> None:
            for number in range(each):
                rig.work.put(an_envelope(f"{writer}:{number}", f"client {number % 5}"))
                rig.work.put(an_envelope("the same for all"))

        at_once(put_some)
        names = [f"{writer}:{number}" for writer in range(WRITERS) for number in range(each)]
        expected = sorted(an_envelope(name).id for name in [*names, "the same for all"])
        assert sorted(envelope.id for envelope in drained(rig.work)) == expected

    def test_nothing_is_handed_out_twice_when_many_receive_at_once(self, rig: Rig) -> None:
        for number in range(60):
            rig.work.put(an_envelope(str(number)))

        def receive_all(_worker: int) -> list[str]:
            return [envelope.id for envelope in drained(rig.work)]

        handed_out = [entry_id for ids in at_once(receive_all) for entry_id in ids]
        assert sorted(handed_out) == sorted(an_envelope(str(number)).id for number in range(60))

    @settings(
        max_examples=60,
        deadline=None,
        suppress_health_check=[
            HealthCheck.function_scoped_fixture,
            HealthCheck.differing_executors,  # each engine's class
        ],
    )
    @given(webhook=webhooks, group=st.text(max_size=10), replay=st.integers(0, 3))
    def test_an_envelope_comes_out_as_it_went_in(
        self, rig: Rig, webhook: Webhook, group: str, replay: int
    ) -> None:
        # The same example may come twice, and must not be dropped as a repeat.
        envelope = replace(Envelope.seal(webhook, uuid4().hex, group), replay=replay)
        rig.work.put(envelope)
        assert drained(rig.work) == [envelope]
        rig.engine.journal.open(envelope, NOON)
        kept = rig.engine.journal.envelope(envelope.id)
        assert kept is not None
        assert kept.webhook == webhook

    # Journal

    def test_an_entry_is_made_of_its_envelope(self, rig: Rig) -> None:
        envelope = an_envelope(group="client", at=NOON - timedelta(seconds=2))
        entry = rig.engine.journal.open(envelope, NOON)
        assert entry.id == envelope.id
        assert entry.source == "mango"
        assert entry.group == envelope.group
        assert entry.content_id == envelope.content_id
        assert entry.received_at == NOON - timedelta(seconds=2)
        assert entry.opened_at == NOON
        assert entry.is_open

    def test_opening_again_gives_the_entry_as_it_is(self, rig: Rig) -> None:
        journal = rig.engine.journal
        opened = journal.open(an_envelope(), NOON)
        saved = journal.save(opened.closed(Status.DONE, "why", "in words", NOON))
        again = journal.open(an_envelope(body=b"another content"), NOON + timedelta(hours=1))
        assert again == saved
        content = journal.envelope(opened.id)
        assert content is not None
        assert content.webhook.body == b"body"

    def test_many_who_open_at_once_get_one_entry(self, rig: Rig) -> None:
        def open_it(number: int) -> Entry:
            return rig.engine.journal.open(an_envelope(), NOON + number * timedelta(seconds=1))

        entries = at_once(open_it)
        assert len({entry.model_dump_json() for entry in entries}) == 1
        assert len(rig.engine.journal.latest()) == 1

    def test_known_are_those_that_ever_came_in(self, rig: Rig) -> None:
        came = [rig.engine.journal.open(an_envelope(f"came-{number}"), NOON).id for number in range(150)]
        asked = [*came, *came[:3], *(an_envelope(f"other-{number}").id for number in range(150))]
        assert rig.engine.journal.known(asked) == frozenset(came)
        assert rig.engine.journal.known([]) == frozenset()

    def test_latest_since_a_moment(self, rig: Rig) -> None:
        journal = rig.engine.journal
        for hour in range(5):
            source = "mango" if hour % 2 else "tilda"
            at = NOON + timedelta(hours=hour)
            journal.open(an_envelope(f"at-{hour}", source=source, at=at), at)
        since = NOON + timedelta(hours=1)
        hours = [(entry.received_at - NOON) // timedelta(hours=1) for entry in journal.latest(since=since)]
        assert hours == [4, 3, 2]
        assert len(journal.latest(source="mango", since=since)) == 1
        assert len(journal.latest(source="tilda", since=since, limit=1)) == 1
        assert journal.latest(since=NOON + timedelta(hours=4)) == []

    def test_entries_of_a_status_come_as_they_were_received(self, rig: Rig) -> None:
        journal = rig.engine.journal
        for number in range(130):
            # Some of the very same moment, and few with another status.
            at = NOON + timedelta(minutes=number // 7)
            entry = journal.open(an_envelope(f"{number}", at=at), at)
            if number % 20 == 0:
                journal.save(entry.closed(Status.DONE, "", "", at))
        until = NOON + timedelta(minutes=16)
        found = list(journal.received(Status.OPEN, NOON, until))
        places = [(entry.received_at, entry.id) for entry in found]
        assert places == sorted(set(places))
        assert len(found) == sum(1 for number in range(17 * 7) if number % 20)
        for stop in (1, 100, len(found)):
            last = found[stop - 1]
            rest = journal.received(Status.OPEN, last.received_at, until, last.id)
            assert [*found[:stop], *rest] == found
        assert list(journal.received(Status.OPEN, until + timedelta(minutes=9), until)) == []
        assert list(journal.received(Status.PARKED, NOON, until)) == []

    def test_the_journal_is_leafed_through_from_the_newest_entry_to_the_oldest(self, rig: Rig) -> None:
        journal = rig.engine.journal
        for number in range(25):
            # Some came at the very same moment.
            webhook_at = NOON + timedelta(seconds=number // 3)
            entry = journal.open(an_envelope(str(number), source="ab"[number % 2], at=webhook_at), NOON)
            if number % 5:
                journal.save(entry.closed((Status.DONE, Status.PARKED)[number % 3 == 0], "", "", NOON))
        everything = journal.page((), "", NOON, EVERYTHING, 100)
        assert everything.next is None
        assert len(everything.entries) == 25
        places = [(entry.received_at, entry.id) for entry in everything.entries]
        assert places == sorted(places, reverse=True)
        choices: list[tuple[tuple[Status, ...], str]] = [
            ((), ""),
            ((), "a"),
            ((Status.DONE,), ""),
            ((Status.DONE, Status.PARKED), "b"),
            ((Status.QUARANTINED,), ""),
        ]
        for statuses, source in choices:
            leafed = list(pages(journal, statuses, source))
            assert [entry.id for page in leafed for entry in page] == [
                entry.id
                for entry in everything.entries
                if entry.status in (statuses or tuple(Status)) and source in {"", entry.source}
            ]
            assert [len(page) for page in leafed[:-1]] == [4] * (len(leafed) - 1)
        since = journal.page((), "", NOON + timedelta(seconds=7), EVERYTHING, 100)
        assert list(since.entries) == list(everything.entries[:4])
        until = journal.page((), "", NOON, Place(NOON + timedelta(seconds=1)), 100)
        assert list(until.entries) == list(everything.entries[-3:])
        assert journal.page((), "", NOON + timedelta(days=1), Place(NOON), 100).entries == []

    def test_entries_come_as_their_ids_are_given(self, rig: Rig) -> None:
        journal = rig.engine.journal
        one, two = (journal.open(an_envelope(name), NOON) for name in ("one", "two"))
        assert journal.entries([two.id, "0" * 64, one.id, two.id]) == [two, one]
        assert journal.entries([]) == []

    def test_of_many_who_save_the_same_version_one_wins(self, rig: Rig) -> None:
        opened = rig.engine.journal.open(an_envelope(), NOON)

        def save_it(number: int) -> Entry | None:
            try:
                return rig.engine.journal.save(opened.waiting(f"writer-{number}", "", NOON))
            except VersionConflict:
                return None

        (winner,) = [entry for entry in at_once(save_it) if entry]
        assert rig.engine.journal.get(opened.id) == winner

    def test_a_save_with_an_old_version_fails_and_changes_nothing(self, rig: Rig) -> None:
        journal = rig.engine.journal
        old = journal.open(an_envelope(), NOON)
        new = journal.save(old.waiting("first", "", NOON))
        assert new.version > old.version
        with pytest.raises(VersionConflict):
            journal.save(old.waiting("second", "", NOON))
        assert journal.get(old.id) == new

    def test_an_entry_that_was_never_opened_cannot_be_saved(self, rig: Rig) -> None:
        opened = rig.engine.journal.open(an_envelope(), NOON)
        with pytest.raises(VersionConflict):
            rig.engine.journal.save(opened.model_copy(update={"id": "0" * 64}))

    def test_an_entry_keeps_events_plan_and_results(self, rig: Rig) -> None:
        journal = rig.engine.journal
        events: tuple[AnyEvent, ...] = (CallMissed(call_id="c", phone="+79161234567", called_at=NOON),)
        plan: tuple[AnyAction, ...] = (
            CreateOrder(
                client="client:+79161234567",
                external_id="call-mango-c",
                occurred_at=NOON,
                method="missed-call",
                status="new",
                items=(LeadItem(name="Тент 3×6", price=Decimal("4990.50")),),
            ),
            RequestSms(
                once="parcel:cdek:1:arrived",
                due=SmsDue(
                    sms=Sms(
                        phone="+79161234567",
                        text="Заказ ждёт 📦",
                        template="arrived",
                        not_before=NOON,
                        valid_until=NOON,
                        only_if=ParcelStillAt(parcel_key="parcel:cdek:1", status=ParcelStatus.WAITING),
                    ),
                    source="cdek",
                    rule="parcel-moved",
                ),
            ),
            SetOrderStatus(order_id=1, from_status="new", status="complete"),
        )
        result = Result(state="done", reference="order 12", note="number 12A", at=NOON)
        entry = journal.open(an_envelope(), NOON).frozen(events, plan, NOON).recorded(result)
        saved = journal.save(entry.uncertain(NOON).failed("crm-unreachable", "ReadTimeout", NOON))
        kept = journal.get(saved.id)
        assert kept == saved
        assert kept is not None
        assert kept.events == events
        assert kept.plan == plan
        assert kept.results == (result,)
        assert kept.attempts == 1
        assert kept.uncertain_since == NOON

    def test_an_unknown_entry_is_none(self, rig: Rig) -> None:
        assert rig.engine.journal.get("0" * 64) is None
        assert rig.engine.journal.envelope("0" * 64) is None

    def test_entries_are_found_by_the_beginning_of_their_id(self, rig: Rig) -> None:
        for number in range(30):
            rig.engine.journal.open(an_envelope(str(number)), NOON)
        wanted = an_envelope("7").id
        assert [entry.id for entry in rig.engine.journal.find(wanted[:12])] == [wanted]
        assert [entry.id for entry in rig.engine.journal.find(wanted)] == [wanted]
        assert rig.engine.journal.find("z" * 12) == []

    def test_entries_are_found_by_a_short_beginning_too(self, rig: Rig) -> None:
        for number in range(30):
            rig.engine.journal.open(an_envelope(str(number)), NOON)
        wanted = an_envelope("7").id
        assert rig.engine.journal.find("zz") == []
        short = rig.engine.journal.find(wanted[:1])
        assert wanted in {entry.id for entry in short} or len(short) == 10
        assert all(entry.id.startswith(wanted[:1]) for entry in short)
        assert len(rig.engine.journal.find("")) == 10

    def test_the_latest_entries_come_first_and_can_be_chosen(self, rig: Rig) -> None:
        journal = rig.engine.journal
        for number, (name, source, status) in enumerate(
            [
                ("a", "mango", Status.DONE),
                ("b", "tilda", Status.PARKED),
                ("c", "mango", Status.OPEN),
                ("d", "tilda", Status.QUARANTINED),
            ]
        ):
            envelope = an_envelope(name, source=source, at=NOON + timedelta(minutes=number))
            entry = journal.open(envelope, NOON)
            if status is not Status.OPEN:
                journal.save(entry.closed(status, "", "", NOON))

        def names(statuses: Sequence[Status] = (), source: str = "", limit: int = 50) -> str:
            found = journal.latest(statuses, source, limit)
            ids = {an_envelope(name, source=s).id: name for name in "abcd" for s in ("mango", "tilda")}
            return "".join(ids[entry.id] for entry in found)

        assert names() == "dcba"
        assert names(source="tilda") == "db"
        assert names([Status.PARKED, Status.QUARANTINED]) == "db"
        assert names([Status.DONE], "tilda") == ""
        assert names(limit=1) == "d"

    def test_a_discarded_entry_says_who_did_it_and_is_found(self, rig: Rig) -> None:
        journal = rig.engine.journal
        parked = journal.save(journal.open(an_envelope("a"), NOON).closed(Status.PARKED, "why", "", NOON))
        discarded = journal.save(parked.discarded("Анна", NOON, "дубль"))
        assert journal.get(parked.id) == discarded
        assert [done.who for done in discarded.interventions] == ["Анна"]
        assert journal.latest((Status.DISCARDED,)) == [discarded]
        assert journal.latest((Status.PARKED,)) == []

    def test_counts_tell_how_many_entries_have_each_status(self, rig: Rig) -> None:
        journal = rig.engine.journal
        assert not any(journal.counts(tuple(Status)).values())
        for name, status in [("a", Status.DONE), ("b", Status.PARKED), ("c", Status.PARKED)]:
            journal.save(journal.open(an_envelope(name), NOON).closed(status, "", "", NOON))
        journal.open(an_envelope("d"), NOON)
        counts = {status: count for status, count in journal.counts(tuple(Status)).items() if count}
        assert counts == {Status.DONE: 1, Status.PARKED: 2, Status.OPEN: 1}

    # Timers

    def test_a_timer_is_due_from_its_moment_on(self, rig: Rig) -> None:
        timer = Timer(NOON + timedelta(hours=9), "notify", an_envelope(group="client"))
        rig.engine.timers.set(timer)
        assert rig.engine.timers.due(timer.due_at - timedelta(microseconds=1), 10) == []
        assert rig.engine.timers.due(timer.due_at, 10) == [timer]
        assert rig.engine.timers.due(timer.due_at + timedelta(days=1), 10) == [timer]

    def test_timers_come_as_they_are_due_and_of_one_moment_as_they_came_in(self, rig: Rig) -> None:
        def timer(name: str, due: int, came: int) -> Timer:
            envelope = an_envelope(name, at=NOON + timedelta(minutes=came))
            return Timer(NOON + timedelta(hours=due), "work", envelope)

        ordered = [timer("a", 1, 9), timer("b", 2, 1), timer("c", 2, 2), timer("d", 2, 3), timer("e", 3, 0)]
        for number in (3, 0, 4, 2, 1):
            rig.engine.timers.set(ordered[number])
        assert rig.engine.timers.due(NOON + timedelta(hours=2), 10) == ordered[:4]
        assert rig.engine.timers.due(NOON + timedelta(hours=9), 2) == ordered[:2]

    def test_an_entry_has_one_timer(self, rig: Rig) -> None:
        timers = rig.engine.timers
        early = Timer(NOON, "work", an_envelope())
        late = replace(early, due_at=NOON + timedelta(hours=1))
        timers.set(early)
        timers.set(early)
        assert timers.due(late.due_at, 10) == [early]
        timers.set(late)
        assert timers.due(NOON, 10) == []
        assert timers.due(late.due_at, 10) == [late]

    def test_a_removed_timer_is_gone_but_not_one_that_was_set_to_another_moment(self, rig: Rig) -> None:
        timers = rig.engine.timers
        early = Timer(NOON, "work", an_envelope())
        late = replace(early, due_at=NOON + timedelta(hours=1))
        timers.set(late)
        timers.remove(early)
        assert timers.due(late.due_at, 10) == [late]
        timers.remove(late)
        timers.remove(late)
        assert timers.due(late.due_at, 10) == []

    def test_a_timer_is_no_entry_and_survives_its_end(self, rig: Rig) -> None:
        timer = Timer(NOON, "work", an_envelope(body=b"x" * 100_000))
        rig.engine.timers.set(timer)
        assert rig.engine.journal.latest() == []
        assert rig.engine.journal.find(timer.envelope.id[:12]) == []
        rig.closed_entry()
        assert rig.engine.timers.due(NOON, 10) == [timer]

    # Documents

    def test_a_document_that_nobody_wrote_is_empty_and_has_version_zero(self, rig: Rig) -> None:
        assert rig.engine.documents.get("client:1") == Document("client:1", {}, 0)

    def test_many_documents_are_read_at_once(self, rig: Rig) -> None:
        documents = rig.engine.documents
        keys = [f"parcel:cdek:{number}" for number in range(150)]
        stored = {key: documents.put(Document(key, {"ключ": key}, 0)) for key in keys[::2]}
        expected = {key: stored.get(key, Document(key, {}, 0)) for key in keys}
        assert documents.get_many([*keys, *keys]) == expected
        assert documents.get_many([]) == {}

    def test_a_document_is_kept_and_its_version_grows(self, rig: Rig) -> None:
        documents = rig.engine.documents
        first = documents.put(Document("client:1", {"имя": "Мария 📦", "deep": {"list": [1, None, "é"]}}, 0))
        assert documents.get("client:1") == first
        second = documents.put(replace(first, content={"other": True}))
        assert documents.get("client:1") == second
        assert 0 < first.version < second.version

    def test_a_document_that_is_created_twice_is_a_conflict(self, rig: Rig) -> None:
        rig.engine.documents.put(Document("client:1", {"by": "first"}, 0))
        with pytest.raises(VersionConflict):
            rig.engine.documents.put(Document("client:1", {"by": "second"}, 0))
        assert rig.engine.documents.get("client:1").content == {"by": "first"}

    def test_a_document_with_an_old_version_is_a_conflict(self, rig: Rig) -> None:
        old = rig.engine.documents.put(Document("client:1", {}, 0))
        rig.engine.documents.put(replace(old, content={"by": "first"}))
        with pytest.raises(VersionConflict):
            rig.engine.documents.put(replace(old, content={"by": "second"}))
        assert rig.engine.documents.get("client:1").content == {"by": "first"}

    def test_a_document_that_does_not_exist_cannot_be_changed(self, rig: Rig) -> None:
        with pytest.raises(VersionConflict):
            rig.engine.documents.put(Document("client:1", {}, 3))
        assert rig.engine.documents.get("client:1").version == 0

    def test_of_many_who_claim_a_client_at_once_one_wins(self, rig: Rig) -> None:
        def claim(number: int) -> bool:
            try:
                rig.engine.documents.put(Document("client:1", {"claim": number}, 0))
            except VersionConflict:
                return False
            return True

        assert sum(at_once(claim)) == 1

    def test_of_many_who_choose_somebody_at_once_each_takes_a_turn_of_its_own(self, rig: Rig) -> None:
        documents = rig.engine.documents

        def choose(number: int) -> int:
            while True:
                turns = Turns(documents.get, NOON, "round-robin", no_tasks, timedelta())
                user = turns.one_of((1, 2, 3, 4), f"order:{number}")
                task = CreateTask(text="call", commentary="", due_at=NOON, performer_id=user)
                with suppress(VersionConflict):
                    for claim in turns.claims([task]):
                        documents.put(claim)
                    return user

        assert Counter(at_once(choose)) == dict.fromkeys((1, 2, 3, 4), WRITERS // 4)

    # All of it

    def test_nothing_is_forgotten_when_it_is_opened_again(self, rig: Rig) -> None:
        rig.work.put(an_envelope("held", "client"))
        rig.work.put(an_envelope("waiting", "client"))
        held = received(rig.work)
        entry = rig.engine.journal.open(held.envelope, NOON)
        document = rig.engine.documents.put(Document("client:1", {"a": 1}, 0))
        timer = Timer(NOON, "notify", an_envelope("later"))
        rig.engine.timers.set(timer)
        rig.reopen()
        assert rig.engine.timers.due(NOON, 10) == [timer]
        assert rig.work.receive() is None  # held by a worker that may still live
        rig.work.put(an_envelope("held", "client"))
        rig.work.done(held.receipt)
        assert drained(rig.work) == [an_envelope("waiting", "client")], "and no repeat of the first one"
        assert rig.work.depth().messages == 0
        assert rig.engine.journal.get(entry.id) == entry
        assert rig.engine.journal.envelope(entry.id) == held.envelope
        assert rig.engine.documents.get("client:1") == document


class EngineContract(TimelessContract):
    """What each engine promises, and what it promises for later."""

    # How long the queue hides a message

    def test_a_message_tells_when_it_was_put_and_that_it_is_handed_out_for_the_first_time(
        self, rig: Rig
    ) -> None:
        rig.work.put(an_envelope())
        rig.later(timedelta(seconds=3))
        message = received(rig.work)
        assert message.envelope == an_envelope()
        assert message.receive_count == 1
        assert message.sent_at == NOON

    def test_an_unfinished_message_comes_back_after_the_visibility_time(self, rig: Rig) -> None:
        rig.work.put(an_envelope())
        first = received(rig.work)
        rig.later(rig.work.visibility - timedelta(seconds=1))
        assert rig.work.receive() is None
        rig.later(timedelta(seconds=1))
        second = received(rig.work)
        assert second.envelope == first.envelope
        assert second.receive_count == 2
        assert second.receipt != first.receipt
        assert second.sent_at == first.sent_at

    def test_an_unfinished_message_comes_back_before_the_rest_of_its_group(self, rig: Rig) -> None:
        rig.work.put(an_envelope("first", "client"))
        rig.work.put(an_envelope("second", "client"))
        received(rig.work)
        rig.later(rig.work.visibility)
        assert [envelope.id for envelope in drained(rig.work)] == [
            an_envelope("first").id,
            an_envelope("second").id,
        ]

    def test_retry_after_shows_a_message_after_the_delay_and_not_before(self, rig: Rig) -> None:
        rig.work.put(an_envelope())
        rig.work.retry_after(received(rig.work).receipt, timedelta(seconds=40))
        rig.later(timedelta(seconds=39))
        assert rig.work.receive() is None
        rig.later(timedelta(seconds=1))
        assert received(rig.work).receive_count == 2

    def test_retry_after_can_be_longer_than_the_visibility_time(self, rig: Rig) -> None:
        rig.work.put(an_envelope())
        rig.work.retry_after(received(rig.work).receipt, timedelta(minutes=15))
        rig.later(timedelta(minutes=15) - timedelta(seconds=1))
        assert rig.work.receive() is None
        rig.later(timedelta(seconds=1))
        assert received(rig.work).envelope == an_envelope()

    def test_a_group_waits_with_the_message_that_is_to_be_retried(self, rig: Rig) -> None:
        rig.work.put(an_envelope("first", "client"))
        rig.work.put(an_envelope("second", "client"))
        rig.work.put(an_envelope("free", "another"))
        rig.work.retry_after(received(rig.work).receipt, timedelta(seconds=40))
        assert drained(rig.work) == [an_envelope("free", "another")]
        rig.later(timedelta(seconds=40))
        assert drained(rig.work) == [an_envelope("first", "client"), an_envelope("second", "client")]

    def test_done_removes_a_message_for_good(self, rig: Rig) -> None:
        rig.work.put(an_envelope())
        rig.work.done(received(rig.work).receipt)
        rig.later(timedelta(days=1))
        assert rig.work.receive() is None
        assert rig.work.depth().messages == 0

    def test_done_with_a_stale_receipt_has_no_effect(self, rig: Rig) -> None:
        rig.work.put(an_envelope("first", "client"))
        rig.work.put(an_envelope("second", "client"))
        stale = received(rig.work).receipt
        rig.later(rig.work.visibility)
        fresh = received(rig.work)
        rig.work.done(stale)
        assert rig.work.depth().messages == 2
        assert rig.work.receive() is None  # the fresh one is still held
        rig.work.done(fresh.receipt)
        assert drained(rig.work) == [an_envelope("second", "client")]

    def test_retry_after_with_a_stale_receipt_has_no_effect(self, rig: Rig) -> None:
        rig.work.put(an_envelope())
        stale = received(rig.work).receipt
        rig.later(rig.work.visibility)
        received(rig.work)
        rig.work.retry_after(stale, timedelta())
        assert rig.work.receive() is None
        rig.work.retry_after(stale, timedelta(days=1))
        rig.later(rig.work.visibility)
        assert received(rig.work).receive_count == 3

    def test_depth_tells_since_when_the_oldest_message_waits(self, rig: Rig) -> None:
        assert rig.work.depth().oldest_at is None
        rig.work.put(an_envelope("one"))
        rig.later(timedelta(seconds=9))
        rig.work.put(an_envelope("two"))
        first = received(rig.work)
        assert rig.work.depth().oldest_at == NOON
        rig.work.done(first.receipt)
        assert rig.work.depth().oldest_at == NOON + timedelta(seconds=9)

    # How long it remembers repeats

    def test_a_repeat_is_dropped_even_when_the_first_one_is_done(self, rig: Rig) -> None:
        rig.work.put(an_envelope())
        drained(rig.work)
        rig.later(DEDUPLICATION_SPAN - timedelta(seconds=1))
        rig.work.put(an_envelope())
        assert rig.work.receive() is None

    def test_a_repeat_that_comes_later_is_taken_again(self, rig: Rig) -> None:
        rig.work.put(an_envelope())
        drained(rig.work)
        rig.later(DEDUPLICATION_SPAN)
        rig.work.put(an_envelope())
        assert drained(rig.work) == [an_envelope()]

    def test_a_repeat_does_not_make_the_memory_of_the_first_one_longer(self, rig: Rig) -> None:
        rig.work.put(an_envelope())
        rig.later(DEDUPLICATION_SPAN - timedelta(seconds=1))
        rig.work.put(an_envelope())
        rig.later(timedelta(seconds=1))
        rig.work.put(an_envelope())
        assert rig.work.depth().messages == 2

    # How long it keeps personal data, and ids

    @pytest.mark.parametrize(
        "status", [Status.DONE, Status.PARKED, Status.QUARANTINED, Status.OBSERVED, Status.DISCARDED]
    )
    def test_of_a_closed_entry_only_the_id_outlives_personal_data(self, rig: Rig, status: Status) -> None:
        journal = rig.engine.journal
        closed = rig.closed_entry(status=status)
        rig.later(PERSONAL_DATA - timedelta(seconds=1))
        rig.expire()
        assert journal.get(closed.id) == closed
        assert journal.envelope(closed.id) is not None
        rig.later(timedelta(seconds=1))
        rig.expire()
        expired = Entry.expired(closed.id, closed.source, closed.content_id, closed.received_at)
        assert journal.get(closed.id) == expired
        assert journal.find(closed.id[:12]) == [expired]
        assert journal.envelope(closed.id) is None
        assert journal.latest() == []
        assert PHONE not in expired.model_dump_json()
        assert not expired.group

    def test_a_repeat_of_what_has_expired_finds_that_it_was_there(self, rig: Rig) -> None:
        closed = rig.closed_entry()
        rig.later(PERSONAL_DATA)
        rig.expire()
        again = rig.engine.journal.open(an_envelope(body=f"phone={PHONE}".encode()), rig.clock())
        assert again.status is Status.EXPIRED
        assert again.content_id == closed.content_id
        assert not again.is_open
        assert rig.engine.journal.envelope(closed.id) is None

    def test_who_still_has_an_expired_entry_cannot_save_it(self, rig: Rig) -> None:
        closed = rig.closed_entry(status=Status.PARKED)
        rig.later(PERSONAL_DATA)
        rig.expire()
        with pytest.raises(VersionConflict):
            rig.engine.journal.save(closed.reopened("Анна", rig.clock()))
        assert rig.engine.journal.envelope(closed.id) is None

    def test_an_id_is_forgotten_at_last(self, rig: Rig) -> None:
        closed = rig.closed_entry()
        rig.later(PERSONAL_DATA)
        rig.expire()
        rig.later(IDS - PERSONAL_DATA - timedelta(seconds=1))
        rig.expire()
        assert rig.engine.journal.get(closed.id) is not None
        rig.later(timedelta(seconds=1))
        rig.expire()
        assert rig.engine.journal.get(closed.id) is None
        assert rig.engine.journal.find(closed.id[:12]) == []
        assert rig.engine.journal.open(an_envelope(at=rig.clock()), rig.clock()).is_open

    def test_what_is_being_worked_on_does_not_expire(self, rig: Rig) -> None:
        parked = rig.closed_entry(status=Status.PARKED)
        rig.later(PERSONAL_DATA - timedelta(hours=1))
        reopened = rig.engine.journal.save(parked.reopened("Анна", rig.clock()))
        rig.later(timedelta(days=30))
        rig.expire()
        assert rig.engine.journal.get(parked.id) == reopened
        rig.engine.journal.save(reopened.closed(Status.DONE, "", "", rig.clock()))
        rig.expire()
        ended = rig.engine.journal.get(parked.id)
        assert ended is not None
        assert ended.status is Status.EXPIRED

    def test_what_waits_for_its_timer_does_not_expire(self, rig: Rig) -> None:
        envelope = an_envelope()
        until = NOON + PERSONAL_DATA + timedelta(days=30)
        opened = rig.engine.journal.open(envelope, NOON)
        held = rig.engine.journal.save(opened.held("quiet-hours", "", until, NOON))
        timer = Timer(until, "notify", envelope)
        rig.engine.timers.set(timer)
        rig.later(until - NOON + PERSONAL_DATA - timedelta(seconds=1))
        rig.expire()
        assert rig.engine.journal.get(held.id) == held
        assert rig.engine.timers.due(rig.clock(), 10) == [timer]

    def test_many_expire_at_once_and_what_came_later_stays(self, rig: Rig) -> None:
        old = [rig.closed_entry(f"old {number}") for number in range(120)]
        new = [rig.closed_entry(f"new {number}", NOON + timedelta(days=1)) for number in range(3)]
        rig.later(PERSONAL_DATA)
        rig.expire()
        assert {entry.id for entry in rig.engine.journal.latest()} == {entry.id for entry in new}
        statuses = {entry.status for each in old if (entry := rig.engine.journal.get(each.id))}
        assert statuses == {Status.EXPIRED}

    def test_a_document_goes_when_nobody_has_changed_it_for_long(self, rig: Rig) -> None:
        documents = rig.engine.documents
        untouched = documents.put(Document(f"client:+7{PHONE}", {"phone": PHONE}, 0))
        touched = documents.put(Document("client:touched", {"a": 1}, 0))
        rig.later(timedelta(days=1))
        touched = documents.put(replace(touched, content={"a": 2}))
        rig.later(PERSONAL_DATA - timedelta(days=1, seconds=1))
        rig.expire()
        assert documents.get(untouched.key) == untouched
        rig.later(timedelta(seconds=1))
        rig.expire()
        assert documents.get(untouched.key) == Document(untouched.key, {}, 0)
        assert documents.get(touched.key) == touched
        begun_anew = documents.put(Document(untouched.key, {"b": 1}, 0))
        assert documents.get(untouched.key) == begun_anew

    def test_a_document_without_personal_data_stays(self, rig: Rig) -> None:
        documents = rig.engine.documents
        first = documents.put(Document("source:tilda", {"heard": True}, 0))
        rig.later(2 * IDS)
        rig.expire()
        assert documents.get(first.key) == first
        second = documents.put(replace(first, content={"heard": False}))
        assert documents.get(first.key) == second
