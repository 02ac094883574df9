"""What people remove on the CRM's own pages: the API has no method for it."""

from dataclasses import dataclass
from datetime import datetime

from sandbox.documents import Document
from sandbox.retailcrm.books import Books
from sandbox.retailcrm.call import USER_KEY, Call
from sandbox.retailcrm.order_view import short_order

PROGRAM = "another-program"
"""Whose key it was, if no person did it."""


@dataclass(frozen=True, slots=True)
class Removal:
    """How something is removed.

    Attributes:
        by: the user who does it; None for a program.
        leaves_trace: False if the history does not tell of it, as after an accident of the CRM's own.
        into: the order that an order is merged into.
    """

    by: int | None = None
    leaves_trace: bool = True
    into: int | None = None


def remove_order(books: Books, order_id: int, removal: Removal, now: datetime) -> None:
    """Take an order away.

    Raises:
        ValueError: there is none, or not the one that it is merged into.
    """
    order = books.orders.get(order_id)
    into = None if removal.into is None else books.orders.get(removal.into)
    if order is None or (removal.into is not None and into is None):
        raise ValueError("no such order")
    books.orders.remove(order_id)
    if removal.leaves_trace:
        target = short_order(into) if into else None
        call = _call(removal, now)
        books.order_history.removed(call, books.local(now), short_order(order), target)


def remove_task(books: Books, task_id: int, removal: Removal, now: datetime) -> None:
    """Take a task away.

    Raises:
        ValueError: there is none.
    """
    if task_id not in books.tasks:
        raise ValueError("no such task")
    books.tasks.remove(task_id)
    if removal.leaves_trace:
        short: Document = {"id": task_id}
        books.task_history.removed(_call(removal, now), books.local(now), short, None)


def _call(removal: Removal, now: datetime) -> Call:
    key = PROGRAM if removal.by is None else f"{USER_KEY}{removal.by}"
    return Call(parameters={}, names={}, now=now, key=key, horizon=None)
