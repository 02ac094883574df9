"""What keeps a parcel from its client: a task with the reason in words, once, until it is over."""

import importlib
import itertools
import json
import pkgutil
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from chalicelib import providers
from chalicelib.entry import Status
from chalicelib.errors import ConfigurationError
from chalicelib.events import PARCEL_TROUBLES
from chalicelib.providers.couriers import ParcelSettings
from chalicelib.texts import Texts
from chalicelib.texts.samples import SAMPLES
from tests.world import MORNING, World, example_shop, track_number

NIGHT = MORNING - timedelta(hours=10)


COURIERS = [
    name
    for _, name, _ in pkgutil.iter_modules(providers.__path__)
    if (Path(providers.__path__[0]) / name / "read.py").exists()
    and issubclass(importlib.import_module(f"chalicelib.providers.{name}.read").Settings, ParcelSettings)
]
"""All providers that tell of parcels."""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with closing(World(tmp_path)) as world:
        yield world


def problem(world: World, code: int, at: datetime = MORNING, number: str = "1001A") -> None:
    """CDEK's people noted a problem."""
    message = {
        "type": "DELIV_PROBLEM",
        "date_time": at.isoformat(),
        "uuid": f"a1b2c3d4-0000-4000-8000-{number:0>12}",
        "attributes": {
            "cdek_number": track_number(number),
            "number": number,
            "code": code,
            "create_date": at.strftime("%Y-%m-%dT%H:%M:%S+0000"),
        },
    }
    assert world.post("cdek", "demo-token", json.dumps(message).encode(), "application/json").status == 200
    world.work()


def told(world: World, code: str, at: datetime = MORNING, reason: str = "", **attributes: Any) -> None:
    world.parcel(code, at, status_reason_code=reason, **attributes)
    world.work()


def open_tasks(world: World) -> list[str]:
    return [task["text"] for task in world.tasks if not task["complete"]]


def test_a_refusal_is_a_task_with_all_that_a_manager_needs(world: World) -> None:
    told(world, "NOT_DELIVERED", reason="11")
    (task,) = world.tasks
    assert task["text"] == ("Посылка едет обратно: клиент отказался. Заказ 1001A, +7 916 111-22-33")
    assert task["commentary"].split("\n\nLeadkeeper")[0] == (
        "Заказ 1001A\nКлиент: Ольга, +7 916 111-22-33\n"
        "У клиента сейчас 07:00 (Москва, −4 ч к нашему времени)\n"
        "Сообщение службы доставки (СДЭК), 20.11 в 11:00: NOT_DELIVERED\n"
        "Город: Москва\nАдрес доставки: Москва, пункт выдачи СДЭК, ул. Примерная, 1\n"
        "Трек 10000000011\nК оплате 4 990 ₽"
    )
    assert (task["performer"], task["phone"], task["order"]["number"]) == (1, "+79161112233", "1001A")
    assert world.order("1001A")["status"] == "return"


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize("courier", COURIERS)
def test_each_courier_has_a_name_for_people(courier: str, language: str) -> None:
    words = {**SAMPLES["task/parcel_trouble_commentary"].long, "courier": courier}
    told = Texts(language, ZoneInfo("UTC")).render("task/parcel_trouble_commentary", **words)
    assert f"({courier})" not in told


@pytest.mark.parametrize(
    ("code", "reason", "words"),
    [
        ("NOT_DELIVERED", "1", "Посылка едет обратно: неверный адрес."),
        ("NOT_DELIVERED", "23", "Посылка едет обратно: истёк срок хранения."),
        ("NOT_DELIVERED", "4", "Посылка едет обратно. Заказ"),
        ("NOT_DELIVERED", "", "Посылка едет обратно. Заказ"),
        ("NOT_DELIVERED", "26", "Посылка утеряна. Заказ"),
        ("DELIVERED", "20", "Заказ получен частично. Заказ"),
        ("RETURNED_TO_RECIPIENT_CITY_WAREHOUSE", "", "Посылку не вручили. Заказ"),
        ("POSTOMAT_SEIZED", "", "Посылка едет обратно. Заказ"),
    ],
)
def test_each_reason_has_its_words(world: World, code: str, reason: str, words: str) -> None:
    told(world, code, reason=reason)
    (text,) = open_tasks(world)
    assert text.startswith(words)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (1, "неверный телефон"),
        (13, "получателя не было на месте"),
        (37, "постамат переполнен"),
        (47, "неверный адрес"),
        (57, "Проблема с доставкой. Заказ"),
    ],
)
def test_a_problem_is_a_task_and_the_status_stays(world: World, code: int, words: str) -> None:
    told(world, "ACCEPTED_AT_PICK_UP_POINT", MORNING - timedelta(hours=1))
    problem(world, code)
    (text,) = open_tasks(world)
    assert words in text
    assert world.order("1001A")["status"] == "arrived-in-pickup-point"
    assert len(world.messages) == 1


@pytest.mark.parametrize("code", [36, 53, 56])
def test_what_is_no_problem_is_no_task(world: World, code: int) -> None:
    problem(world, code)
    assert world.tasks == []
    assert world.entry.reason == f"no-problem:{code}"


def test_what_the_shop_asked_for_itself_is_no_task(world: World) -> None:
    told(world, "NOT_DELIVERED", reason="31")
    assert world.tasks == []
    assert world.order("1001A")["status"] == "return"


def test_the_same_problem_is_told_once(world: World) -> None:
    for hour in range(3):
        problem(world, 13, NIGHT + timedelta(hours=hour))
        world.later(hours=1)
    assert len(world.tasks) == 1
    problem(world, 47, NIGHT + timedelta(hours=4))
    assert len(open_tasks(world)) == 2


def test_when_it_happens_again_after_a_person_closed_the_task_it_is_told_again(world: World) -> None:
    problem(world, 13)
    world.edit_task(world.tasks[0]["id"], {"complete": True})
    problem(world, 13)
    assert open_tasks(world) == []
    problem(world, 13, NIGHT + timedelta(hours=4))
    assert len(open_tasks(world)) == 1


def test_a_way_back_whose_task_a_person_closed_is_not_told_at_each_step(world: World) -> None:
    told(world, "NOT_DELIVERED", reason="11")
    world.edit_task(world.tasks[0]["id"], {"complete": True})
    told(world, "POSTOMAT_SEIZED", NIGHT + timedelta(hours=1), "11")
    assert open_tasks(world) == []


@pytest.mark.parametrize(
    ("code", "why"),
    [("DELIVERED", "посылка получена"), ("ACCEPTED_AT_PICK_UP_POINT", "посылка ждёт в пункте выдачи")],
)
def test_it_is_completed_when_it_is_over(world: World, code: str, why: str) -> None:
    problem(world, 13, NIGHT)
    told(world, "RETURNED_TO_RECIPIENT_CITY_WAREHOUSE", NIGHT + timedelta(hours=1))
    assert len(open_tasks(world)) == 2
    told(world, code, NIGHT + timedelta(hours=5))
    assert open_tasks(world) == []
    for task in world.tasks:
        assert f"Закрыто автоматически, 20.11 в 06:00: {why}\n\nLeadkeeper lk-" in task["commentary"]


def test_it_is_completed_when_the_courier_takes_its_word_back(world: World) -> None:
    told(world, "NOT_DELIVERED", reason="11")
    told(world, "NOT_DELIVERED", reason="11", deleted=True)
    assert open_tasks(world) == []
    assert "отозвала это сообщение" in world.tasks[0]["commentary"]


def test_a_task_that_a_person_changed_stays(world: World) -> None:
    problem(world, 13, NIGHT)
    world.edit_task(world.tasks[0]["id"], {"commentary": "Договорились на завтра"})
    told(world, "DELIVERED", NIGHT + timedelta(hours=5))
    (task,) = world.tasks
    assert not task["complete"]
    assert task["commentary"] == "Договорились на завтра"


NEWS = (
    ("ACCEPTED_AT_PICK_UP_POINT", 1, ""),
    ("RETURNED_TO_RECIPIENT_CITY_WAREHOUSE", 2, ""),
    ("NOT_DELIVERED", 3, "2"),
    ("TAKEN_BY_COURIER", 4, ""),
)


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_any_order_of_arrival_ends_with_the_same_tasks(world: World, order: tuple[int, ...]) -> None:
    for index in order:
        code, hour, reason = NEWS[index]
        told(world, code, NIGHT + timedelta(hours=hour), reason)
    assert sorted(text.split(".")[0] for text in open_tasks(world)) == [
        "Посылка едет обратно: до получателя не дозвонились",
        "Посылку не вручили",
    ]


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_what_is_over_leaves_no_task_in_any_order(world: World, order: tuple[int, ...]) -> None:
    for index in order:
        hour = index + 1
        if index == 0:
            problem(world, 13, NIGHT + timedelta(hours=hour))
        else:
            code = ("RETURNED_TO_RECIPIENT_CITY_WAREHOUSE", "DELIVERED")[index - 1]
            told(world, code, NIGHT + timedelta(hours=hour))
    assert open_tasks(world) == []
    assert world.order("1001A")["status"] == "complete"


def test_a_parcel_that_was_lost_on_its_way_back_is_told(world: World) -> None:
    told(world, "NOT_DELIVERED", reason="11")
    assert world.order("1001A")["status"] == "return"
    told(world, "NOT_DELIVERED", MORNING + timedelta(days=3), "26")
    assert len(open_tasks(world)) == 2


def test_an_order_that_a_person_closed_has_no_tasks(world: World) -> None:
    world.edit_order(world.order("1001A")["id"], {"status": "cancel-other"})
    problem(world, 13)
    told(world, "NOT_DELIVERED", NIGHT + timedelta(hours=1), "11")
    assert world.tasks == []


def test_the_shop_says_which_troubles_become_tasks(tmp_path: Path) -> None:
    with closing(World(tmp_path, example_shop(rules={"parcel_tasks": ["lost"]}))) as world:
        problem(world, 13)
        told(world, "RETURNED_TO_RECIPIENT_CITY_WAREHOUSE")
        assert world.tasks == []
        told(world, "NOT_DELIVERED", MORNING + timedelta(days=3), "26")
        assert len(world.tasks) == 1


def test_a_status_that_is_no_trouble_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="parcel_tasks"):
        example_shop(rules={"parcel_tasks": ["delivered"]})
    assert "delivered" not in PARCEL_TROUBLES


def test_an_order_that_is_not_there_is_told(world: World) -> None:
    problem(world, 13, number="9999X")
    assert world.entry.status is not Status.DONE


def test_the_return_shipment_that_reached_the_shop_means_returned(tmp_path: Path) -> None:
    statuses = {"returning": "return", "returned": "cancel-other"}
    plain = example_shop()
    shop = plain.model_copy(update={"crm": plain.crm.model_copy(update={"parcel_statuses": statuses})})
    with closing(World(tmp_path, shop)) as world:
        told(world, "NOT_DELIVERED", reason="11")
        back: dict[str, Any] = {
            "is_return": True,
            "cdek_number": "10000000099",
            "related_entities": [{"type": "direct_order", "cdek_number": "10000000011", "uuid": "x"}],
        }
        told(world, "ACCEPTED_AT_PICK_UP_POINT", MORNING + timedelta(days=5), **back)
        assert world.order("1001A")["status"] == "return"
        told(world, "DELIVERED", MORNING + timedelta(days=6), **back)
        assert world.order("1001A")["status"] == "cancel-other"
        assert world.messages == []
