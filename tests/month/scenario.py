"""The month's scenario, as plain data: ``scenario.example.toml``, stricter at some statuses."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

FILE = Path(__file__).parents[2] / "scenario.example.toml"

ON_MISTAKE: Mapping[str, str] = {
    "send-to-delivery": "put-back",
    "prices-did-not-suit": "count",
    "delyvery-did-not-suit": "count",
}
"""What differs from a task."""

MADE_TO_ORDER = "Тент на заказ"
OPTIONS = ("размер", "цвет")
PREPAYMENT = 50
REASON_FIELD = "cancel_reason"
"""A custom field: the CRM takes a status's comment with the status alone."""

QUESTION_STATUS, READY_STATUS = "production-question", "production-ready"
"""By which the workshop says in the CRM that it asks, and that the order is made."""

PICKUP_DELIVERY, COURIER_DELIVERY = "cdek", "courier"


def _scenario() -> dict[str, Any]:
    content = tomllib.loads(FILE.read_text(encoding="utf-8"))
    for status, mode in ON_MISTAKE.items():
        content["statuses"][status]["on_mistake"] = mode
    # By the example the workshop says in its own system that an order is made.
    for status in ("assembling", QUESTION_STATUS):
        content["statuses"][status]["next"].append(READY_STATUS)
    ready = {"name": "Изготовлен", "group": "assembling", "next": ["assembling-complete", "assembling"]}
    content["statuses"][READY_STATUS] = ready
    content["rules"] = {
        "prepayment": PREPAYMENT,
        "reason_field": REASON_FIELD,
        "pickup_deliveries": [PICKUP_DELIVERY],
        "made_to_order": [{"begins": [MADE_TO_ORDER], "options": list(OPTIONS)}],
    }
    return content


SCENARIO: Mapping[str, Any] = _scenario()


def name_of(status: str) -> str:
    """What people call a status."""
    return str(SCENARIO["statuses"][status].get("name") or status)


def mode_of(status: str) -> str:
    """What a mistake in this status leads to."""
    return str(SCENARIO["statuses"][status].get("on_mistake") or SCENARIO["on_mistake"])


def requires(status: str) -> list[str]:
    """The rules that an order in this status must keep."""
    return list(SCENARIO["statuses"][status].get("requires", []))


def may_follow(before: str, after: str) -> bool:
    """Whether an order may go from one status to the other; from none, when it is made."""
    if not before:
        return after in SCENARIO["begin"]
    return after in SCENARIO["statuses"][before].get("next", [])
