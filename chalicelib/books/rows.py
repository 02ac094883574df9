"""One short row for each entry, by which it is found by phone or order. Personal data: they expire.

Each is a line of text in its document: who looks for a phone reads the rows of some months, and nothing is
read from JSON as fast as text.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from chalicelib.actions import CreateTask, UpdateTask
from chalicelib.entry import Entry
from chalicelib.gate.tickets import NO_DIGIT, SIGNIFICANT_PHONE_DIGITS

PHONE_FIELDS = frozenset({"phone", "phone_typed"})
NUMBER_FIELDS = frozenset({"order_number", "number"})
ORDER_MADE = re.compile(r"number (\S+)")
"""The note of a result, as ``perform`` writes it: the CRM gives a new order its number."""

ID = "id:"
"""Stands before an order's id in the CRM: so it is told from a number."""

MOST_ROWS = 1_500
"""In one document: a row has about 150 bytes, and DynamoDB takes 400 KB."""

Content = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Row:
    """What an entry is about.

    Attributes:
        at: when it came in.
        phones: the last ten digits of each.
        orders: the numbers of orders as people write them, and their ids in the CRM as ``id:12``.
        call_backs: the CRM's ids of the tasks to call a client back that it made or brought up to date.
    """

    id: str
    at: datetime
    source: str
    phones: Sequence[str] = ()
    orders: Sequence[str] = ()
    call_backs: Sequence[int] = ()

    def is_about(self, digits: str, number: str, names: frozenset[str]) -> bool:
        """Whether it is about a phone that ends with these digits, or about such an order.

        Args:
            digits: the last ones of a phone; empty for none.
            number: the beginning of an order's number as ``order_key`` makes it, with all digits that
                stand together: ``1002`` is meant where ``1002a`` stands, not where ``10020`` does. Empty
                for none.
            names: of orders, exactly as they stand in ``orders``.
        """
        return (
            (bool(digits) and any(phone.endswith(digits) for phone in self.phones))
            or not names.isdisjoint(self.orders)
            or (bool(number) and self.has_number(number))
        )

    def has_number(self, beginning: str) -> bool:
        """Whether the number of an order begins so; see ``is_about``."""
        keys = map(order_key, self.numbers)
        return any(key.startswith(beginning) and not key[len(beginning) :][:1].isdecimal() for key in keys)

    @property
    def numbers(self) -> list[str]:
        """The numbers of orders."""
        return [name for name in self.orders if not name.startswith(ID)]

    @property
    def order_ids(self) -> list[str]:
        """The ids of orders in the CRM."""
        return [name.removeprefix(ID) for name in self.orders if name.startswith(ID)]


def row_of(entry: Entry) -> Row | None:
    """An entry's row; None if it is about no phone and no order."""
    phones: dict[str, None] = {}
    orders: dict[str, None] = {}
    for name, value in _fields([*entry.events, *entry.plan]):
        if name in PHONE_FIELDS and (digits := last_digits(value)):
            phones[digits] = None
        elif name in NUMBER_FIELDS and value:
            orders[" ".join(value.split())] = None
        elif name == "order_id" and value not in {"", "0"}:
            orders[f"{ID}{value}"] = None
    for result in entry.results:
        if result.reference.startswith("order "):
            orders[f"{ID}{result.reference.removeprefix('order ')}"] = None
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


def line_of(row: Row) -> str:
    """The row as it is stored. Neither sources' names nor orders' numbers hold a tab or the end of a line."""
    lists = (row.phones, row.orders, map(str, row.call_backs))
    return "\t".join((row.id, str(row.at.timestamp()), row.source, *map("\n".join, lists)))


def oldest_first(lines: Iterable[str]) -> list[str]:
    """The lines in the order in which their entries came in."""
    return sorted(lines, key=_at)


def pages_of(lines: Sequence[str]) -> list[Content]:
    """The documents' content: each can be stored, and the first one tells how many there are."""
    pages = [lines[first : first + MOST_ROWS] for first in range(0, len(lines), MOST_ROWS)]
    return [{"pages": len(pages), "rows": page} for page in pages] or [{}]


def page_count(content: Content) -> int:
    """How many documents the rows of an hour have, as its first one tells."""
    return int(content.get("pages", 1))


def rows_in(content: Content) -> Iterator[Row]:
    """The rows of a document, newest first."""
    return map(_row, reversed(content.get("rows", ())))


def rows_key(hour: datetime, page: int = 1) -> str:
    """The document of a part of an hour's rows."""
    return f"rows:{hour.isoformat()}" + (f":{page}" if page > 1 else "")


def bare_number(text: str) -> str:
    """An order's number without the sign that people write before it."""
    return " ".join(text.split()).lstrip("№# ")


def order_key(number: str) -> str:
    """The same for each way in which people write an order's number."""
    return bare_number(number).casefold()


def last_digits(phone: str) -> str:
    """What tells a phone, however it is written; empty if that is too little to be one."""
    digits = NO_DIGIT.sub("", phone)
    return digits[-SIGNIFICANT_PHONE_DIGITS:] if len(digits) >= SIGNIFICANT_PHONE_DIGITS else ""


def _at(line: str) -> float:
    _, at, _ = line.split("\t", 2)
    return float(at)


def _row(line: str) -> Row:
    entry_id, at, source, phones, orders, call_backs = line.split("\t")
    return Row(
        id=entry_id,
        at=datetime.fromtimestamp(float(at), UTC),
        source=source,
        phones=phones.split(),
        orders=orders.splitlines(),
        call_backs=[int(task_id) for task_id in call_backs.split()],
    )


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
    if isinstance(value, str | int):
        yield name, str(value)
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(key, inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _leaves(name, inner)
