"""What waits on purpose leaves its queue, and comes back when it is due."""

from datetime import datetime, timedelta

import pytest

from chalicelib import deciding
from chalicelib.entry import Status
from chalicelib.errors import Postponed, TooEarly
from chalicelib.events import Sms, SmsDue
from chalicelib.interventions import replay
from chalicelib.messages import enclose
from chalicelib.pauses import LONGEST_BACK_OFF, LONGEST_IN_QUEUE
from chalicelib.playbook.desk import Decision
from chalicelib.timers import fire_due
from standalone.why import why
from tests.world import World

PHONE = "+79161234567"


def ask_for_sms(world: World, at: datetime, name: str = "1") -> str:
    """Have a message sent at this moment; returns the entry's id."""
    sms = Sms(phone=PHONE, text=name, template="arrived", not_before=at, valid_until=at + timedelta(hours=1))
    envelope = enclose(SmsDue(sms=sms, source="cdek", rule="parcel-moved"), f"sms:{name}", "", world.now)
    world.engine.notify.put(envelope)
    return envelope.id


def texts(world: World) -> list[str]:
    return [message["body"] for message in world.messages]


def test_a_long_wait_leaves_the_queue_and_goes_on_in_time(world: World) -> None:
    due = world.now + timedelta(hours=12)
    entry_id = ask_for_sms(world, due)
    world.work()
    assert world.waiting() == 0
    (timer,) = world.held()
    assert (timer.due_at, timer.queue, timer.envelope.id) == (due, "notify", entry_id)
    held = world.engine.journal.get(entry_id)
    assert held is not None
    assert held.is_open
    assert held.waits_until == due
    (line,) = why(world.application, entry_id)
    assert "it waits until 20.11. 23:00 (later-news-first)" in line
    world.now = due - timedelta(seconds=1)
    world.work()
    assert texts(world) == []
    world.later(seconds=1)
    world.work()
    assert texts(world) == ["1"]
    sent = world.engine.journal.get(entry_id)
    assert sent is not None
    assert (sent.status, sent.waits_until) == (Status.DONE, None)
    assert world.held() == []


def test_a_short_wait_stays_in_the_queue(world: World) -> None:
    ask_for_sms(world, world.now + LONGEST_IN_QUEUE)
    world.work()
    assert world.waiting() == 1
    assert world.held() == []
    world.now += LONGEST_IN_QUEUE
    world.work()
    assert texts(world) == ["1"]


@pytest.mark.parametrize(
    ("wait", "is_held"),
    [
        (Postponed("claimed", LONGEST_BACK_OFF), False),
        (Postponed("claimed", LONGEST_BACK_OFF + timedelta(seconds=1)), True),
        (TooEarly("night", LONGEST_IN_QUEUE), False),
        (TooEarly("night", LONGEST_IN_QUEUE + timedelta(seconds=1)), True),
    ],
)
def test_who_waits_for_something_else_stays_in_the_queue_for_longer(
    world: World, monkeypatch: pytest.MonkeyPatch, wait: Postponed, *, is_held: bool
) -> None:
    def decide(*_: object) -> Decision:
        raise wait

    monkeypatch.setattr(deciding, "decide", decide)
    world.call("79161234567", "a")
    world.work()
    assert (world.waiting(), len(world.held())) == ((0, 1) if is_held else (1, 0))
    if not is_held:
        assert world.entry.opened_at == world.now


def test_what_waited_for_weeks_has_all_its_time_for_retries(world: World) -> None:
    due = world.now + timedelta(days=30)
    entry_id = ask_for_sms(world, due)
    world.work()
    world.now = due
    world.fault(target="twilio", kind="refuse")
    world.work_for(minutes=10)
    waiting = world.engine.journal.get(entry_id)
    assert waiting is not None
    assert waiting.is_open
    world.clear_faults()
    world.work_for(minutes=20)
    assert texts(world) == ["1"]


def test_what_is_due_at_one_moment_goes_on_as_it_came_in(world: World) -> None:
    due = world.now + timedelta(hours=12)
    for name in ("1", "2", "3"):
        ask_for_sms(world, due, name)
        world.work()
        world.later(minutes=1)
    world.now = due
    world.work()
    assert texts(world) == ["1", "2", "3"]


def test_one_that_is_fired_twice_has_one_effect(world: World) -> None:
    ask_for_sms(world, world.now + timedelta(hours=12))
    world.work()
    (timer,) = world.held()
    world.now = timer.due_at
    for _ in range(2):
        world.engine.notify.put(timer.envelope)
        world.work()
        world.later(minutes=6)  # beyond the queue's own memory of repeats
    assert texts(world) == ["1"]
    assert world.held() == []


def test_who_fires_late_does_not_remove_the_timer_that_came_after(world: World) -> None:
    entry_id = ask_for_sms(world, world.now + timedelta(hours=12))
    world.work()
    (timer,) = world.held()
    # A second one is at work: it has fired, and the worker has set the next timer already.
    later = timer.due_at + timedelta(hours=1)
    world.engine.timers.set(type(timer)(later, "notify", timer.envelope))
    world.engine.timers.remove(timer)
    assert [held.envelope.id for held in world.held()] == [entry_id]


def test_a_replay_of_what_waits_decides_anew(world: World) -> None:
    entry_id = ask_for_sms(world, world.now + timedelta(hours=12))
    world.work()
    held = world.engine.journal.get(entry_id)
    assert held is not None
    world.later(minutes=6)
    assert replay(world.engine, held, "Анна", world.now) is None
    world.work()
    assert world.waiting() == 0
    (timer,) = world.held()
    world.now = timer.due_at
    world.work()
    assert texts(world) == ["1"]


def test_many_are_fired_in_one_go(world: World) -> None:
    due = world.now + timedelta(hours=12)
    for number in range(150):
        ask_for_sms(world, due, str(number))
    world.work()
    world.now = due
    fire_due(world.engine, world.now)
    assert world.waiting() == 150
    assert world.held() == []
