"""A leg that rang in vain, while a colleague may still take the same call."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from chalicelib.entry import Status
from chalicelib.playbook.call_legs import LEGS_WAIT
from tests.told_calls import CLIENT, PBX, SOURCES, miss, talk
from tests.world import World, example_shop

WAYS = ["none", "module"]


@pytest.fixture(params=WAYS)
def world(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[World]:
    world = World(tmp_path, example_shop(sources=SOURCES, telephony={"calls": request.param}))
    yield world
    world.close()


def reasons(world: World) -> set[str]:
    return {entry.reason for entry in world.entries(Status.IGNORED)}


def wait(world: World) -> None:
    """Until the legs' time is over."""
    world.later(seconds=LEGS_WAIT.total_seconds())
    world.work()


def leg_rings_in_vain(world: World, again: str = "", phone: str | None = CLIENT, call_id: str = "a") -> None:
    miss(world, call_id, again=again, phone=phone, is_final=False)
    world.work()


def colleague_answers(world: World, phone: str | None = CLIENT) -> None:
    talk(world, "a", direction="inbound", phone=phone)
    world.work()


@pytest.mark.parametrize("phone", [CLIENT, None])
def test_a_colleague_who_answers_soon_leaves_nothing_to_do(world: World, phone: str | None) -> None:
    leg_rings_in_vain(world, phone=phone)
    world.later(seconds=40)
    colleague_answers(world, phone)
    wait(world)
    assert (world.orders, world.tasks) == ([], [])
    assert "answered-after-all" in reasons(world)


def test_if_nobody_answers_the_order_is_as_that_of_any_missed_call(world: World) -> None:
    leg_rings_in_vain(world)
    assert world.orders == []
    wait(world)
    (order,) = world.orders
    assert order["externalId"] == f"call-{PBX}-a"
    assert "20.11 в 11:00" in order["managerComment"]


def test_a_known_client_is_called_back(world: World) -> None:
    world.make_order({"phone": CLIENT, "status": "new"})
    leg_rings_in_vain(world)
    assert world.tasks == []
    wait(world)
    assert len(world.tasks) == 1


def test_a_hidden_caller_is_a_task(world: World) -> None:
    leg_rings_in_vain(world, phone=None)
    wait(world)
    assert len(world.tasks) == 1


def test_one_phone_after_the_other_is_waited_for(world: World) -> None:
    leg_rings_in_vain(world)
    world.later(seconds=40)
    leg_rings_in_vain(world, again="leg-2")
    world.later(seconds=40)
    world.work()
    assert world.orders == []
    colleague_answers(world)
    wait(world)
    assert world.orders == []


def test_all_legs_make_one_order(world: World) -> None:
    for leg in range(3):
        leg_rings_in_vain(world, again=f"leg-{leg}")
        wait(world)
    assert len(world.orders) == 1
    assert world.tasks == []
    assert reasons(world) >= {"already-told"}


def test_an_answer_that_was_told_first_needs_no_wait(world: World) -> None:
    colleague_answers(world)
    leg_rings_in_vain(world)
    assert "answered-after-all" in reasons(world)
    assert all(timer.due_at != world.now + LEGS_WAIT for timer in world.held())


def test_a_final_word_is_not_waited_for(world: World) -> None:
    leg_rings_in_vain(world)
    miss(world, "a", again="whole")
    world.work()
    assert len(world.orders) == 1
    wait(world)
    assert len(world.orders) == 1
    assert world.tasks == []


def test_the_client_is_not_held_up(world: World) -> None:
    leg_rings_in_vain(world)
    miss(world, "b")
    world.work()
    assert len(world.orders) == 1


def test_an_answer_that_comes_too_late_is_a_note(world: World) -> None:
    leg_rings_in_vain(world)
    wait(world)
    colleague_answers(world)
    (order,) = world.orders
    assert "клиент дозвонился" in order["managerComment"]


def test_news_that_waited_for_us_is_as_old_as_its_coming(world: World) -> None:
    """The worker was away for hours, and the client was called back meanwhile."""
    world.make_order({"phone": CLIENT, "status": "new"})
    miss(world, is_final=False)
    world.later(minutes=5)
    talk(world)
    world.later(hours=3)
    world.work()
    wait(world)
    assert world.tasks == []


def test_an_own_number_is_nobody(world: World) -> None:
    miss(world, phone="+74950000001", is_final=False)
    world.work()
    assert reasons(world) == {"own-number"}


@pytest.mark.parametrize("mode", ["observe", "act"])
def test_the_mode_is_that_of_the_calls_source(tmp_path: Path, mode: str) -> None:
    world = World(tmp_path, example_shop(sources=SOURCES))
    miss(world, is_final=False)
    world.work()
    world.shop = example_shop(sources={**SOURCES, PBX: {**SOURCES[PBX], "mode": mode}})
    world.restart()
    wait(world)
    assert len(world.orders) == (mode == "act")
    assert len(world.entries(Status.OBSERVED)) == (mode == "observe")
    world.close()
