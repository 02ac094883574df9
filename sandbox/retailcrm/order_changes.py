"""What differs between two states of an order, in the words of the CRM's history."""

import re
from collections.abc import Iterator
from typing import Any

from sandbox.documents import Document
from sandbox.retailcrm.history import Change

_CODED = frozenset({"status", "orderType", "orderMethod", "shipmentStore"})
_REFERENCES = {"managerId": "manager"}
_COMPUTED = frozenset({"summ", "totalSumm", "prepaySum", "purchaseSumm", "statusUpdatedAt"})
_IN_DEPTH = frozenset({"delivery", "items", "payments", "customFields", "customer"})
_DELIVERY = {
    "code": "delivery_type",
    "service": "delivery_service",
    "date": "delivery_date",
    "time": "delivery_time",
    "cost": "delivery_cost",
    "netCost": "delivery_net_cost",
}


def order_changes(old: Document, new: Document) -> Iterator[Change]:
    """All changed fields. A change of status comes first."""
    names = sorted({*old, *new} - _COMPUTED - _IN_DEPTH, key=lambda name: (name != "status", name))
    for name in names:
        before, after = old.get(name), new.get(name)
        if before != after:
            yield _plain(name, before, after)
    if old["customer"] != new["customer"]:
        yield Change("customer", {"id": old["customer"]["id"]}, {"id": new["customer"]["id"]})
    yield from _custom(old["customFields"], new["customFields"])
    yield from _delivery(old["delivery"], new["delivery"])
    yield from _parts(
        "order_product", "item", old["items"], new["items"], ("quantity", "status", "initialPrice")
    )
    yield from _parts(
        "payments", "payment", old["payments"], new["payments"], ("status", "amount", "paidAt", "type")
    )


def _plain(name: str, before: object, after: object) -> Change:
    if name in _CODED:
        return Change(_snake(name), _wrapped("code", before), _wrapped("code", after))
    if name in _REFERENCES:
        return Change(_REFERENCES[name], _wrapped("id", before), _wrapped("id", after))
    return Change(_snake(name), before, after)


def _custom(old: Document, new: Document) -> Iterator[Change]:
    for code in sorted({*old, *new}):
        if old.get(code) != new.get(code):
            yield Change(f"custom_{code}", old.get(code), new.get(code))


def _delivery(old: Document, new: Document) -> Iterator[Change]:
    for name, field in _DELIVERY.items():
        before, after = old.get(name), new.get(name)
        if before != after:
            coded = name == "code"
            yield Change(field, *((_wrapped("code", each) if coded else each) for each in (before, after)))
    yield from _below("delivery_address", old.get("address", {}), new.get("address", {}))
    # The field names for the courier's data are not in our sources.
    yield from _below("integration_delivery_data", old.get("data", {}), new.get("data", {}))


def _below(prefix: str, old: Document, new: Document) -> Iterator[Change]:
    for name in sorted({*old, *new}):
        if old.get(name) != new.get(name):
            yield Change(f"{prefix}.{_snake(name)}", old.get(name), new.get(name))


def _parts(
    field: str, key: str, old: list[Document], new: list[Document], compared: tuple[str, ...]
) -> Iterator[Change]:
    before, after = ({part["id"]: part for part in parts} for parts in (old, new))
    for each in after.keys() - before.keys():
        yield Change(field, None, {"id": each}, {key: after[each]})
    for each in before.keys() - after.keys():
        yield Change(field, {"id": each}, None, {key: before[each]})
    for each in sorted(before.keys() & after.keys()):
        for name in compared:
            changed = before[each].get(name), after[each].get(name)
            if changed[0] != changed[1]:
                yield Change(f"{field}.{_snake(name)}", *changed, {key: after[each]})


def _wrapped(key: str, value: Any) -> Document | None:  # noqa: ANN401 -- a code or an id
    return None if value is None else {key: value}


def _snake(name: str) -> str:
    return re.sub(r"([A-Z])", lambda found: "_" + found[0].lower(), name)
