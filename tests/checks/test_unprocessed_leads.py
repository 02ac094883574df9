"""A new order that nobody looks at is told to its manager, then to the boss, and its answer is recorded."""

from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from chalicelib.checks.running import Report
from chalicelib.entry import Status
from chalicelib.events import LeadAnswered, LeadsAnswered
from chalicelib.settings import Shop
from tests.conversations import shop_that_chats, write
from tests.world import MORNING, World, example_shop, shop_without_scenario

CHECK = "unprocessed-leads"
PHONE = "+7 916 123-45-67"


def accepting(folder: Path, shop: Shop | None = None) -> World:
    world = World(folder, shop)
    world.application.checks.accept(CHECK)
    return world


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with closing(accepting(tmp_path)) as world:
        yield world


def look(world: World, name: str = CHECK) -> Report:
    report = world.application.checks.run(name)
    world.work()
    return report


def new_order(world: World, **fields: Any) -> int:
    """As anybody makes it in the CRM."""
    return world.make_order({"phone": PHONE, "status": "new", "firstName": "Мария", **fields})


def people(shop: Shop, **changes: Mapping[str, Any]) -> Shop:
    """With what is different about Анна or Иван."""
    changed = tuple(
        person.model_validate({**person.model_dump(), **changes.get(name, {})})
        for name, person in zip(("anna", "ivan"), shop.people, strict=True)
    )
    return shop.model_copy(update={"people": changed})


def test_the_manager_hears_first_and_then_the_boss(world: World) -> None:
    order_id = new_order(world, managerId=1)
    for _ in range(90):
        world.later(minutes=1)
        look(world)
    first, second = world.tasks
    assert first["text"] == "Связаться с клиентом: новый заказ 1002A ждёт 15 мин, +7 916 123-45-67"
    assert (first["performer"], first["order"]["id"]) == (1, order_id)
    assert second["text"] == "Новый заказ 1002A без ответа уже 1 ч, ответственный: Анна Смирнова"
    assert second["performer"] == 2
    assert "Клиент: Мария, +7 916 123-45-67" in second["commentary"]


def test_our_own_orders_count_like_everybodys(world: World) -> None:
    world.call("79161234567", "a")
    world.work()
    world.later(minutes=20)
    look(world)
    assert len(world.tasks) == 1


def test_a_messengers_order_climbs_the_ladder_and_its_first_answer_is_measured(tmp_path: Path) -> None:
    with closing(accepting(tmp_path, shop_that_chats())) as world:
        write(world, "Нужен тент", "m1", name="Ольга")
        world.work()
        # What the client adds is no answer of ours.
        world.later(minutes=10)
        write(world, "Ответьте, пожалуйста", "m2")
        for _ in range(5):
            world.later(minutes=15)
            look(world)
        first, second = world.tasks
        assert first["text"] == "Связаться с клиентом: новый заказ 1002A ждёт 25 мин"
        assert "Клиент: Ольга" in first["commentary"]
        assert second["text"].startswith("Новый заказ 1002A без ответа уже 1 ч")
        assert second["performer"] == 2
        world.edit_order(world.orders[0]["id"], {"status": "client-confirmed"})
        look(world, "moved-on")
        (answer,) = answers(world)
        assert answer.delay == timedelta(minutes=85)
        assert all(task["complete"] for task in world.tasks)


def test_after_a_silence_the_boss_alone_hears(world: World) -> None:
    new_order(world, managerId=1)
    world.later(hours=5)
    look(world)
    look(world)
    assert [task["performer"] for task in world.tasks] == [2]


def test_only_the_shops_hours_count(world: World) -> None:
    """The shop closes at 20:00; it is 11:00."""
    world.later(hours=8, minutes=50)
    new_order(world)
    world.later(hours=13, minutes=14)
    assert look(world).found == 0
    world.later(minutes=1)
    look(world)
    assert len(world.tasks) == 1


@pytest.mark.parametrize("day", range(7))
def test_by_default_the_shop_has_its_hours_every_day(world: World, day: int) -> None:
    world.later(days=day)
    new_order(world)
    world.later(minutes=14)
    assert look(world).found == 0
    world.later(minutes=1)
    look(world)
    assert len(world.tasks) == 1


def test_hours_steps_and_statuses_are_the_shops_own(tmp_path: Path) -> None:
    shop = example_shop(
        ladders={"unprocessed_lead": ["2h"]},
        shop={"hours": "always"},
    )
    codes = shop.crm.codes.model_copy(update={"unprocessed": frozenset({"no-call"})})
    shop = shop.model_copy(update={"crm": shop.crm.model_copy(update={"codes": codes})})
    with closing(accepting(tmp_path, shop)) as world:
        new_order(world)
        new_order(world, status="no-call")
        world.later(hours=2)
        look(world)
        assert [task["order"]["number"] for task in world.tasks] == ["1003A"]


def test_who_is_at_work_takes_over_from_a_manager_who_is_not(tmp_path: Path) -> None:
    shop = people(
        example_shop(), anna={"hours": "Mon-Thu 09:00-20:00"}, ivan={"roles": ["manager"], "hours": "always"}
    )
    with closing(accepting(tmp_path, shop)) as world:
        new_order(world, managerId=1)
        world.later(minutes=15)
        look(world)
        assert [task["performer"] for task in world.tasks] == [2]


def test_the_boss_is_who_the_shop_file_names(tmp_path: Path) -> None:
    shop = people(example_shop(), anna={"roles": ["lead"]}, ivan={"boss": "Анна Смирнова", "roles": []})
    with closing(accepting(tmp_path, shop)) as world:
        new_order(world, managerId=2)
        world.later(hours=1)
        look(world)
        assert [task["performer"] for task in world.tasks] == [1]


def test_who_came_between_finding_and_acting_leaves_nothing_to_do(world: World) -> None:
    order_id = new_order(world)
    world.later(minutes=15)
    world.application.checks.run(CHECK)
    world.edit_order(order_id, {"status": "client-confirmed"})
    world.work()
    assert world.tasks == []
    assert world.entries()[0].reason == "processed-meanwhile"


def test_tasks_are_completed_once_the_order_is_processed(world: World) -> None:
    order_id = new_order(world, managerId=1)
    for _ in range(2):
        world.later(minutes=30)
        look(world)
    world.edit_order(order_id, {"status": "client-confirmed"})
    look(world, "moved-on")
    assert [task["complete"] for task in world.tasks] == [True, True]
    assert "у заказа новый статус «client-confirmed»" in world.tasks[0]["commentary"]


def test_a_task_that_is_being_made_while_the_order_moves_on_is_completed_too(world: World) -> None:
    order_id = new_order(world)
    world.later(minutes=15)
    world.application.checks.run(CHECK)
    world.fault(target="retailcrm", kind="drop", times=1, path="tasks/create")
    world.work()
    world.edit_order(order_id, {"status": "client-confirmed"})
    world.application.checks.run("moved-on")
    world.work_for(minutes=5)
    assert [task["complete"] for task in world.tasks] == [True]


def answers(world: World) -> list[LeadAnswered]:
    """What was recorded, without the sandbox's own order."""
    return [
        answer
        for entry in reversed(world.entries())
        for event in entry.events
        if isinstance(event, LeadsAnswered)
        for answer in event.answers
        if answer.order_number != "1001A"
    ]


def test_first_answers_to_all_orders_are_recorded_once(world: World) -> None:
    quick, slow = new_order(world), new_order(world)
    world.later(minutes=2)
    world.edit_order(quick, {"status": "client-confirmed"})
    world.later(hours=12)  # 23:02: of these, the last three hours are not the shop's
    for status in ("offer-analog", "client-confirmed"):
        world.edit_order(slow, {"status": status})
        world.later(minutes=1)
    for _ in range(3):
        look(world, "moved-on")
    first, second = answers(world)
    assert (first.order_number, first.created_at, first.delay) == ("1002A", MORNING, timedelta(minutes=2))
    assert second.answered_at == MORNING + timedelta(hours=12, minutes=2)
    assert second.delay == timedelta(hours=9)
    assert world.engine.documents.get("crm-history").version == 2


def test_answers_are_recorded_in_observe_mode_and_before_anybody_accepted_anything(tmp_path: Path) -> None:
    with closing(World(tmp_path, example_shop(shop={"mode": "observe"}))) as world:
        order_id = new_order(world)
        world.edit_order(order_id, {"status": "client-confirmed"})
        world.later(minutes=1)
        look(world, "moved-on")
        look(world, "moved-on")
        assert len(answers(world)) == 1
        assert not world.entries(Status.OBSERVED)


def test_a_long_history_is_read_in_stretches_and_nothing_is_left_out(tmp_path: Path) -> None:
    with closing(accepting(tmp_path, shop_without_scenario())) as world:
        order_ids = [new_order(world) for _ in range(400)]
        for order_id in order_ids:
            world.edit_order(order_id, {"status": "client-confirmed"})
        reports = [look(world, "moved-on") for _ in range(4)]
        assert [len(report.emitted) for report in reports] == [2, 1, 0, 0]
        assert sorted(answer.order_id for answer in answers(world)) == order_ids


def test_what_a_full_run_holds_back_comes_with_the_next(world: World) -> None:
    order_ids = [new_order(world, phone=f"+7 916 000-00-{number:02}") for number in range(60)]
    world.later(minutes=15)
    look(world)
    look(world)
    assert len(world.tasks) == 60
    for order_id in order_ids:
        world.edit_order(order_id, {"status": "client-confirmed"})
    world.later(minutes=1)
    for _ in range(2):
        look(world, "moved-on")
    assert all(task["complete"] for task in world.tasks)
    assert len(answers(world)) == 60
