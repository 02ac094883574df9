"""A parcel that waits long at its pickup point becomes a task, once a step, while it really waits."""

from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from chalicelib.checks.running import Report
from chalicelib.entry import Status
from chalicelib.errors import Unreachable
from chalicelib.ladder_memory import LadderMemory, pickup_key
from chalicelib.settings import Shop
from tests.world import MORNING, World, example_shop

CHECK = "stalled-pickups"
WAITING = "arrived-in-pickup-point"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with closing(accepting(tmp_path)) as world:
        yield world


def accepting(folder: Path, shop: Shop | None = None) -> World:
    """A shop in which the check may act."""
    world = World(folder, shop)
    world.application.checks.accept(CHECK)
    return world


def arrive(world: World) -> int:
    """The parcel of the order 1001A comes to its pickup point; its order's id."""
    world.parcel("ACCEPTED_AT_PICK_UP_POINT", world.now)
    world.work()
    return int(world.order("1001A")["id"])


def look(world: World, name: str = CHECK) -> Report:
    """A run of the check, and everything that follows."""
    report = world.application.checks.run(name)
    world.work()
    return report


def texts(world: World) -> list[str]:
    return [task["text"] for task in world.tasks]


def test_each_step_is_told_once_with_all_that_a_manager_needs(world: World) -> None:
    arrive(world)
    for hour in range(24 * 14):
        world.later(hours=1)
        look(world)
        assert len(world.tasks) == (hour + 1 >= 5 * 24) + (hour + 1 >= 10 * 24)
    first, second = world.tasks
    assert first["text"] == ("Позвонить клиенту: заказ 1001A ждёт в пункте выдачи 5 дней, +7 916 111-22-33")
    assert first["commentary"].split("\n\nLeadkeeper")[0] == (
        "Заказ 1001A\nКлиент: Ольга, +7 916 111-22-33\n"
        "У клиента сейчас 07:00 (Москва, −4 ч к нашему времени)\n"
        "Пункт выдачи: Москва, пункт выдачи СДЭК, ул. Примерная, 1\n"
        "Прибыл 20.11 в 11:00\nСрок хранения неизвестен: уточните у курьерской службы\n"
        "Трек 10000000011\nК оплате 4 990 ₽\nКлиенту уже отправлено: SMS о прибытии"
    )
    assert (first["performer"], first["phone"], first["order"]["number"]) == (1, "+79161112233", "1001A")
    assert "10 дней" in second["text"]


def test_until_when_the_courier_keeps_it_is_told_if_we_know(world: World) -> None:
    order_id = arrive(world)
    document = world.engine.documents.get(pickup_key(order_id))
    memory = LadderMemory.model_validate(document.content)
    [stay] = memory.stays
    kept = stay.model_copy(update={"keep_until": MORNING + timedelta(days=14)})
    world.engine.documents.put(replace(document, content=memory.arrived(kept).content()))
    world.later(days=5)
    look(world)
    assert "Хранение до 04.12.2026" in world.tasks[0]["commentary"]


def test_after_a_long_silence_only_the_highest_step_is_told(world: World) -> None:
    arrive(world)
    world.later(days=12)
    look(world)
    look(world)
    assert len(world.tasks) == 1
    assert "12 дней" in texts(world)[0]


def test_the_couriers_own_time_counts_not_that_of_the_status(world: World) -> None:
    world.parcel("ACCEPTED_AT_PICK_UP_POINT", MORNING - timedelta(days=2))
    world.work()
    world.later(days=3)
    look(world)
    assert "5 дней" in texts(world)[0]


def test_the_statuss_time_counts_where_no_courier_told_anything(world: World) -> None:
    order_id = world.make_order({"phone": "+7 916 000-00-01", "status": WAITING})
    world.later(days=5, seconds=-1)
    assert look(world).found == 0
    world.later(seconds=1)
    look(world)
    (task,) = world.tasks
    assert task["order"]["id"] == order_id
    assert "В этом статусе с 20.11 в 11:00" in task["commentary"]
    assert "мы ещё не писали" in task["commentary"]


def test_late_news_of_the_arrival_tells_no_step_twice(world: World) -> None:
    order = world.order("1001A")
    world.edit_order(order["id"], {"status": WAITING})
    world.later(days=5)
    look(world)
    assert len(world.tasks) == 1
    world.parcel("ACCEPTED_AT_PICK_UP_POINT", MORNING - timedelta(hours=3))
    world.work()
    assert look(world).emitted
    assert len(world.tasks) == 1
    world.later(days=5)
    look(world)
    assert len(world.tasks) == 2


def test_a_restart_changes_nothing(world: World) -> None:
    arrive(world)
    world.later(days=5)
    world.application.checks.run(CHECK)
    world.restart()
    look(world)
    world.restart()
    look(world)
    assert len(world.tasks) == 1


LADDERS: list[tuple[Mapping[str, Any], timedelta]] = [
    ({}, timedelta(days=5)),
    ({"stalled_pickup": ["36h"]}, timedelta(hours=36)),
    ({"couriers": {"cdek": ["2d"]}}, timedelta(days=2)),
    ({"couriers": {"boxberry": ["2d"]}}, timedelta(days=5)),
    ({"weekends": False}, timedelta(days=7)),  # the 20th is a Friday
    ({"weekends": False, "couriers": {"cdek": ["24h"]}}, timedelta(days=3)),
]


@pytest.mark.parametrize(("ladders", "waits"), LADDERS)
def test_the_shop_says_how_long_is_long(tmp_path: Path, ladders: Mapping[str, Any], waits: timedelta) -> None:
    with closing(accepting(tmp_path, example_shop(ladders=ladders))) as world:
        arrive(world)
        world.now = MORNING + waits - timedelta(seconds=1)
        assert look(world).found == 0
        world.later(seconds=1)
        look(world)
        assert len(world.tasks) == 1


@pytest.mark.parametrize(("name", "found"), [("cdek", 1), ("self-delivery", 1), ("boxberry", 0)])
def test_steps_are_for_a_source_or_a_way_of_delivery(tmp_path: Path, name: str, found: int) -> None:
    with closing(accepting(tmp_path, example_shop(ladders={"couriers": {name: ["1d"]}}))) as world:
        world.edit_order(world.order("1001A")["id"], {"delivery": {"code": "self-delivery"}})
        arrive(world)
        world.later(days=1)
        assert look(world).found == found


@pytest.mark.parametrize("status", ["complete", "return", "cancel-other"])
def test_who_came_between_finding_and_acting_is_not_phoned(world: World, status: str) -> None:
    order_id = arrive(world)
    world.later(days=5)
    world.application.checks.run(CHECK)
    world.edit_order(order_id, {"status": status})
    world.work()
    assert world.tasks == []
    assert world.entries()[0].reason == "no-longer-waiting"


def test_a_parcel_that_the_courier_handed_out_is_not_phoned_about_whatever_the_crm_says(
    tmp_path: Path,
) -> None:
    shop = example_shop()
    statuses = {"waiting": WAITING}
    shop = shop.model_copy(update={"crm": shop.crm.model_copy(update={"parcel_statuses": statuses})})
    with closing(accepting(tmp_path, shop)) as world:
        arrive(world)
        world.later(days=2)
        world.parcel("DELIVERED", world.now)
        world.work()
        assert world.order("1001A")["status"] == WAITING
        world.later(days=10)
        assert look(world).found == 0


@pytest.mark.parametrize(
    ("code", "why"), [("DELIVERED", "посылка получена"), ("NOT_DELIVERED", "посылка возвращается")]
)
def test_open_tasks_are_completed_when_the_parcel_leaves(world: World, code: str, why: str) -> None:
    arrive(world)
    for _ in range(2):
        world.later(days=5)
        look(world)
    world.parcel(code, world.now)
    world.work()
    for task in world.tasks[:2]:
        assert task["complete"]
        assert f"Закрыто автоматически, 30.11 в 11:00: {why}\n\nLeadkeeper lk-" in task["commentary"]


def test_a_parcel_that_comes_back_is_told_anew(world: World) -> None:
    arrive(world)
    world.later(days=5)
    look(world)
    world.parcel("TAKEN_BY_COURIER", world.now)
    world.later(hours=8)
    arrive(world)
    assert world.tasks[0]["complete"]
    world.later(days=5)
    look(world)
    assert [task["complete"] for task in world.tasks] == [True, False]


def test_a_withdrawn_arrival_ends_the_waiting(world: World) -> None:
    arrive(world)
    world.parcel("ACCEPTED_AT_PICK_UP_POINT", MORNING, deleted=True)
    world.work()
    world.later(days=6)
    assert look(world).found == 0


def test_the_second_of_two_parcels_still_waits(world: World) -> None:
    arrive(world)
    world.later(days=1)
    world.parcel("ACCEPTED_AT_PICK_UP_POINT", world.now, parcel="2", cdek_number="10000000012")
    world.work()
    world.later(days=4)
    look(world)
    assert len(world.tasks) == 1
    world.parcel("DELIVERED", world.now)
    world.work()
    assert not world.tasks[0]["complete"]
    world.parcel("DELIVERED", world.now, parcel="2", cdek_number="10000000012")
    world.work()
    assert world.tasks[0]["complete"]


def test_open_tasks_are_completed_when_a_person_moves_the_order_on(world: World) -> None:
    order_id = arrive(world)
    world.later(days=5)
    look(world)
    look(world, "moved-on")
    world.later(hours=1)
    world.edit_order(order_id, {"status": "complete"})
    world.later(minutes=1)
    look(world, "moved-on")
    look(world, "moved-on")
    (task,) = world.tasks
    assert task["complete"]
    assert "25.11 в 12:00: у заказа новый статус «complete»" in task["commentary"]


def test_tasks_of_an_order_that_waits_again_stay(world: World) -> None:
    order_id = arrive(world)
    world.later(days=5)
    look(world)
    world.edit_order(order_id, {"status": "delivering"})
    world.edit_order(order_id, {"status": WAITING})
    look(world, "moved-on")
    assert not world.tasks[0]["complete"]


@pytest.mark.parametrize(
    "change", [{"text": "Звонила, придёт завтра"}, {"commentary": "Придёт завтра"}, {"performerId": 2}]
)
def test_a_task_that_a_person_changed_is_left_alone(world: World, change: Mapping[str, Any]) -> None:
    arrive(world)
    world.later(days=5)
    look(world)
    world.edit_task(world.tasks[0]["id"], change)
    before = world.tasks
    world.parcel("DELIVERED", world.now)
    world.work()
    assert world.tasks == before
    assert world.order("1001A")["status"] == "complete"


def test_the_next_person_phones_for_a_manager_who_is_absent(tmp_path: Path) -> None:
    shop = example_shop()
    anna, ivan = shop.people
    away = anna.model_validate({**anna.model_dump(), "absent": ["2026-11-24..2026-11-26"]})
    shop = shop.model_copy(update={"people": (away, ivan.model_copy(update={"roles": {"manager"}}))})
    with closing(accepting(tmp_path, shop)) as world:
        arrive(world)
        world.later(days=5)
        (finding,) = look(world).first
        assert "for who is on duty while Анна Смирнова is absent" in finding.line
        world.later(days=5)
        look(world)
        assert [task["performer"] for task in world.tasks] == [2, 1]


def test_a_crm_out_of_reach_is_an_error_and_the_next_run_tells(world: World) -> None:
    arrive(world)
    world.later(days=5)
    world.fault(target="retailcrm", kind="refuse")
    with pytest.raises(Unreachable):
        world.application.checks.run(CHECK)
    world.clear_faults()
    look(world)
    assert len(world.tasks) == 1


def test_a_crm_that_goes_away_after_the_look_delays_the_task(world: World) -> None:
    arrive(world)
    world.later(days=5)
    world.application.checks.run(CHECK)
    world.fault(target="retailcrm", kind="refuse")
    world.work_for(minutes=5)
    world.clear_faults()
    world.work_for(minutes=20)
    assert len(world.tasks) == 1


def test_observe_mode_decides_and_changes_nothing(tmp_path: Path) -> None:
    with closing(accepting(tmp_path, example_shop(shop={"mode": "observe"}))) as world:
        world.edit_order(world.order("1001A")["id"], {"status": WAITING})
        world.later(days=5)
        look(world)
        assert world.tasks == []
        (entry,) = world.entries(Status.OBSERVED)
        assert [action.kind for action in entry.plan] == ["create-task"]


def test_the_first_look_at_an_old_heap_only_reports(tmp_path: Path) -> None:
    with closing(World(tmp_path)) as world:
        arrive(world)
        world.later(days=6)
        report = look(world)
        assert report.is_baseline
        assert [finding.line for finding in report.first] == [
            "1001A: waits 6d, since 20.11. 11:00 by the courier's time; step 5d; for Анна Смирнова"
        ]
        assert world.tasks == []
        world.application.checks.accept(CHECK)
        look(world)
        assert len(world.tasks) == 1


def test_orders_in_other_statuses_are_not_meant(world: World) -> None:
    world.make_order({"phone": "+7 916 000-00-01", "status": "ready-for-self-pickup"})
    world.later(days=30)
    assert look(world).found == 0
