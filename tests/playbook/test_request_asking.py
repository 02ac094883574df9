"""A client is asked for what is missing, and what they answer becomes a task in time."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from chalicelib.entry import Status
from chalicelib.hours import WorkingHours
from chalicelib.people import Person
from sandbox.telegram import TOKEN
from tests.conversations import answer, shop_that_chats, write
from tests.world import World

FORM: dict[str, Any] = {"ask": ["company", "tax_number", "what", "deadline", "files"]}
MANAGER = Person(
    name="Анна", crm_user=1, roles=frozenset({"manager"}), hours=WorkingHours.parse("Mon-Fri 09:00-20:00")
)
CRM_ZONE = ZoneInfo("Europe/Moscow")
TOMSK = ZoneInfo("Asia/Tomsk")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path, shop_that_chats(request_form=FORM))
    yield world
    world.close()


def replies(world: World) -> list[str]:
    return [sent["text"] for sent in world.state["telegram"] if sent["chat_id"] == "100"]


def due(task: dict[str, Any]) -> datetime:
    moment = datetime.strptime(task["datetime"], "%Y-%m-%d %H:%M").replace(tzinfo=CRM_ZONE)
    return moment.astimezone(TOMSK)


def test_a_new_client_is_asked_for_what_is_missing(world: World) -> None:
    write(world, "Здравствуйте, ООО «Ромашка»", "m1")
    world.work()
    assert replies(world) == []
    world.work_for(minutes=1)
    (reply,) = replies(world)
    assert reply.splitlines() == [
        "Здравствуйте! Заявку получили, спасибо. Чтобы мы быстрее ответили, напишите, пожалуйста:",
        "• ИНН",
        "• что нужно: изделие, размеры, количество",
        "• к какому числу (например, до 5 декабря)",
        "• фото, чертёж или эскиз с размерами, если есть",
    ]


def test_nobody_is_asked_for_a_tax_number_before_we_know_whether_they_have_one(tmp_path: Path) -> None:
    with closing(World(tmp_path, shop_that_chats(request_form={"ask": ["company", "tax_number"]}))) as world:
        write(world, "Нужен тент", "m1")
        world.work_for(minutes=1)
        (reply,) = replies(world)
        (line,) = reply.splitlines()[1:]
        assert line == "• заказываете для себя или для компании (для компании – её название и ИНН)"


def test_who_writes_in_several_messages_is_asked_once_they_pause(world: World) -> None:
    for number, text in enumerate(["Здравствуйте", "ООО «Ромашка», ИНН 7707083893", "Нужен тент"]):
        write(world, text, f"m{number}")
        world.work_for(seconds=15)
    world.work_for(minutes=1)
    (reply,) = replies(world)
    assert "ИНН" not in reply
    assert "что нужно" not in reply
    assert "к какому числу" in reply


def test_what_is_still_missing_is_asked_once_more_and_no_more(world: World) -> None:
    write(world, "Здравствуйте", "m1")
    world.work_for(minutes=1)
    write(world, "Нужен тент", "m2")
    world.work_for(minutes=1)
    write(world, "ООО «Ромашка»", "m3")
    world.work_for(minutes=4)
    assert len(replies(world)) == 1
    world.work_for(minutes=2)
    assert len(replies(world)) == 2
    assert "Осталось уточнить" in replies(world)[1]
    assert "компании" not in replies(world)[1]
    write(world, "Остальное потом", "m4")
    world.work_for(minutes=10)
    assert len(replies(world)) == 2


def test_who_has_told_all_is_asked_for_nothing(world: World) -> None:
    text = "ООО «Ромашка», ИНН 7707083893. Нужен тент 3 на 4 к 5 декабря"
    write(world, text, "m1", files=["Чертёж.pdf"])
    world.work_for(minutes=10)
    assert replies(world) == []
    (order,) = world.orders
    assert "Компания: ООО «Ромашка»\nИНН: 7707083893\nСрок: 05.12.2026" in order["managerComment"]


@pytest.fixture
def weekdays(tmp_path: Path) -> Iterator[World]:
    """A shop whose only manager works from Monday to Friday."""
    shop = shop_that_chats(request_form=FORM)
    world = World(tmp_path, shop.model_copy(update={"people": (MANAGER,)}))
    yield world
    world.close()


def test_the_answer_makes_a_task_due_by_the_deadline(weekdays: World) -> None:
    world = weekdays
    write(world, "Здравствуйте, нужен тент", "m1", name="Ольга")
    world.work_for(minutes=1)
    assert world.tasks == []
    write(world, "ООО «Ромашка», к 5 декабря", "m2")
    world.work_for(minutes=1)
    (order,) = world.orders
    (task,) = world.tasks
    assert task["order"]["id"] == order["id"]
    assert task["text"] == "Заявка (ООО «Ромашка»): срок 05.12.2026"
    assert "Компания: ООО «Ромашка»" in task["commentary"]
    # The fifth is a Saturday, and she works until Friday evening.
    assert due(task) == datetime(2026, 12, 4, 20, 0, tzinfo=TOMSK)


def test_another_deadline_moves_the_task(world: World) -> None:
    write(world, "Нужен тент до 5 декабря", "m1")
    world.work_for(minutes=1)
    write(world, "Ой, до 10 декабря", "m2")
    world.work_for(minutes=1)
    (task,) = world.tasks
    assert task["text"] == "Заявка: срок 10.12.2026"
    assert due(task).date() == date(2026, 12, 10)


def test_what_is_urgent_is_due_today(weekdays: World) -> None:
    write(weekdays, "Нужен тент, срочно!", "m1")
    weekdays.work_for(minutes=1)
    (task,) = weekdays.tasks
    assert due(task) == datetime(2026, 11, 20, 20, 0, tzinfo=TOMSK)


def test_what_is_urgent_in_the_evening_is_due_in_the_morning(weekdays: World) -> None:
    world = weekdays
    world.now = datetime(2026, 11, 20, 22, 30, tzinfo=TOMSK).astimezone(UTC)
    write(world, "Нужен тент, срочно!", "m1")
    world.work_for(minutes=1)
    (task,) = world.tasks
    assert due(task) == datetime(2026, 11, 23, 9, 0, tzinfo=TOMSK)


def test_once_somebody_works_on_the_order_nobody_is_asked(world: World) -> None:
    write(world, "Здравствуйте", "m1")
    world.work()
    world.edit_order(world.orders[0]["id"], {"status": "prepayed"})
    world.work_for(minutes=10)
    assert replies(world) == []


def test_a_client_with_an_order_who_asks_about_it_is_asked_for_nothing(world: World) -> None:
    world.make_order({"phone": "+7 916 123-45-67", "status": "new"})
    world.later(minutes=1)
    write(world, "Где мой заказ?", "m1", phone="+79161234567")
    world.work_for(minutes=10)
    assert replies(world) == []


def test_once_a_person_answers_in_the_messenger_nobody_is_asked_any_more(world: World) -> None:
    write(world, "Здравствуйте", "m1")
    world.work_for(minutes=1)
    assert len(replies(world)) == 1
    write(world, "ООО «Ромашка»", "m2")
    answer(world)
    world.work_for(minutes=10)
    assert len(replies(world)) == 1
    (order,) = world.orders
    assert order["status"] == "new"
    assert world.tasks == []


def test_who_is_written_to_by_a_person_first_is_asked_for_nothing(world: World) -> None:
    answer(world)
    world.later(hours=3)
    write(world, "Здравствуйте, нужен тент", "m1")
    world.work_for(minutes=10)
    assert replies(world) == []
    assert len(world.orders) == 1


def test_what_a_person_wrote_long_ago_is_no_answer(world: World) -> None:
    answer(world)
    world.later(days=2)
    write(world, "Здравствуйте", "m1")
    world.work_for(minutes=1)
    assert len(replies(world)) == 1


def test_an_answer_in_another_conversation_is_none_here(world: World) -> None:
    write(world, "Здравствуйте", "m1")
    answer(world, chat="200")
    world.work_for(minutes=1)
    assert len(replies(world)) == 1


def test_own_questions_are_asked_the_first_time(tmp_path: Path) -> None:
    form = {"ask": ["deadline"], "questions": ["Какого цвета?"], "times": 2}
    world = World(tmp_path, shop_that_chats(request_form=form))
    write(world, "Нужен тент до 5 декабря", "m1")
    world.work_for(minutes=1)
    (reply,) = replies(world)
    assert "• Какого цвета?" in reply
    assert "к какому числу" not in reply
    world.close()


def test_without_a_form_or_a_token_nobody_is_asked(tmp_path: Path) -> None:
    for number, changes in enumerate(
        [{}, {"request_form": FORM, "sources": {"chat": {"provider": "pretend"}}}]
    ):
        world = World(tmp_path / str(number), shop_that_chats(**changes))
        write(world, "Здравствуйте", "m1")
        world.work_for(minutes=10)
        assert len(world.orders) == 1
        assert replies(world) == []
        world.close()


def test_in_observe_mode_nobody_is_asked(tmp_path: Path) -> None:
    shop = shop_that_chats(request_form=FORM)
    world = World(tmp_path, shop)
    write(world, "Здравствуйте, нужно до 5 декабря", "m1")
    world.work()
    observing = shop.rules.model_copy(update={"observe": frozenset({"message-received"})})
    world.shop = shop.model_copy(update={"rules": observing})
    world.restart()
    world.work_for(minutes=10)
    assert replies(world) == []
    world.close()


def test_an_answer_that_may_have_been_sent_is_not_sent_again(world: World) -> None:
    world.fault(target="telegram", kind="drop", times=1)
    write(world, "Здравствуйте", "m1")
    world.work_for(minutes=10)
    assert len(replies(world)) == 1
    (entry,) = world.entries(Status.PARKED)
    assert entry.reason == "unknown-result"


def test_a_messenger_that_knows_repeats_gets_it_again(tmp_path: Path) -> None:
    source = {"provider": "pretend", "bot_token": TOKEN, "knows_repeats": True}
    world = World(tmp_path, shop_that_chats(request_form=FORM, sources={"chat": source}))
    world.fault(target="telegram", kind="drop", times=1)
    write(world, "Здравствуйте", "m1")
    world.work_for(minutes=10)
    keys = {sent["once"] for sent in world.state["telegram"] if sent["chat_id"] == "100"}
    assert len(replies(world)) == 2
    assert len(keys) == 1
    assert world.entries(Status.PARKED) == []
    world.close()


def test_a_messenger_that_is_away_holds_up_no_order_and_late_questions_are_not_asked(world: World) -> None:
    world.fault(target="telegram", kind="refuse", times=1000)
    write(world, "Здравствуйте", "m1")
    world.work_for(minutes=2)
    assert len(world.orders) == 1
    write(world, "Нужен тент", "m2")
    world.work()
    assert "Нужен тент" in world.orders[0]["managerComment"]
    world.work_for(hours=2)
    world.clear_faults()
    world.work_for(hours=1)
    assert replies(world) == []
    assert world.entries(Status.PARKED, Status.OPEN) == []
