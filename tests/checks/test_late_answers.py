"""Who waits too long for a call back or an answer, as the console's first page shows it."""

from datetime import timedelta

from chalicelib.late_answers import LateAnswers, read_late_answers
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
