"""Somebody opens a chat before they say anything: no order yet, but where they came from is not forgotten."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chalicelib.entry import Status
from chalicelib.events import Attribution
from tests.conversations import PHONE, shop_that_chats, write
from tests.world import World

YANDEX = Attribution(source="yandex", campaign="may")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path, shop_that_chats(crm={"visitor_fields": {"yclid": "yclid"}}))
    yield world
    world.close()


def open_chat(world: World, message_id: str = "start1", **told: Any) -> None:
    write(world, "", message_id, **told)
    world.work()


def test_an_opened_chat_alone_makes_nothing(world: World) -> None:
    open_chat(world, attribution=YANDEX)
    assert (world.orders, world.tasks) == ([], [])
    assert (world.entry.status, world.entry.reason) == (Status.IGNORED, "chat-opened")


def test_the_first_words_make_the_order_and_it_tells_where_the_client_came_from(world: World) -> None:
    ids = (("yclid", "1700000000000000001"),)
    open_chat(world, attribution=YANDEX, landing_page="kitchens_7", visitor_ids=ids)
    world.later(minutes=2)
    write(world, "Нужен тент", "m1")
    world.work()
    (order,) = world.orders
    assert (order["source"]["source"], order["source"]["campaign"]) == ("yandex", "may")
    assert order["customerComment"] == "Нужен тент"
    assert "kitchens_7" in order["managerComment"]
    assert order["customFields"] == {"yclid": "1700000000000000001"}


def test_a_link_pressed_again_makes_no_task_on_the_open_order(world: World) -> None:
    write(world, "Нужен тент", "m1")
    world.work()
    world.later(hours=2)
    open_chat(world)
    assert len(world.orders) == 1
    assert world.tasks == []


def test_words_that_know_it_themselves_win(world: World) -> None:
    open_chat(world, attribution=YANDEX)
    write(world, "Нужен тент", "m1", attribution=Attribution(source="vk"))
    world.work()
    assert world.orders[0]["source"]["source"] == "vk"


def test_the_next_order_of_the_conversation_is_not_of_the_old_advertisement(world: World) -> None:
    open_chat(world, attribution=YANDEX)
    write(world, "Нужен тент", "m1")
    world.work()
    world.edit_order(world.orders[0]["id"], {"status": "complete"})
    world.later(days=40)
    write(world, "Нужен ещё один", "m2")
    world.work()
    first, second = world.orders
    assert first["source"]["source"] == "yandex"
    assert not second.get("source", {}).get("source")


def test_a_phone_without_words_says_something(world: World) -> None:
    write(world, "", "m1", phone=PHONE)
    world.work()
    assert world.orders[0]["phone"] == PHONE
