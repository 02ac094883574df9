"""A made-up day of conversations. What comes twice, late and in another order ends the same."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from chalicelib.entry import Status
from sandbox.telegram import TOKEN
from tests.conversations import envelope, message, shop_that_chats
from tests.world import MORNING, World

STEP = timedelta(seconds=20)
END = timedelta(hours=7)
ORDER = {"phone": "+7 916 000-00-02", "status": "new", "number": "2002", "firstName": "Борис"}


@dataclass(frozen=True)
class Written:
    """What a client writes, so long after eleven o'clock."""

    after: timedelta
    chat: str
    text: str
    source: str = "chat"
    fields: dict[str, Any] = field(default_factory=dict)


def at(clock: str) -> timedelta:
    hours, minutes, seconds = map(int, clock.split(":"))
    return timedelta(hours=hours - 11, minutes=minutes, seconds=seconds)


MISSED = "Перезвонить: пропущенный звонок от +7 916 000-00-05, 20.11 в 15:00 (звонили на +7 495 000-00-01)"
BORIS = {"medium": "whatsapp", "phone": "+79160000002", "name": "Борис"}
VERA = {"medium": "vk", "name": "Вера"}
GALINA = {"medium": "mail", "email": "galina@example.com", "subject": "Чехлы"}
DAY = [
    Written(at("11:00:00"), "anna", "Здравствуйте", fields={"name": "Анна"}),
    Written(at("11:00:15"), "anna", "Нужен тент 3 на 4", fields={"name": "Анна"}),
    Written(at("11:04:00"), "anna", "ООО «Ромашка», ИНН 7707083893", fields={"files": ["Чертёж.pdf"]}),
    Written(at("11:04:30"), "anna", "до 5 декабря"),
    Written(at("11:30:00"), "boris", "Где мой заказ?", fields=BORIS),
    Written(at("12:40:00"), "boris", "Алло", fields=BORIS),
    Written(at("12:40:00"), "boris", "Алло", fields=BORIS),
    Written(at("12:00:00"), "vera", "Сколько стоит чехол?", fields=VERA),
    Written(at("12:30:00"), "vera", "А доставка?", fields=VERA),
    Written(at("12:31:00"), "vera", "И сколько ждать?", fields=VERA),
    Written(at("13:00:00"), "galina@example.com", "Пришлите прайс", "letters", GALINA),
    Written(at("16:00:00"), "galina@example.com", "Повторяю просьбу", "letters", GALINA),
    Written(at("14:00:00"), "dmitry", "Тент на КАМАЗ есть?"),
    Written(at("14:10:00"), "dmitry", "", fields={"phone": "+79160000005"}),
]


def test_the_day_ends_the_same_whatever_comes_twice_or_late(tmp_path: Path) -> None:
    ends = [end_of_day(tmp_path / str(seed), seed) for seed in range(4)]
    assert ends[0] == {
        "orders": {
            "Нужен тент 3 на 4": ("messenger", ""),
            "Сколько стоит чехол?": ("messenger", ""),
            "Пришлите прайс": ("e-mail", ""),
            "Тент на КАМАЗ есть?": ("messenger", "+79160000005"),
        },
        "tasks": sorted(
            [
                "Заявка (ООО «Ромашка»): срок 05.12.2026",
                "Ответить клиенту (Борис): 3 сообщения в WhatsApp, последнее 20.11 в 12:40",
                "Ответить клиенту (Вера): 2 сообщения ВКонтакте, последнее 20.11 в 12:31",
                "Ответить клиенту (galina@example.com): письмо, 20.11 в 16:00",
                MISSED,
            ]
        ),
        "replies": {"anna": 1, "vera": 1, "dmitry": 2},
    }
    assert all(end == ends[0] for end in ends)


def end_of_day(folder: Path, seed: int) -> dict[str, Any]:
    chat = {"provider": "pretend", "bot_token": TOKEN}
    form = {"ask": ["company", "tax_number", "what", "deadline", "files"], "times": 2}
    world = World(folder, shop_that_chats(sources={"chat": chat}, request_form=form))
    world.make_order(ORDER)
    for moment, happen in sorted(happenings(world, random.Random(seed)), key=lambda one: one[0]):  # noqa: S311 -- to be repeated, not to be secret
        pass_until(world, moment)
        happen()
    pass_until(world, MORNING + END)
    assert world.entries(Status.OPEN, Status.PARKED, Status.QUARANTINED) == []
    seen = what_people_see(world)
    world.close()
    return seen


def happenings(world: World, chance: random.Random) -> list[tuple[datetime, Callable[[], object]]]:
    """Everything of the day: each message twice, a little late, and once more after hours."""
    happening: list[tuple[datetime, Callable[[], object]]] = [
        (MORNING + at("12:20:00"), lambda: take_order_of(world, "Вера")),
        (MORNING + at("15:00:00"), lambda: world.call("79160000005", "call-1")),
        (MORNING + at("15:10:00"), lambda: world.talk("79160000005", "call-2")),
    ]
    for number, written in enumerate(DAY):
        sent_at = MORNING + written.after
        told = message(written.text, f"m{number}", sent_at, chat=written.chat, **written.fields)
        late = [chance.uniform(0, 8), chance.uniform(0, 60), chance.uniform(3600, 7200)]
        for seconds in late:
            comes_at = sent_at + timedelta(seconds=seconds)
            group = chance.choice(["", f"group-{number}"])
            happening.append(
                (comes_at, lambda t=told, s=written.source, g=group: put(world, t, s, g))  # type: ignore[misc]
            )
    return happening


def put(world: World, told: Any, source: str, group: str) -> None:
    world.engine.work.put(envelope(told, world.now, source, group))


def take_order_of(world: World, name: str) -> None:
    (order,) = [order for order in world.orders if order.get("firstName") == name]
    world.edit_order(order["id"], {"status": "prepayed"})


def pass_until(world: World, moment: datetime) -> None:
    while world.now + STEP < moment:
        world.now += STEP
        world.work()
    world.now = max(world.now, moment)
    world.work()


def what_people_see(world: World) -> dict[str, Any]:
    said = [written.text for written in DAY if len(written.text) > len("Здравствуйте")]
    orders = {}
    for order in world.orders:
        if order["number"] == ORDER["number"]:
            continue
        words = order.get("customerComment", "") + order["managerComment"]
        first = next(text for text in said if text in words)
        orders[first] = (order["orderMethod"], order.get("phone", ""))
    replies: dict[str, int] = {}
    for sent in world.state["telegram"]:
        replies[sent["chat_id"]] = replies.get(sent["chat_id"], 0) + 1
    return {"orders": orders, "tasks": sorted(task["text"] for task in world.tasks), "replies": replies}
