"""Who waits too long for a call back or an answer, as the console's first page shows it."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from chalicelib.books.reading import Books
from chalicelib.checks.late_answers import LateAnswersCheck
from chalicelib.crm.port import Order
from chalicelib.late_answers import MOST_NAMED, LateAnswers, LateOrder, read_late_answers
from tests.held import MostHeld
from tests.world import World

CALLER = "79161234567"


def look(world: World) -> LateAnswers:
    """What is kept after a look."""
    for check in ("books", "late-answers"):
        assert world.application.checks.run(check).found == 0, "it is a list, and nothing to be done"
    return read_late_answers(world.engine.documents)


def known_caller(world: World) -> None:
    """A client with an order that somebody works on calls, and nobody answers."""
    world.make_order({"phone": CALLER, "status": "complete", "managerId": 1})
    world.call(CALLER, "a")
    world.work()


def test_a_call_back_is_late_from_its_time_on_until_somebody_talked_to_the_client(world: World) -> None:
    known_caller(world)
    assert look(world).call_backs == ()
    world.later(hours=2)
    [late] = look(world).call_backs
    [task] = world.tasks
    assert late.task_id == task["id"]
    assert late.entry_id in {entry.id for entry in world.entries()}
    assert late.due_at < world.now
    world.talk(CALLER, "b")
    world.work()
    assert look(world).call_backs == ()


def test_a_call_back_that_a_person_has_completed_is_not_late(world: World) -> None:
    known_caller(world)
    world.later(hours=2)
    [late] = look(world).call_backs
    world.edit_task(late.task_id, {"complete": True})
    after = look(world)
    assert (after.call_backs, after.call_back_count) == ((), 0)


def test_a_new_order_is_late_after_the_first_step_of_its_ladder(world: World) -> None:
    world.make_order({"phone": CALLER, "status": "new"})
    world.later(minutes=10)
    assert look(world).orders == ()
    world.later(minutes=10)
    [late] = look(world).orders
    assert late.since == world.now - timedelta(minutes=20)
    world.edit_order(late.order_id, {"status": "complete"})
    assert look(world).order_count == 0


def test_of_very_many_those_who_wait_longest_are_named_and_the_others_counted(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chalicelib.checks.late_answers.MOST_NAMED", 5)
    for number in range(30):
        world.make_order({"phone": f"7916000{number:04}", "status": "new"})
        world.later(minutes=1)
    world.later(hours=2)
    world.application.checks.run("late-answers")
    late = read_late_answers(world.engine.documents)
    assert late.order_count == 30
    assert [order.since for order in late.orders] == [
        world.now - timedelta(hours=2, minutes=30 - number) for number in range(5)
    ]


class ManyPages:
    """A CRM with many new orders, of which it is watched what is held of those that wait."""

    def __init__(self, held: MostHeld, since: datetime) -> None:
        self._held = held
        self._since = since

    def orders_in(self, _statuses: object) -> Iterator[Sequence[Order]]:
        for page in self._held.watch(range(20)):
            ids = range(page * 100, page * 100 + 100)
            yield [
                Order(id=each, number="", status="new", is_open=True, created_at=self._since) for each in ids
            ]


def test_of_a_rush_only_those_who_are_named_are_held(world: World) -> None:
    held = MostHeld(LateOrder)
    crm: Any = ManyPages(held, world.now - timedelta(hours=2))
    books = Books(world.engine.documents, world.engine.journal, world.shop.shop.timezone)
    LateAnswersCheck(world.shop, crm, world.engine.documents, books).find(world.now)
    assert read_late_answers(world.engine.documents).order_count == 2000
    assert held.most <= 3 * MOST_NAMED
