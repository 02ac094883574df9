"""What becomes of a message: an order, a note on the order just made, or one task a conversation."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import get_args
from zoneinfo import ZoneInfo

import pytest

from chalicelib.entry import Status
from chalicelib.events import Attribution, MessageReceived
from chalicelib.playbook.message_received import MOST_NOTES
from chalicelib.texts import Texts
from tests.conversations import PHONE, shop_that_chats, write, write_letter
from tests.world import MORNING, World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path, shop_that_chats())
    yield world
    world.close()


def tasks_of(world: World, order_id: int) -> list[dict[str, object]]:
    return [task for task in world.tasks if task.get("order", {}).get("id") == order_id]


def test_a_message_of_somebody_new_becomes_an_order(world: World) -> None:
    write(world, "Нужен тент 3 на 4", "m1", name="Анна", chat_url="https://example.com/c/100")
    world.work()
    (order,) = world.orders
    assert order["orderMethod"] == "messenger"
    assert order["status"] == "new"
    assert order["firstName"] == "Анна"
    assert order["customerComment"] == "Нужен тент 3 на 4"
    assert "Сообщение в Telegram, 20.11 в 11:00" in order["managerComment"]
    assert "https://example.com/c/100" in order["managerComment"]
    assert world.tasks == []


@pytest.mark.parametrize("medium", get_args(MessageReceived.model_fields["medium"].annotation))
@pytest.mark.parametrize("language", ["ru", "en"])
def test_managers_read_where_the_client_wrote(medium: str, language: str) -> None:
    texts = Texts(language, ZoneInfo("Asia/Tomsk"))
    words = {"medium": medium, "name": "", "email": "", "phone": "", "chat_url": "", "files": "", "told": ""}
    assert texts.render("order/message", at=MORNING, **words)
    assert texts.render("task/conversation", count=2, last_at=MORNING, **words)


def test_the_next_messages_are_added_to_the_order_while_it_is_new(world: World) -> None:
    write(world, "Нужен тент", "m1")
    world.work()
    for number, text in enumerate(["Да, серый", "Да", "Да"], 2):
        world.later(minutes=1)
        write(world, text, f"m{number}", files=["photo"])
        world.work()
    (order,) = world.orders
    assert order["managerComment"].count("Сообщение") == 4
    assert order["managerComment"].count("Вложение: фото") == 3
    assert world.tasks == []


def test_after_the_window_there_is_one_task_for_all(world: World) -> None:
    write(world, "Нужен тент", "m1")
    world.work()
    world.later(minutes=31)
    write(world, "Алло?", "m2")
    world.work()
    world.later(minutes=1)
    write(world, "Вы тут?", "m3")
    world.work()
    assert len(world.orders) == 1
    (task,) = world.tasks
    assert task["order"]["id"] == world.orders[0]["id"]
    assert task["text"].startswith("Ответить клиенту: 2 сообщения в Telegram, последнее 20.11 в 11:32")
    assert "Алло?" in task["commentary"]
    assert "Вы тут?" in task["commentary"]


def test_once_somebody_works_on_the_order_a_message_makes_a_task(world: World) -> None:
    write(world, "Нужен тент", "m1")
    world.work()
    world.edit_order(world.orders[0]["id"], {"status": "prepayed"})
    write(world, "И ещё вопрос", "m2")
    world.work()
    assert len(world.orders) == 1
    assert len(world.tasks) == 1


def test_a_message_of_a_client_with_an_open_order_becomes_a_task_on_it(world: World) -> None:
    order_id = world.make_order({"phone": "+7 916 123-45-67", "status": "new"})
    world.later(minutes=1)
    write(world, "Где мой заказ?", "m1", medium="whatsapp", phone=PHONE)
    world.work()
    assert len(world.orders) == 1
    (task,) = tasks_of(world, order_id)
    assert "Где мой заказ?" in str(task["commentary"])
    assert task["phone"] == PHONE


def test_an_order_finished_lately_gets_the_task_and_an_old_one_does_not(world: World) -> None:
    order_id = world.make_order({"phone": "+7 916 123-45-67", "status": "complete"})
    world.later(days=29)
    write(world, "Тент протекает", "m1", phone=PHONE)
    world.work()
    assert len(tasks_of(world, order_id)) == 1
    world.later(days=2)
    write(world, "Хочу ещё один", "m2", phone=PHONE)
    world.work()
    assert len(world.orders) == 2
    assert len(world.tasks) == 1


def test_a_phone_told_later_goes_into_the_order_and_is_the_clients_from_then_on(world: World) -> None:
    write(world, "Нужен тент", "m1")
    world.work()
    world.later(minutes=1)
    write(world, "", "m2", phone=PHONE)
    world.work()
    (order,) = world.orders
    assert order["phone"] == PHONE
    world.later(minutes=1)
    world.call("79161234567", "a")
    world.work()
    assert len(world.orders) == 1
    assert len(tasks_of(world, order["id"])) == 1


def test_a_phone_told_after_the_window_goes_into_the_order_too(world: World) -> None:
    write(world, "Нужен тент", "m1")
    world.work()
    world.later(days=2)
    write(world, "", "m2", phone=PHONE)
    world.work()
    (order,) = world.orders
    assert order["phone"] == PHONE
    assert len(world.tasks) == 1


def test_a_client_known_by_phone_gets_no_second_order_for_a_chat(world: World) -> None:
    order_id = world.make_order({"phone": "+7 916 123-45-67", "status": "new"})
    world.later(minutes=1)
    write(world, "Здравствуйте", "m1", phone=PHONE)
    world.work()
    world.later(hours=1)
    write(world, "Это снова я", "m2")
    world.work()
    assert world.order_ids() == [order_id]
    (task,) = world.tasks
    assert "2 сообщения" in task["text"]


def test_two_conversations_of_one_client_have_a_task_each(world: World) -> None:
    world.make_order({"phone": "+7 916 123-45-67", "status": "new"})
    world.later(minutes=1)
    write(world, "Пишу из Telegram", "m1", phone=PHONE)
    write(world, "Пишу из WhatsApp", "w1", medium="whatsapp", chat="79161234567", phone=PHONE)
    world.work()
    assert len(world.orders) == 1
    assert len(world.tasks) == 2


def test_an_empty_text_with_a_file_counts(world: World) -> None:
    write(world, "", "m1", files=["Размеры.pdf"])
    world.work()
    assert "Вложение: Размеры.pdf" in world.orders[0]["managerComment"]


def test_a_letter_becomes_an_order_of_its_sender(world: World) -> None:
    write_letter(world, "Пришлите прайс", "l1", "olga@example.com", subject="Прайс", name="Ольга")
    world.work()
    (order,) = world.orders
    assert order["orderMethod"] == "e-mail"
    assert order["email"] == "olga@example.com"
    assert order["customerComment"] == "Тема: Прайс\nПришлите прайс"
    world.later(hours=1)
    write_letter(world, "Ну что?", "l2", "Olga@example.com")
    world.work()
    assert len(world.orders) == 1
    (task,) = world.tasks
    assert "письмо" in task["text"]


def test_a_very_long_text_is_cut_and_its_whole_is_in_the_journal(world: World) -> None:
    write(world, "слово " * 20_000, "m1")
    world.work()
    (order,) = world.orders
    assert len(order["customerComment"]) < 4000
    assert f"leadkeeper journal {world.entry.id[:12]}" in order["customerComment"]


def test_of_a_long_conversation_the_task_keeps_its_beginning_and_its_end(world: World) -> None:
    world.make_order({"phone": "+7 916 123-45-67", "status": "new"})
    world.later(minutes=1)
    write(world, "Начало", "m0", phone=PHONE, chat_url="https://example.com/c/100")
    for number in range(1, 12):
        write(world, f"Сообщение {number}: " + "слово " * 400, f"m{number}")
        world.work()
    (task,) = world.tasks
    assert "12 сообщений" in task["text"]
    assert "Начало" in task["commentary"]
    assert "https://example.com/c/100" in task["commentary"]
    assert "Сообщение 11:" in task["commentary"]
    assert len(task["commentary"]) < 11_000


def test_where_the_client_came_from_is_on_the_order(world: World) -> None:
    write(
        world,
        "Нужен тент",
        "m1",
        attribution=Attribution(source="yandex", medium="cpc", campaign="tents"),
        landing_page="https://covers.example.ru/?p=1",
    )
    world.work()
    (order,) = world.orders
    assert (order["source"]["source"], order["source"]["campaign"]) == ("yandex", "tents")
    assert "https://covers.example.ru/?p=1" in order["managerComment"]


def test_who_writes_too_much_on_one_order_is_answered(world: World) -> None:
    for number in range(23):
        write(world, f"Вопрос {number}", f"m{number}")
    world.work()
    (order,) = world.orders
    (task,) = world.tasks
    assert order["managerComment"].count("Вопрос") == MOST_NOTES - 1
    assert "3 сообщения" in task["text"]


def test_a_task_that_a_person_closed_is_followed_by_another_one(world: World) -> None:
    world.make_order({"phone": "+7 916 123-45-67", "status": "new"})
    world.later(minutes=1)
    write(world, "Вопрос", "m1", phone=PHONE)
    world.work()
    world.edit_task(world.tasks[0]["id"], {"complete": True})
    write(world, "Ещё вопрос", "m2", phone=PHONE)
    world.work()
    assert len(world.tasks) == 2


def test_in_observe_mode_nothing_is_written(tmp_path: Path) -> None:
    world = World(tmp_path, shop_that_chats(rules={"observe": ["message-received"]}))
    write(world, "Нужен тент", "m1")
    world.work()
    assert world.orders == []
    assert world.status() is Status.OBSERVED
    world.close()


def test_messages_that_come_late_are_added_all_the_same(world: World) -> None:
    first, second = world.now, world.now + timedelta(minutes=5)
    world.later(days=1)
    write(world, "Второе", "m2", at=second)
    write(world, "Первое", "m1", at=first)
    world.work()
    assert len(world.orders) == 1
    assert world.tasks == []
