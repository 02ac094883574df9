"""What a person does about an entry that was set aside, killed at any step."""

from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from chalicelib.engine.port import Engine
from chalicelib.entry import Entry, Intervention, Status
from chalicelib.interventions import REMEMBERED_FOR, Obstacle, discard, replay, set_aside
from tests.crashes import Crash, CrashingWorld, Steps, Watched, worth_a_crash
from tests.engine.contract import received
from tests.world import MORNING, World

CALLER = "79161234567"
WHO = "Анна"


def set_aside_call(
    world: World, call_id: str = "a", status: Status = Status.PARKED, reason: str = "crm-refused"
) -> Entry:
    """A missed call that was set aside; what stood against it is mended."""
    world.call(CALLER, call_id)
    message = received(world.engine.work)
    world.engine.work.done(message.receipt)
    entry = world.engine.journal.open(message.envelope, world.now)
    return world.engine.journal.save(entry.closed(status, reason, "", world.now))


def watched(engine: Engine, steps: Steps) -> Engine:
    parts: dict[str, Any] = {
        name: Watched(name, getattr(engine, name), steps) for name in ("work", "timers", "journal")
    }
    return replace(engine, **parts)


def a_replay_killed_at_each_step_ends_with_one_order(make: Callable[[int], World]) -> None:
    """Whatever was reopened comes to its end by itself; else it still waits for a person."""
    for step in count():
        world = make(step)
        entry = set_aside_call(world)
        try:
            replay(watched(world.engine, Steps(step)), entry, WHO, world.now)
        except Crash:
            world.restart()
            world.work_for(step=REMEMBERED_FOR, minutes=6)
            is_reopened = len(world.entry.interventions) == 1
            assert world.status() is (Status.DONE if is_reopened else Status.PARKED), step
            if not is_reopened:
                assert replay(world.engine, world.entry, WHO, world.now) is None
                world.work()
            assert world.status() is Status.DONE
            assert len(world.orders) == 1
            assert world.held() == []
            world.close()
        else:
            world.close()
            assert step >= 8  # it is not that nothing was watched
            return


def test_a_replay_killed_at_each_step_ends_with_one_order(tmp_path: Path) -> None:
    a_replay_killed_at_each_step_ends_with_one_order(lambda step: World(tmp_path / str(step)))


class Pressing(Steps):
    """At one of the worker's steps somebody presses a button; not before the test says so.

    Attributes:
        press: what comes of that; None if nobody presses, or did already.
    """

    def __init__(self, at: int) -> None:
        super().__init__()
        self.press: Callable[[], object] | None = None
        self._at = at

    def take(self, name: str) -> None:
        if self.press is None or not name.startswith("before"):
            return
        super().take(name)
        if len(self.names) > self._at:
            press, self.press = self.press, None
            press()


@pytest.mark.parametrize("orders", [0, 1])
def test_a_second_press_at_any_step_of_the_worker_changes_nothing(tmp_path: Path, orders: int) -> None:
    found = set()
    for step in count():
        steps = Pressing(step)
        world = CrashingWorld(tmp_path / str(step), steps)
        for _ in range(orders):
            world.make_order({"phone": f"+{CALLER}", "status": "new"})
        entry = set_aside_call(world)
        replay(world.engine, entry, WHO, world.now)
        steps.press = partial(press_again, world, entry)
        world.work()
        has_pressed, steps.press = steps.press is None, None
        found.add((len(world.orders), len(world.tasks), world.status(), len(world.entry.results)))
        world.close()
        if not has_pressed:
            break
    assert found == {(1, orders, Status.DONE, 1 + orders)}
    assert step >= 10  # it is not that nothing was watched


def press_again(world: World, entry: Entry) -> None:
    present = world.engine.journal.get(entry.id)
    assert present is not None
    assert replay(world.engine, present, "Иван", world.now) in {Obstacle.BUSY, Obstacle.NOTHING_TO_DO}


def test_an_entry_whose_worker_died_and_whose_message_is_lost_has_one_effect_once_replayed(
    tmp_path: Path,
) -> None:
    def world_at_work(folder: str, steps: Steps) -> CrashingWorld:
        world = CrashingWorld(tmp_path / folder, steps)
        world.make_order({"phone": f"+{CALLER}", "status": "new"})
        world.call(CALLER, "a")
        with suppress(Crash):
            world.step(world.used.work)
        return world

    counted = Steps()
    world_at_work("whole", counted).close()
    replays = 0
    for step, name in worth_a_crash(counted.names):
        world = world_at_work(str(step), Steps(step))
        world.resume()
        world.later(minutes=61)
        if (message := world.engine.work.receive()) is not None:
            world.engine.work.done(message.receipt)
        for entry in world.entries(Status.OPEN):
            assert replay(world.engine, entry, WHO, world.now) is None, name
            replays += 1
            world.work_for(minutes=5)
            call_backs = [task for task in world.tasks if task["text"].startswith("Перезвонить")]
            assert (len(call_backs), world.status()) == (1, Status.DONE), name
        world.close()
    assert replays


def test_the_entry_says_who_replayed_it_and_when(world: World) -> None:
    entry = set_aside_call(world)
    world.later(hours=1)
    assert replay(world.engine, entry, WHO, world.now) is None
    world.work()
    assert world.status() is Status.DONE
    assert world.entry.interventions == (Intervention(what="replayed", who=WHO, at=world.now),)
    assert world.held() == []


def test_who_replays_again_what_was_not_reopened_is_not_taken_for_a_repeat(tmp_path: Path) -> None:
    with closing(World(tmp_path)) as world:
        entry = set_aside_call(world)
        with suppress(Crash):
            replay(watched(world.engine, Steps("before journal.save")), entry, WHO, world.now)
        world.work_for(step=REMEMBERED_FOR, minutes=1)
        assert world.status() is Status.PARKED
        world.later(minutes=1)
        assert replay(world.engine, world.entry, WHO, world.now) is None
        world.work()
        assert world.status() is Status.DONE


def test_of_what_is_discarded_nothing_comes_and_the_entry_says_who_and_why(world: World) -> None:
    entry = set_aside_call(world)
    assert discard(world.engine, entry, WHO, world.now, "наш собственный звонок") is None
    world.work_for(minutes=10)
    assert world.orders == []
    found = world.entry
    assert (found.status, found.reason) == (Status.DISCARDED, entry.reason)
    expected = Intervention(what="discarded", who=WHO, at=MORNING, note="наш собственный звонок")
    assert found.interventions == (expected,)
    assert list(set_aside(world.engine.journal, entry.reason, world.now)) == []


def test_a_repeat_of_what_was_discarded_does_nothing(world: World) -> None:
    entry = set_aside_call(world)
    discard(world.engine, entry, WHO, world.now)
    world.later(hours=1)
    envelope = world.engine.journal.envelope(entry.id)
    assert envelope is not None
    world.engine.work.put(envelope)
    world.work()
    assert world.waiting() == 0
    assert (world.orders, world.status()) == ([], Status.DISCARDED)


def test_a_mistaken_discard_can_be_replayed(world: World) -> None:
    discard(world.engine, set_aside_call(world), WHO, world.now)
    assert replay(world.engine, world.entry, "Иван", world.now) is None
    world.work()
    assert len(world.orders) == 1
    assert [(done.what, done.who) for done in world.entry.interventions] == [
        ("discarded", WHO),
        ("replayed", "Иван"),
    ]


def test_what_waits_for_nobody_is_not_discarded(world: World) -> None:
    world.call(CALLER, "a")
    world.work()
    done = world.entry
    assert discard(world.engine, done, WHO, world.now) is Obstacle.NOTHING_TO_DO
    assert world.entry == done


def test_who_decides_second_hears_that_somebody_was_faster(world: World) -> None:
    entry = set_aside_call(world)
    assert replay(world.engine, entry, WHO, world.now) is None
    assert discard(world.engine, entry, "Иван", world.now) is Obstacle.BUSY
    assert replay(world.engine, entry, "Иван", world.now) is Obstacle.BUSY
    world.work_for(step=REMEMBERED_FOR, minutes=6)
    assert world.status() is Status.DONE
    assert len(world.orders) == 1


def test_what_has_expired_is_told(world: World) -> None:
    entry = set_aside_call(world)
    world.later(days=91)
    world.engine.expire(world.now)
    assert replay(world.engine, entry, WHO, world.now) is Obstacle.CONTENT_EXPIRED
    assert discard(world.engine, entry, WHO, world.now) is Obstacle.BUSY


def test_what_is_set_aside_for_a_reason_comes_oldest_first_whatever_it_is(world: World) -> None:
    journal = world.engine.journal
    statuses = [Status.QUARANTINED, Status.PARKED, Status.PARKED, Status.QUARANTINED, Status.DONE]
    for number, status in enumerate(statuses):
        set_aside_call(world, str(number), status, "another" if number == 2 else "wanted")
        world.later(minutes=1)
    found = list(set_aside(journal, "wanted", world.now))
    assert [entry.received_at - MORNING for entry in found] == [timedelta(minutes=n) for n in (0, 1, 3)]
