"""A shop with a short scenario, and people at work in its CRM."""

import json
from typing import Any

import httpx

from chalicelib.mistakes.memory import DayOfMistakes, Mistake, day_key
from chalicelib.scenario.settings import Scenario
from chalicelib.settings import Shop
from sandbox.transport import SandboxTransport
from tests.world import World, example_shop

ANNA, IVAN, FORMER = 1, 2, 3
PHONE = "+7 916 123-45-67"
AGREED = "client-confirmed"
SENT = "delivering"
CANCELLED = "cancel-other"
TENT = {"offer": {"externalId": "tent-3x4"}, "quantity": 1}
COURIER = {"code": "courier", "cost": 300, "address": {"city": "Томск", "street": "Ленина", "building": "1"}}
COMPLETE: dict[str, Any] = {
    "firstName": "Анна",
    "phone": PHONE,
    "items": [TENT],
    "delivery": COURIER,
    "managerId": IVAN,
}
"""An order that lacks nothing for being agreed."""

SCENARIO: dict[str, Any] = {
    "begin": ["new"],
    "statuses": {
        "new": {"name": "Новый", "next": [AGREED, CANCELLED]},
        AGREED: {
            "name": "Согласован",
            "next": [SENT, CANCELLED],
            "requires": ["phone", "address", "items", "total"],
        },
        SENT: {"name": "В пути", "next": ["complete"], "requires": ["track_number"]},
        "complete": {"name": "Выполнен"},
        CANCELLED: {"name": "Отменён", "requires": ["reason"]},
    },
}


def shop_with_scenario(**changes: Any) -> Shop:
    scenario = Scenario.model_validate({**SCENARIO, **changes})
    return example_shop().model_copy(update={"scenario": scenario})


def person_makes(world: World, user: int = ANNA, **order: Any) -> int:
    return _write(world, "orders/create", f"user-{user}", site="tents", order=order)


def person_edits(world: World, order_id: int, user: int = ANNA, **change: Any) -> None:
    """A person changes an order on its page in the CRM."""
    _write(world, f"orders/{order_id}/edit", f"user-{user}", by="id", site="tents", order=change)


def we_edit(world: World, order_id: int, **change: Any) -> None:
    """As an adapter of ours does: the history knows our key."""
    _write(world, f"orders/{order_id}/edit", "sandbox", by="id", site="tents", order=change)


def trigger(world: World, order_id: int, status: str = "") -> None:
    """The CRM's own trigger tells of the change, and we work."""
    # A moment later: the same wish in the same moment is one.
    what = f"status={status}" if status else f"changed=yes&moment={world.now.timestamp()}"
    world.post("crm-main", "demo-token", f"order_id={order_id}&{what}".encode())
    world.work_for(seconds=10)


def history(world: World) -> None:
    """The CRM's history is read, and we work."""
    world.application.checks.run("moved-on")
    world.work()


def counted(world: World) -> list[Mistake]:
    """What the day's report knows."""
    day = world.now.astimezone(world.shop.shop.timezone).date()
    content = world.engine.documents.get(day_key(day)).content
    return list(DayOfMistakes.model_validate(content).made)


def _write(world: World, path: str, key: str, **fields: Any) -> int:
    form = {name: value if isinstance(value, str) else json.dumps(value) for name, value in fields.items()}
    with httpx.Client(transport=SandboxTransport(world.sandbox)) as http:
        answer = http.post(f"http://crm/api/v5/{path}", data=form, headers={"X-API-KEY": key})
    assert answer.is_success, answer.text
    return int(answer.json()["id"])
