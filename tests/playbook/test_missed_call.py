from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from chalicelib.entry import Status
from tests.world import World, example_shop

CALLER = "79161234567"


def order_of_caller(world: World, **fields: Any) -> int:
    return world.make_order({"phone": "8 (916) 123-45-67", "status": "new", **fields})


def test_first_time_caller_becomes_one_order(world: World) -> None:
    world.call(CALLER, "NTc0ODIxMDAyMTo1NTU=")
    world.work()
    (order,) = world.orders
    assert order["externalId"] == "call-mango-NTc0ODIxMDAyMTo1NTU="
    assert order["orderMethod"] == "missed-call"
    assert order["status"] == "new"
    assert order["phone"] == "+79161234567"
    assert order["source"] == {"source": "phone", "medium": "74950000001"}
    assert order["managerComment"] == (
        "Пропущенный звонок от +7 916 123-45-67, 20.11 в 11:00\nЗвонили на +7 495 000-00-01"
    )
    assert world.tasks == []


def test_known_client_without_orders_keeps_one_client(world: World) -> None:
    client = world.make_customer({"firstName": "Олег", "phones": [{"number": "89161234567"}]})
    world.call(CALLER, "a")
    world.work()
    assert world.orders[0]["customer"]["id"] == client


def test_second_call_within_seconds_is_a_task_although_the_search_lags(world: World) -> None:
    world.sandbox.configure({"search_lag": 60})
    world.call(CALLER, "a")
    world.call(CALLER, "b")
    world.work()
    (order,) = world.orders
    (task,) = world.tasks
    assert task["order"]["id"] == order["id"]


def test_known_caller_becomes_a_task_for_the_orders_manager(world: World) -> None:
    order = order_of_caller(world, managerId=2)
    world.call(CALLER, "a")
    world.work()
    (task,) = world.tasks
    assert world.order_ids() == [order]
    assert task["order"]["id"] == order
    assert task["performer"] == 2
    assert task["text"] == (
        "Перезвонить: пропущенный звонок от +7 916 123-45-67, 20.11 в 11:00 (звонили на +7 495 000-00-01)"
    )
    assert task["datetime"] == "2026-11-20 07:15"


def test_order_without_manager_goes_to_who_is_on_duty(world: World) -> None:
    order_of_caller(world)
    world.call(CALLER, "a")
    world.work()
    assert world.tasks[0]["performer"] == 1


def test_open_order_wins_over_a_newer_closed_one(world: World) -> None:
    open_order = order_of_caller(world)
    world.later(minutes=1)
    order_of_caller(world, status="complete")
    world.call(CALLER, "a")
    world.work()
    assert world.tasks[0]["order"]["id"] == open_order


def test_newest_order_closed_within_thirty_days_is_called_back_on(world: World) -> None:
    order_of_caller(world, status="complete")
    world.later(days=10)
    newest = order_of_caller(world, status="cancel-other")
    world.later(days=29)
    world.call(CALLER, "a")
    world.work()
    assert world.tasks[0]["order"]["id"] == newest


def test_order_closed_longer_ago_is_no_reason_against_a_new_one(world: World) -> None:
    old = order_of_caller(world, status="complete")
    world.later(days=31)
    world.call(CALLER, "a")
    world.work()
    assert world.tasks == []
    assert len(world.order_ids()) == 2
    assert world.order_ids() != [old]


def test_call_at_night_is_due_at_opening(world: World) -> None:
    order_of_caller(world)
    world.later(hours=12)  # 23:00 in Tomsk
    world.call(CALLER, "a")
    world.work()
    # The manager opens at 09:00 in Tomsk: 05:00 on the CRM's Moscow clock.
    assert world.tasks[0]["datetime"] == "2026-11-21 05:00"


def test_more_calls_bring_the_open_task_up_to_date(world: World) -> None:
    order_of_caller(world)
    for call in ("a", "b", "c"):
        world.call(CALLER, call)
        world.work()
        world.later(minutes=5)
    (task,) = world.tasks
    assert task["text"].startswith(
        "Перезвонить: 3 пропущенных звонка от +7 916 123-45-67, последний 20.11 в 11:10"
    )
    assert "20.11 в 11:00\n20.11 в 11:05\n20.11 в 11:10" in task["commentary"]


@pytest.mark.parametrize(
    "change",
    [
        {"text": "Перезвонить завтра"},
        {"commentary": "Клиент просил после обеда"},
        {"performerId": 2},
        {"complete": True},
        {"datetime": "2026-11-23 10:00"},
    ],
)
def test_task_that_a_person_changed_is_theirs_and_a_new_one_is_made(
    world: World, change: dict[str, Any]
) -> None:
    order_of_caller(world)
    world.call(CALLER, "a")
    world.work()
    world.edit_task(1, change)
    before = world.task(1)
    world.later(minutes=5)
    world.call(CALLER, "b")
    world.work()
    assert world.task(1) == before
    assert len(world.tasks) == 2


def test_calls_that_come_in_the_wrong_order_show_the_last_time(world: World) -> None:
    order_of_caller(world)
    world.call(CALLER, "later", create_time=int((world.now + timedelta(minutes=9)).timestamp()))
    world.work()
    world.call(CALLER, "earlier")
    world.work()
    (task,) = world.tasks
    assert "последний 20.11 в 11:09" in task["text"]


def test_hidden_number_is_a_task_for_who_is_on_duty_and_no_order(world: World) -> None:
    world.call(None, "a")
    world.call(None, "b")
    world.work()
    assert world.orders == []
    assert len(world.tasks) == 2
    assert "скрытого номера" in world.tasks[0]["text"]
    assert world.tasks[0]["performer"] == 1
    assert "order" not in world.tasks[0]


def test_own_numbers_are_no_clients(tmp_path: Path) -> None:
    shop = example_shop(shop={"own_numbers": ["8 495 000-00-02"]})
    world = World(tmp_path, shop)
    world.call("74950000002", "a")
    world.call("74950000001", "b")
    world.work()
    assert world.orders == []
    assert {entry.reason for entry in world.entries(Status.IGNORED)} == {"own-number"}
    world.close()


def test_answered_call_does_nothing(world: World) -> None:
    world.call(CALLER, "a", talk_time=int(world.now.timestamp()) + 10, entry_result=1)
    world.work()
    assert world.orders == []
    assert world.status() is Status.IGNORED


def test_order_deleted_in_the_crm_is_forgotten(world: World) -> None:
    world.call(CALLER, "a")
    world.work()
    world.lose_the_crm()
    world.call(CALLER, "b")
    world.work()
    (order,) = world.orders
    assert order["externalId"] == "call-mango-b"


@pytest.mark.parametrize("days", [-400, -1, 1])
def test_wrong_clock_of_the_sender_makes_no_second_order(world: World, days: int) -> None:
    world.sandbox.configure({"search_lag": 60})
    called_at = int((world.now + timedelta(days=days)).timestamp())
    world.call(CALLER, "a", create_time=called_at)
    world.work()
    world.call(CALLER, "b", create_time=called_at)
    world.work()
    assert len(world.orders) == 1
    assert len(world.tasks) == 1


def test_task_that_is_completed_while_its_update_is_under_way_is_left_and_a_new_one_is_made(
    world: World,
) -> None:
    order_of_caller(world)
    world.call(CALLER, "a")
    world.work()
    world.fault(target="retailcrm", kind="500", path="tasks/1/edit", times=1)
    world.call(CALLER, "b")
    world.work()
    world.edit_task(1, {"text": "Дозвонилась, всё хорошо", "complete": True})
    world.work_for(minutes=2)
    assert world.task(1)["text"] == "Дозвонилась, всё хорошо"
    assert len(world.tasks) == 2
