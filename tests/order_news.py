"""The ways in which the news of one change of an order may reach us: by trigger, by history, by both."""

from collections.abc import Callable
from urllib.parse import urlencode

from tests.mistakes.shop import counted, person_edits
from tests.world import World

News = Callable[[World, int], None]


def look(world: World) -> None:
    """Read the CRM's history, and do what follows."""
    world.application.checks.run("moved-on")
    world.work()


def trigger(world: World, **fields: object) -> None:
    """A trigger of the CRM calls."""
    assert world.post("crm-main", "demo-token", urlencode(fields).encode()).status == 200


def trigger_first(world: World, order_id: int) -> None:
    trigger(world, order_id=order_id, status="prepayed")
    world.work()
    world.later(minutes=2)
    look(world)


def history_first(world: World, order_id: int) -> None:
    look(world)
    trigger(world, order_id=order_id, status="prepayed")
    world.work()


def trigger_only(world: World, order_id: int) -> None:
    trigger(world, order_id=order_id, status="prepayed")
    world.work()


def history_only(world: World, order_id: int) -> None:
    del order_id
    look(world)


def both_before_anybody_works(world: World, order_id: int) -> None:
    world.application.checks.run("moved-on")
    trigger(world, order_id=order_id, status="prepayed")
    world.work()


def trigger_a_quarter_of_an_hour_late(world: World, order_id: int) -> None:
    look(world)
    world.later(minutes=15)
    trigger(world, order_id=order_id, status="prepayed")
    world.work()


def trigger_again_and_again(world: World, order_id: int) -> None:
    for _ in range(3):
        trigger(world, order_id=order_id, status="prepayed")
        world.work()
        world.later(minutes=11)
    look(world)


def triggers_of_two_kinds(world: World, order_id: int) -> None:
    """One says which status, the other only that something changed."""
    trigger(world, order_id=order_id, changed="1")
    number = next(order["number"] for order in world.orders if order["id"] == order_id)
    trigger(world, order_number=number, status="prepayed")
    world.work()
    look(world)


def history_read_twice(world: World, order_id: int) -> None:
    """Only after many records we remember how far we have read."""
    del order_id
    look(world)
    world.later(minutes=2)
    look(world)


WAYS: tuple[News, ...] = (
    trigger_first,
    history_first,
    trigger_only,
    history_only,
    both_before_anybody_works,
    trigger_a_quarter_of_an_hour_late,
    trigger_again_and_again,
    triggers_of_two_kinds,
    history_read_twice,
)


def changed_order(world: World) -> int:
    """An order to which a manager has just given a status by mistake, and of which its client is told."""
    order_id = world.make_order({"firstName": "Мария", "phone": "+79165550001", "managerId": 1})
    look(world)
    world.later(minutes=5)
    person_edits(world, order_id, status="prepayed")
    return order_id


def effects(world: World) -> tuple[list[str], list[tuple[str, str]], list[tuple[str, tuple[str, ...]]]]:
    """What the client was told, which tasks there are and whether they are open, and what was counted."""
    return (
        [message["body"] for message in world.messages],
        [(task["text"], "complete" if task["complete"] else "open") for task in world.tasks],
        [(mistake.status, mistake.rules) for mistake in counted(world)],
    )


TASK = (
    "Заказ 1002A, «Предоплата поступила»: перевод «Новый» → «Предоплата поступила» не предусмотрен,"
    " можно «Связались с клиентом», «Недозвон 1», «Отменен»"
)
ONCE = (
    ["Мария, заказ 1002A принят. Спасибо! Защитные тенты"],
    [(TASK, "open")],
    [("prepayed", ("step",))],
)
"""The effects of the change of this order, however we heard of it."""
