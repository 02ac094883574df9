"""One short row for each entry, by which it is found by phone or order. Personal data: they expire."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import AwareDatetime

from chalicelib.actions import CreateTask, UpdateTask
from chalicelib.entry import Entry
from chalicelib.gate.tickets import NO_DIGIT, SIGNIFICANT_PHONE_DIGITS
from chalicelib.memory import Memory

PHONE_FIELDS = frozenset({"phone", "phone_typed"})
NUMBER_FIELDS = frozenset({"order_number", "number"})
ORDER_MADE = re.compile(r"number (\S+)")
"""The note of a result, as ``perform`` writes it: the CRM gives a new order its number."""

MOST_ROWS = 1_500
"""In one document: a row has about 200 bytes, and DynamoDB takes 400 KB."""


class Row(Memory):
    """What an entry is about.

    Attributes:
        phones: the last ten digits of each.
        orders: the numbers of orders, and their ids in the CRM as ``id:12``.
        call_backs: the CRM's ids of the tasks to call a client back that it made or brought up to date.
    """

    id: str
    at: AwareDatetime
    source: str
    phones: tuple[str, ...] = ()
    orders: tuple[str, ...] = ()
    call_backs: tuple[int, ...] = ()

    def has(self, digits: str, orders: frozenset[str]) -> bool:
        """Whether it is about a phone that ends with these digits and about one of these orders.

        Empty stands for any.
        """
        return (not digits or any(phone.endswith(digits) for phone in self.phones)) and (
            not orders or not orders.isdisjoint(order.casefold() for order in self.orders)
        )


class PageOfRows(Memory):
    """A part of an hour's rows.

    Attributes:
        pages: how many there are of this hour.
    """

    pages: int = 1
    rows: tuple[Row, ...] = ()


def row_of(entry: Entry) -> Row | None:
    """An entry's row; None if it is about no phone and no order."""
    phones: dict[str, None] = {}
    orders: dict[str, None] = {}
    for name, value in _fields([*entry.events, *entry.plan]):
        if name in PHONE_FIELDS and (digits := last_digits(value)):
            phones[digits] = None
        elif name in NUMBER_FIELDS and value:
            orders[value] = None
        elif name == "order_id" and value not in {"", "0"}:
            orders[f"id:{value}"] = None
    for result in entry.results:
        if result.reference.startswith("order "):
            orders[f"id:{result.reference.removeprefix('order ')}"] = None
            if made := ORDER_MADE.match(result.note):
                orders[made[1]] = None
    if not phones and not orders:
        return None
    return Row(
        id=entry.id,
        at=entry.received_at,
        source=entry.source,
        phones=tuple(phones),
        orders=tuple(orders),
        call_backs=tuple(_call_backs(entry)),
    )


def pages_of(rows: Sequence[Row]) -> list[PageOfRows]:
    """So that each page can be stored; at least one."""
    pages = [rows[first : first + MOST_ROWS] for first in range(0, len(rows), MOST_ROWS)] or [()]
    return [PageOfRows(pages=len(pages), rows=tuple(page)) for page in pages]


def rows_key(hour: datetime, page: int = 1) -> str:
    """The document of a :class:`PageOfRows`."""
    return f"rows:{hour.isoformat()}" + (f":{page}" if page > 1 else "")


def last_digits(phone: str) -> str:
    """What tells a phone, however it is written; empty if that is too little to be one."""
    digits = NO_DIGIT.sub("", phone)
    return digits[-SIGNIFICANT_PHONE_DIGITS:] if len(digits) >= SIGNIFICANT_PHONE_DIGITS else ""


def _call_backs(entry: Entry) -> Iterator[int]:
    for action, result in zip(entry.plan, entry.results, strict=False):
        is_call_back = isinstance(action, CreateTask | UpdateTask) and (
            action.topic is not None and action.topic.name == "callback"
        )
        if is_call_back and result.reference.startswith("task "):
            yield int(result.reference.removeprefix("task "))


def _fields(models: Iterable[Any]) -> Iterator[tuple[str, str]]:
    """The name and value of each text and number in events and actions, however deep."""
    for model in models:
        yield from _leaves("", model.model_dump())


def _leaves(name: str, value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _leaves(str(key), inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _leaves(name, inner)
    elif isinstance(value, str | int):
        yield name, str(value)
