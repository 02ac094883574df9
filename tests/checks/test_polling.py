"""A source that must be asked: each thing it tells is taken once, whatever happens in between."""

import json
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from chalicelib.alerts.incidents import Incidents
from chalicelib.bootstrap import texts_of
from chalicelib.checks.polling import Poll
from chalicelib.engine.port import Document
from chalicelib.entry import Status
from chalicelib.errors import LeadkeeperError, Refused, Unreachable
from chalicelib.gate.tickets import fingerprint
from chalicelib.poll_memory import PollMemory
from chalicelib.providers.polling import Asking, Record
from tests.crashes import Crash, CrashingWorld, Steps
from tests.engine.contract import received
from tests.world import MORNING, World

SOURCE = "tilda"
"""It stands in the example shop, and what it tells becomes an order."""

PHONES = [f"+7 916 555-00-{number:02}" for number in range(60)]


@dataclass
class FakePoller:
    """Tells leads.

    Attributes:
        leads: of each its number and when it came in.
        hidden: numbers that are not told yet.
        asked: for which spans it was asked.
    """

    leads: dict[int, datetime] = field(default_factory=dict)
    hidden: set[int] = field(default_factory=set)
    page: int = 3
    every: timedelta = timedelta(minutes=2)
    overlap: timedelta = timedelta(hours=1)
    trouble: Exception | None = None
    trouble_after: int = 0
    asked: list[tuple[datetime, datetime]] = field(default_factory=list)

    def pages(self, asking: Asking) -> Iterator[Sequence[Record]]:
        self.asked.append((asking.since, asking.until))
        told = [number for number in self.leads if number not in self.hidden]
        for first in range(0, max(len(told), 1), self.page):
            if self.trouble is not None and first >= self.trouble_after:
                raise self.trouble
            yield [self.record(number) for number in told[first : first + self.page]]

    def record(self, number: int) -> Record:
        lead = {"tranid": f"1:{number}", "formid": "form100", "Phone": PHONES[number]}
        return Record(f"tranid:{number}", "", self.leads[number], json.dumps(lead).encode())


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with closing(World(tmp_path)) as world:
        yield world


@pytest.fixture
def poller() -> FakePoller:
    return FakePoller()


def poll_of(world: World, poller: FakePoller) -> Poll:
    incidents = Incidents(world.used.documents, world.used.notify, world.clock)
    return Poll(SOURCE, poller, world.used, incidents, texts_of(world.shop))


def ask(world: World, poller: FakePoller) -> None:
    """As the runner does it, each time in a process that remembers nothing."""
    assert list(poll_of(world, poller).find(world.now)) == []


def cursor(world: World) -> PollMemory:
    return PollMemory.model_validate(world.engine.documents.get(f"poll:{SOURCE}").content)


def phones(world: World) -> list[str]:
    return sorted(order["phone"] for order in world.orders)


def test_the_first_run_starts_from_now(world: World, poller: FakePoller) -> None:
    poller.leads = {number: MORNING - timedelta(minutes=number + 1) for number in range(20)}
    ask(world, poller)
    world.work()
    assert world.orders == []
    assert poller.asked == [(MORNING, MORNING)]
    poller.leads[30] = MORNING + timedelta(seconds=30)
    world.later(minutes=2)
    ask(world, poller)
    world.work()
    assert phones(world) == ["+79165550030"]


def test_what_is_told_again_is_taken_once(world: World, poller: FakePoller) -> None:
    ask(world, poller)
    for number in range(10):
        poller.leads[number] = world.now
        world.later(minutes=2)
        ask(world, poller)
        if number % 2:
            world.work()
    assert len(world.orders) == 10
    world.later(minutes=10)
    ask(world, poller)
    assert world.waiting() == 0, "nothing known is put on the queue again"


def test_what_is_told_late_is_taken_within_the_overlap(world: World, poller: FakePoller) -> None:
    ask(world, poller)
    world.later(minutes=1)
    poller.leads = {1: world.now, 2: world.now}
    poller.hidden = {2}
    for _ in range(20):
        world.later(minutes=2)
        ask(world, poller)
    poller.hidden = set()
    world.later(minutes=2)
    ask(world, poller)
    world.work()
    assert len(world.orders) == 2


def test_what_cannot_say_when_it_was_is_taken(world: World) -> None:
    record = FakePoller.record

    class Timeless(FakePoller):
        def record(self, number: int) -> Record:
            timed = record(self, number)
            return Record(timed.dedup_id, "", None, timed.content)

    ask(world, Timeless(leads={1: MORNING}))
    world.work()
    assert len(world.orders) == 1


def test_what_happened_first_goes_first(world: World, poller: FakePoller) -> None:
    ask(world, poller)
    poller.page = 10
    poller.leads = {number: world.now + timedelta(seconds=number) for number in (3, 1, 4, 2, 5)}
    world.later(minutes=2)
    ask(world, poller)
    assert [received(world.engine.work).envelope.id for _ in range(5)] == [
        fingerprint(SOURCE, f"tranid:{number}") for number in range(1, 6)
    ]


def test_a_source_that_is_down_is_told_and_loses_nothing(world: World, poller: FakePoller) -> None:
    ask(world, poller)
    poller.trouble = Unreachable("source-unreachable", "ConnectTimeout")
    for number in range(4):
        world.later(minutes=2)
        poller.leads[number] = world.now
        ask(world, poller)
        world.work()
        assert len(world.alerts) == (number >= 2), "the third failure in a row is told, a single one is not"
    assert cursor(world).asked_until == MORNING
    assert world.alerts[0].startswith("Сбой: источник tilda не отдаёт события")
    assert "ConnectTimeout" in world.alerts[0]
    assert world.orders == []
    poller.trouble = None
    world.later(hours=5)
    ask(world, poller)
    world.work()
    assert len(world.orders) == 4
    assert world.alerts[1].startswith("Снова в порядке: источник tilda")
    assert cursor(world).failures == 0


def test_one_lost_answer_is_nobodys_trouble(world: World, poller: FakePoller) -> None:
    for round_ in range(12):
        poller.trouble = Refused("source-refused", "x answers 403") if round_ % 3 else None
        ask(world, poller)
        world.later(minutes=2)
    world.work()
    assert world.alerts == []


def test_a_fault_of_ours_is_told_too(
    world: World, poller: FakePoller, caplog: pytest.LogCaptureFixture
) -> None:
    poller.trouble = KeyError("calls")
    for _ in range(3):
        ask(world, poller)
        world.later(minutes=2)
    world.work()
    assert len(world.alerts) == 1
    assert "could not be asked" in caplog.text


def test_what_came_before_the_trouble_is_taken_at_once(world: World, poller: FakePoller) -> None:
    ask(world, poller)
    world.later(minutes=1)
    poller.leads = dict.fromkeys(range(9), world.now)
    poller.trouble, poller.trouble_after = Unreachable("source-unreachable"), 6
    ask(world, poller)
    world.work()
    assert len(world.orders) == 6
    poller.trouble = None
    world.later(hours=30)
    ask(world, poller)
    world.work()
    assert len(world.orders) == 9


def test_after_an_outage_of_ours_each_run_catches_up_with_a_day(world: World, poller: FakePoller) -> None:
    ask(world, poller)
    world.later(days=3, hours=1)
    for _ in range(6):
        ask(world, poller)
    days = [(until - MORNING) / timedelta(days=1) for _, until in poller.asked[1:]]
    assert days[:3] == [1, 2, 3]
    assert days[3] == days[4] == pytest.approx(3 + 1 / 24)
    assert poller.asked[2][0] == MORNING + timedelta(days=1) - poller.overlap


def test_what_is_older_than_a_week_floods_nobody(world: World, poller: FakePoller) -> None:
    ask(world, poller)
    world.later(days=100)
    poller.leads = {1: MORNING + timedelta(days=1), 2: world.now - timedelta(days=6, hours=23)}
    ask(world, poller)
    world.work()
    assert phones(world) == ["+79165550002"]


def test_a_source_that_was_taken_out_of_the_shop_file_is_nobodys_trouble(
    world: World, poller: FakePoller
) -> None:
    poller.trouble = Unreachable("source-unreachable")
    incidents = Incidents(world.used.documents, world.used.notify, world.clock)
    gone = Poll("gone", poller, world.used, incidents, texts_of(world.shop))
    for one in (gone, poll_of(world, poller)):
        for _ in range(3):
            one.find(world.now)
    world.application.checks.run("silent-sources")
    assert [incident.key for incident in incidents.open()] == [f"source:{SOURCE}"]


def test_who_asked_meanwhile_keeps_its_cursor(world: World, poller: FakePoller) -> None:
    ask(world, poller)
    world.later(minutes=2)
    later = MORNING + timedelta(minutes=2)

    class Slow(FakePoller):
        def pages(self, asking: Asking) -> Iterator[Sequence[Record]]:
            document = world.engine.documents.get(f"poll:{SOURCE}")
            memory = PollMemory(started_at=MORNING, asked_until=later)
            world.engine.documents.put(Document(document.key, memory.content(), document.version))
            return super().pages(asking)

    ask(world, Slow(leads={1: world.now}))
    assert cursor(world).asked_until == later


def test_dry_run_says_what_would_be_taken_and_changes_nothing(world: World, poller: FakePoller) -> None:
    poller.leads = {1: MORNING - timedelta(minutes=5)}
    assert poll_of(world, poller).look(world.now) == [
        "tilda: answers",
        "tranid:1: 2026-11-20T03:55:00+00:00, new",
    ]
    assert world.engine.documents.get(f"poll:{SOURCE}").version == 0
    assert world.engine.work.depth().messages == 0
    ask(world, poller)
    poller.leads = {2: world.now + timedelta(seconds=1)}
    world.later(minutes=2)
    ask(world, poller)
    world.work()
    assert poll_of(world, poller).look(world.now)[1:] == ["tranid:2: 2026-11-20T04:00:01+00:00, known"]
    poller.trouble = Refused("source-refused", "x answers 403")
    with pytest.raises(LeadkeeperError):
        poll_of(world, poller).look(world.now)


def test_killed_at_any_step_nothing_is_lost_and_nothing_doubled(tmp_path: Path) -> None:
    def morning(folder: Path, steps: Steps) -> CrashingWorld:
        world = CrashingWorld(folder, Steps())
        ask(world, source)
        world.later(minutes=2)
        assert world.steps is not None
        world.steps = steps
        world.restart()
        return world

    source = FakePoller({number: MORNING + timedelta(seconds=number) for number in range(7)})
    steps = Steps()
    folder = tmp_path / "counted"
    folder.mkdir()
    with closing(morning(folder, steps)) as world:
        ask(world, source)
    moments = len(steps.names)
    assert moments > 20
    for moment in range(moments):
        folder = tmp_path / str(moment)
        folder.mkdir()
        with closing(morning(folder, Steps(moment))) as world:
            with pytest.raises(Crash):
                ask(world, source)
            world.resume()
            if moment % 2:
                # The queue has forgotten by then what it had seen.
                world.later(minutes=10)
            ask(world, source)
            world.work()
            assert len(world.orders) == 7, steps.names[moment]
            assert world.entries(Status.DONE) == world.entries()
