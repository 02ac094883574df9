"""Checks put what is new into the pipeline, once; the first run of some only reports."""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from chalicelib.checks.port import Finding
from chalicelib.checks.running import AT_ONCE, MOST_A_RUN, SEEN_EVERY, TICK, CheckMemory, CheckRunner
from chalicelib.errors import Unreachable
from chalicelib.events import LeadUnprocessed
from chalicelib.messages import read_own
from tests.engine.contract import received
from tests.held import MostHeld
from tests.world import MORNING, World


@dataclass
class FakeCheck:
    """Finds what it is told to."""

    name: str = "fake"
    every: timedelta = timedelta(minutes=10)
    has_baseline: bool = False
    ids: list[str] = field(default_factory=list)
    looks: int = 0
    error: Exception | None = None

    def find(self, now: datetime) -> Iterator[Finding]:
        self.looks += 1
        if self.error is not None:
            raise self.error
        for number, dedup_id in enumerate(self.ids):
            event = LeadUnprocessed(
                order_id=number, order_number=dedup_id, waiting_since=now, step=timedelta(), is_first=True
            )
            yield Finding(dedup_id, "", event, f"order {dedup_id}")


class Look(FakeCheck):
    """A check that does something of the test's while it looks."""

    def __init__(self, name: str, every: timedelta, work: Callable[[], object]) -> None:
        super().__init__(name, every)
        self._work = work

    def find(self, now: datetime) -> Iterator[Finding]:
        self._work()
        return super().find(now)


class WatchedCheck(FakeCheck):
    """A check of which it is watched what is held of its findings."""

    def __init__(self, held: MostHeld, ids: list[str]) -> None:
        super().__init__(ids=ids, has_baseline=True)
        self._held = held

    def find(self, now: datetime) -> Iterator[Finding]:
        return self._held.watch(super().find(now))


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with closing(World(tmp_path)) as world:
        yield world


def runner(world: World, *checks: FakeCheck) -> CheckRunner:
    return CheckRunner(checks, world.engine, world.clock)


def run_due(world: World, *checks: FakeCheck) -> None:
    """As a host does it each minute."""
    for each_tick in (True, False):
        runner(world, *checks).run_due(each_tick=each_tick)


def came_in(world: World) -> list[str]:
    """What is in the queue now; the pipeline has seen it from now on."""
    numbers = []
    while world.engine.work.depth().messages:
        message = received(world.engine.work)
        world.engine.journal.open(message.envelope, world.now)
        world.engine.work.done(message.receipt)
        [event] = read_own(message.envelope.webhook).events
        assert isinstance(event, LeadUnprocessed)
        numbers.append(event.order_number)
    return numbers


def test_what_is_new_goes_into_the_pipeline_once(world: World) -> None:
    check = FakeCheck(ids=["a", "b"])
    assert len(runner(world, check).run("fake").emitted) == 2
    assert sorted(came_in(world)) == ["a", "b"]
    check.ids.append("c")
    world.later(days=30)
    report = runner(world, check).run("fake")
    assert [finding.dedup_id for finding in report.emitted] == ["c"]
    assert report.found == 3
    assert came_in(world) == ["c"]
    runner(world, check).run("fake")
    assert came_in(world) == []


@pytest.mark.parametrize("is_accepted", [True, False])
def test_of_very_many_findings_a_few_are_held(world: World, *, is_accepted: bool) -> None:
    held = MostHeld(Finding)
    check = WatchedCheck(held, [str(number) for number in range(1000)])
    if is_accepted:
        runner(world, check).accept("fake")
    report = runner(world, check).run("fake")
    assert report.found == 1000
    assert len(report.first) == MOST_A_RUN
    assert report.held_back == (1000 - MOST_A_RUN if is_accepted else 0)
    assert held.most <= 3 * AT_ONCE


def test_a_dry_run_changes_nothing(world: World) -> None:
    check = FakeCheck(ids=["a"])
    report = runner(world, check).run("fake", dry_run=True)
    assert [finding.line for finding in report.emitted] == ["order a"]
    assert came_in(world) == []
    assert world.engine.documents.get("check:fake").version == 0


def test_first_run_only_reports_until_a_person_accepts_it(world: World) -> None:
    check = FakeCheck(ids=["a", "b"], has_baseline=True)
    for _ in range(2):
        report = runner(world, check).run("fake")
        assert report.is_baseline
        assert came_in(world) == []
        world.work()
    [asked] = world.alerts
    assert "ждёт вашего решения" in asked
    assert "fake: 2" in asked
    runner(world, check).accept("fake")
    assert not runner(world, check).run("fake").is_baseline
    assert sorted(came_in(world)) == ["a", "b"]


def test_a_person_is_asked_once_there_is_something_to_accept(world: World) -> None:
    check = FakeCheck(has_baseline=True)
    runner(world, check).run("fake")
    world.work()
    assert world.alerts == []
    check.ids = ["a"]
    for _ in range(2):
        runner(world, check).run("fake")
        world.work()
    [asked] = world.alerts
    assert "fake: 1" in asked


def test_much_at_once_comes_in_portions(world: World) -> None:
    check = FakeCheck(ids=[f"{number:03}" for number in range(MOST_A_RUN + 7)])
    report = runner(world, check).run("fake")
    assert (len(report.emitted), report.held_back) == (MOST_A_RUN, 7)
    came_in(world)
    assert len(runner(world, check).run("fake").emitted) == 7


@pytest.mark.parametrize(("has_baseline", "after"), [(False, 1), (True, 10)])
def test_who_holds_news_back_goes_on_with_the_next_tick(world: World, has_baseline: bool, after: int) -> None:
    """An old heap, which a person had to accept, keeps its pace."""
    check = FakeCheck(ids=[f"{n:03}" for n in range(2 * MOST_A_RUN + 1)], has_baseline=has_baseline)
    if has_baseline:
        runner(world, check).accept("fake")
    told = []
    for _ in range(2 * after + 1):
        run_due(world, check)
        told += came_in(world)
        world.later(minutes=1)
    assert len(told) == len(check.ids)
    assert check.looks == 3


def test_each_runs_when_its_time_has_come(world: World) -> None:
    often, seldom = FakeCheck(every=timedelta(minutes=1)), FakeCheck("seldom", timedelta(hours=6))
    for minute in range(12 * 60):
        world.now = MORNING + timedelta(minutes=minute, seconds=minute % 7)
        run_due(world, often, seldom)
    assert (often.looks, seldom.looks) == (12 * 60, 2)


def test_many_that_take_long_all_have_their_turn_where_a_tick_has_an_end(world: World) -> None:
    """Each tick is a process of its own, which is ended after five minutes, whatever it is doing."""
    tick_ends: list[datetime] = []

    def take_two_minutes() -> None:
        world.later(minutes=2, seconds=10)
        if world.now > tick_ends[-1]:
            raise KeyboardInterrupt

    checks = [Look(name, timedelta(minutes=10), take_two_minutes) for name in "abcdef"]
    while world.now < MORNING + timedelta(hours=2):
        tick_ends.append(world.now + timedelta(minutes=5))
        run_due(world, *checks)
        world.later(minutes=1)
    assert min(check.looks for check in checks) >= max(check.looks for check in checks) - 1


def test_one_that_fails_keeps_nobody_else_from_running_and_tries_again_soon(world: World) -> None:
    failing = FakeCheck("failing", error=Unreachable("crm-unreachable"))
    check, came = FakeCheck(ids=["a"]), list[str]()
    for _ in range(20):
        run_due(world, failing, check)
        came += came_in(world)
        world.later(minutes=1)
    assert came == ["a"]
    assert failing.looks == 2, "every ten minutes, not every minute"
    with pytest.raises(Unreachable):
        runner(world, failing).run("failing")


def test_a_check_of_each_tick_is_seen_to_run_without_a_write_each_time(world: World) -> None:
    check = FakeCheck(every=TICK)
    for _ in range(60):
        world.later(minutes=1)
        run_due(world, check)
    document = world.engine.documents.get("check:fake")
    assert document.version == 4
    ran_at = CheckMemory.model_validate(document.content).ran_at
    assert ran_at is not None
    assert world.now - ran_at < SEEN_EVERY
