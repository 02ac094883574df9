"""What an order lacks for a status, by ``docs/mistakes.md`` alone."""

from collections.abc import Callable, Mapping
from typing import Any

from tests.month import scenario

DIGITS = 10
Fields = Mapping[str, Any]


def lacking(fields: Fields, status: str) -> tuple[str, ...]:
    """The rules that it breaks there, in the order of the scenario, with what exactly is missing."""
    found = (_broken(rule, fields) for rule in scenario.requires(status))
    return tuple(filter(None, found))


def is_phone(typed: str) -> bool:
    """Whether somebody could be called there."""
    return len([each for each in typed if each.isdecimal()]) >= DIGITS


def _broken(rule: str, fields: Fields) -> str:
    match rule:
        case "options":
            return _options(fields.get("items", []))
        case "address":
            return _address(fields.get("delivery", {}))
        case _:
            return "" if KEPT[rule](fields) else rule


def _are_items(fields: Fields) -> bool:
    items = fields.get("items", [])
    return bool(items) and all(item["initialPrice"] > 0 for item in items)


def _is_paid(fields: Fields) -> bool:
    return _paid(fields) >= _total(fields) * scenario.PREPAYMENT / 100


def _total(fields: Fields) -> float:
    goods = sum(item["initialPrice"] for item in fields.get("items", []))
    return float(goods + fields.get("delivery", {}).get("cost", 0))


def _paid(fields: Fields) -> float:
    return float(sum(payment["amount"] for payment in fields.get("payments", [])))


def _options(items: list[Fields]) -> str:
    missing = [
        f"{item['productName']}: {option}"
        for item in items
        if item["productName"].startswith(scenario.MADE_TO_ORDER)
        for option in scenario.OPTIONS
        if option not in {each["name"] for each in item.get("properties", [])}
    ]
    return f"options ({'; '.join(missing)})" if missing else ""


def _address(delivery: Fields) -> str:
    address = delivery.get("address", {})
    if delivery.get("code") == scenario.PICKUP_DELIVERY:
        return "" if address.get("city") else "address (пункт выдачи или город)"
    words = {"city": "город", "street": "улица", "building": "дом"}
    missing = [word for name, word in words.items() if not address.get(name)]
    return f"address ({', '.join(missing)})" if missing else ""


KEPT: Mapping[str, Callable[[Fields], bool]] = {
    "phone": lambda fields: is_phone(str(fields.get("phone", ""))),
    "name": lambda fields: bool(fields.get("firstName")),
    "items": _are_items,
    "delivery": lambda fields: "code" in fields.get("delivery", {}),
    # The CRM reckons it itself.
    "total": lambda _fields: True,
    "track_number": lambda fields: "trackNumber" in fields.get("delivery", {}).get("data", {}),
    "reason": lambda fields: bool(
        fields.get("statusComment") or fields.get("customFields", {}).get(scenario.REASON_FIELD)
    ),
    "prepayment": _is_paid,
}
