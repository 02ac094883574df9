"""Who gets a task in the CRM."""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from chalicelib.assignment.settings import Assignment
from chalicelib.entry import Status
from chalicelib.people import Person
from chalicelib.settings import Shop
from tests.crashes import Crash, CrashingWorld, Steps
from tests.interleaving import Choose, InterleavedWorld
from tests.world import World, example_shop

CALLER = "79161234567"
PHONE = "+7 916 123-45-67"
ANNA, IVAN, GONE = 1, 2, 3


def shop_with(*people: Person, **assignment: Any) -> Shop:
    shop = example_shop()
    update = {"people": people or shop.people, "assignment": Assignment.model_validate(assignment)}
    return shop.model_copy(update=update)


def manager(name: str, crm_user: int, hours: str = "always", **more: Any) -> Person:
    roles = more.pop("roles", ("manager",))
    return Person.model_validate({"name": name, "crm_user": crm_user, "hours": hours, "roles": roles, **more})


TWO = (manager("Анна Смирнова", ANNA), manager("Иван Петров", IVAN))


def set_active(world: World, user: int, *, is_active: bool) -> None:
    """The account's owner lets somebody in, or no more."""
    users = world.sandbox.crm.books.users
    users.change(user, {**(users.get(user) or {}), "active": is_active}, world.now)


@pytest.fixture
def taking_turns(tmp_path: Path) -> Iterator[World]:
    with closing(World(tmp_path, shop_with(*TWO, choice="round-robin"))) as world:
        yield world


def test_each_gets_a_task_in_turn(taking_turns: World) -> None:
    for number in range(5):
        taking_turns.call(None, f"hidden-{number}")
    taking_turns.work()
    assert Counter(task["performer"] for task in taking_turns.tasks) == {ANNA: 3, IVAN: 2}


def test_an_order_stays_in_the_same_hands(taking_turns: World) -> None:
    taking_turns.make_order({"phone": PHONE, "status": "new"})
    taking_turns.call(CALLER, "a")
    taking_turns.work()
    (first,) = taking_turns.tasks
    taking_turns.edit_task(first["id"], {"text": "Я сама"})
    taking_turns.later(minutes=5)
    taking_turns.call(CALLER, "b")
    taking_turns.work()
    taking_turns.call(None, "hidden")
    taking_turns.work()
    assert [task["performer"] for task in taking_turns.tasks] == [ANNA, ANNA, IVAN]


def test_an_orders_manager_takes_nobodys_turn(taking_turns: World) -> None:
    taking_turns.make_order({"phone": PHONE, "status": "new", "managerId": ANNA})
    taking_turns.call(CALLER, "a")
    taking_turns.call(None, "hidden")
    taking_turns.work()
    assert sorted(task["performer"] for task in taking_turns.tasks) == [ANNA, ANNA]


def test_who_observes_takes_nobodys_turn(tmp_path: Path) -> None:
    shop = shop_with(*TWO, choice="round-robin")
    observing = shop.model_copy(update={"shop": shop.shop.model_copy(update={"mode": "observe"})})
    with closing(World(tmp_path, observing)) as world:
        for number in range(3):
            world.call(None, f"hidden-{number}")
        world.work()
        assert world.entry.status is Status.OBSERVED
        assert world.engine.documents.get("turns").version == 0


def test_a_gone_manager_s_task_goes_to_their_boss(tmp_path: Path) -> None:
    people = (manager("Пётр", GONE, boss="Иван Петров"), *TWO)
    with closing(World(tmp_path, shop_with(*people))) as world:
        world.make_order({"phone": PHONE, "status": "new", "managerId": GONE})
        world.call(CALLER, "a")
        world.work()
        assert [task["performer"] for task in world.tasks] == [IVAN]


def test_an_absent_managers_task_goes_to_somebody_who_is_there(tmp_path: Path) -> None:
    away = manager("Анна Смирнова", ANNA, absent=["2026-11-20"])
    with closing(World(tmp_path, shop_with(away, TWO[1]))) as world:
        world.make_order({"phone": PHONE, "status": "new", "managerId": ANNA})
        world.call(CALLER, "a")
        world.work()
        assert [task["performer"] for task in world.tasks] == [IVAN]


@pytest.mark.parametrize("is_gone", [True, False])
def test_what_happens_again_is_told_to_somebody_who_is_there(tmp_path: Path, *, is_gone: bool) -> None:
    away = manager("Анна Смирнова", ANNA, absent=[] if is_gone else ["2026-11-21"])
    with closing(World(tmp_path, shop_with(away, TWO[1]))) as world:
        world.make_order({"phone": PHONE, "status": "new", "managerId": ANNA})
        world.call(CALLER, "a")
        world.work()
        (before,) = world.tasks
        set_active(world, ANNA, is_active=not is_gone)
        # The list of users is ten minutes old at most, or new in a new process.
        world.restart()
        world.later(days=1)
        for call in ("b", "c"):
            world.call(CALLER, call)
            world.work()
            world.later(minutes=5)

        (after,) = world.tasks
        assert [before["performer"], after["performer"]] == [ANNA, IVAN]
        assert before["datetime"] < after["datetime"] == "2026-11-21 07:15"
        assert "3 пропущенных" in after["text"]
        world.talk(CALLER, "talk")
        world.work()
        assert [task["complete"] for task in world.tasks] == [True]


@pytest.mark.parametrize(("days", "holiday"), [("Mon-Sun", "2026-11-21"), ("Mon-Fri", "2026-11-23")])
def test_in_the_evening_before_a_holiday_somebody_who_is_back_sooner_gets_it(
    tmp_path: Path, days: str, holiday: str
) -> None:
    hours = f"{days} 09:00-18:00"
    people = (manager("Анна", ANNA, hours, absent=[f"{holiday}..2026-12-06"]), manager("Иван", IVAN, hours))
    with closing(World(tmp_path, shop_with(*people))) as world:
        world.make_order({"phone": PHONE, "status": "new", "managerId": ANNA})
        world.call(CALLER, "at-work")
        world.work()
        world.edit_task(world.tasks[0]["id"], {"complete": True})
        world.later(hours=9)
        world.call(CALLER, "in-the-evening")
        world.work()
        assert [task["performer"] for task in world.tasks] == [ANNA, IVAN]


def test_without_an_active_boss_a_lead_and_then_anybody(tmp_path: Path) -> None:
    petr = manager("Пётр", GONE, roles=["manager", "lead"])
    with closing(World(tmp_path, shop_with(petr, manager("Анна Смирнова", ANNA)))) as world:
        world.make_order({"phone": PHONE, "status": "new", "managerId": GONE})
        world.call(CALLER, "a")
        world.work()
        assert [task["performer"] for task in world.tasks] == [ANNA]


def test_a_manager_whom_the_shop_file_does_not_know_is_as_good(tmp_path: Path) -> None:
    with closing(World(tmp_path, shop_with(TWO[1]))) as world:
        world.make_order({"phone": PHONE, "status": "new", "managerId": ANNA})
        world.call(CALLER, "a")
        world.work()
        assert [task["performer"] for task in world.tasks] == [ANNA]


def test_nobody_left_is_parked_and_told(world: World) -> None:
    for user in (ANNA, IVAN):
        set_active(world, user, is_active=False)
    world.call(None, "hidden")
    world.work()
    assert (world.entry.status, world.entry.reason) == (Status.PARKED, "configuration")
    assert any("nobody with a crm_user is an active user" in alert for alert in world.alerts)


def users_read(world: World) -> int:
    """How often the CRM was asked for its users."""
    return sum(count for request, count in world.sandbox.requests.items() if "/users" in request)


def test_users_are_read_once_in_ten_minutes(world: World) -> None:
    for number in range(5):
        world.call(None, f"hidden-{number}")
    world.call(CALLER, "new")
    world.work()
    assert len(world.tasks) == 5
    assert users_read(world) == 1


def test_a_key_that_may_not_read_users_believes_the_shop_file_and_asks_no_more(world: World) -> None:
    world.fault(target="retailcrm", kind="403", path="/users", times=100)
    for number in range(5):
        world.call(None, f"hidden-{number}")
    world.work()
    assert [task["performer"] for task in world.tasks] == [ANNA] * 5
    assert users_read(world) == 1


def test_a_crm_that_is_down_delays_the_choice(world: World) -> None:
    world.fault(target="retailcrm", kind="503", path="/users", times=5)
    world.call(None, "hidden")
    world.work()
    assert world.tasks == []
    world.work_for(minutes=1)
    assert [task["performer"] for task in world.tasks] == [ANNA]


def test_the_least_busy_gets_it(tmp_path: Path) -> None:
    with closing(World(tmp_path, shop_with(*TWO, choice="least-busy"))) as world:
        for _ in range(2):
            world.make_task({"text": "Дело", "commentary": "", "performerId": ANNA})
        for number in range(4):
            world.later(seconds=1)
            world.call(None, f"hidden-{number}")
            world.work()
        assert [task["performer"] for task in world.tasks][2:] == [IVAN, IVAN, ANNA, IVAN]


@pytest.mark.parametrize("is_on", [True, False])
def test_new_orders_get_a_manager_if_the_shop_wants_it(tmp_path: Path, *, is_on: bool) -> None:
    rules = [{"product": "чехол", "people": ["Иван Петров"]}, {"city": "Томск", "people": ["Иван Петров"]}]
    with closing(World(tmp_path, shop_with(*TWO, orders=is_on, rules=rules))) as world:
        world.call(CALLER, "a")
        world.lead("1:1", Phone="+79160000001", payment='{"amount": "900", "products": ["Чехол=900"]}')
        world.lead("1:2", Phone="+79160000002", Город="г. Томск")
        world.lead("1:3", Phone="+79160000003")
        world.work()
        managers = {order["phone"][-1]: order.get("managerId") for order in world.orders}
        expected = {"7": ANNA, "1": IVAN, "2": IVAN, "3": ANNA}
        assert managers == (expected if is_on else dict.fromkeys(expected))


def test_the_task_and_the_order_have_the_same_person(tmp_path: Path) -> None:
    with closing(World(tmp_path, shop_with(*TWO, orders=True, choice="round-robin"))) as world:
        world.call("79160000001", "a")
        world.call("79160000002", "b")
        world.work()
        world.later(minutes=1)
        world.call("79160000002", "c")
        world.call("79160000001", "d")
        world.work()
        managers = {order["id"]: order["managerId"] for order in world.orders}
        assert sorted(managers.values()) == [ANNA, IVAN]
        assert {task["order"]["id"]: task["performer"] for task in world.tasks} == managers


def test_a_crash_skips_nobody_and_doubles_no_turn(tmp_path: Path) -> None:
    counted = Steps()
    assert performers_around_a_crash(tmp_path / "whole", counted) == [ANNA, IVAN]
    steps = [
        (number, name)
        for number, name in enumerate(counted.names)
        if name.endswith(("documents.put", "/tasks/create"))
    ]
    assert any(name.endswith("documents.put") for _, name in steps)
    for number, name in steps:
        performers = performers_around_a_crash(tmp_path / str(number), Steps(crash_at=number))
        assert performers == [ANNA, IVAN], f"after a crash {name}"


def performers_around_a_crash(folder: Path, steps: Steps) -> list[int]:
    """A caller whose worker may die, and the next one."""
    with closing(CrashingWorld(folder, steps, shop_with(*TWO, choice="round-robin"))) as world:
        world.call(None, "a")
        with suppress(Crash):
            world.work()
        world.resume()
        world.work_for(timedelta(minutes=3), minutes=9)
        world.call(None, "b")
        world.work()
        return [task["performer"] for task in world.tasks]


def in_strict_turns(ready: Sequence[int], step: int) -> int:
    return ready[step % len(ready)]


def by_chance(ready: Sequence[int], step: int) -> int:
    return random.Random(step).choice(ready)  # noqa: S311 -- to be repeated, not to be secret


@pytest.mark.parametrize("choose", [in_strict_turns, by_chance])
def test_two_workers_at_once_take_two_turns(tmp_path: Path, choose: Choose) -> None:
    with closing(InterleavedWorld(tmp_path, shop_with(*TWO, choice="round-robin"))) as world:
        world.call(None, "a")
        world.call(None, "b")
        world.work_at_once(world.taken_out(), choose)
        world.work_for(timedelta(minutes=1), minutes=2)
        assert sorted(task["performer"] for task in world.tasks) == [ANNA, IVAN]
