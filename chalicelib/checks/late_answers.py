"""Keeps the list of clients who wait too long for a call back or an answer, for who looks at it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import TypeVar

from chalicelib.books.reading import Books
from chalicelib.changing import replace_document
from chalicelib.checks.port import Finding
from chalicelib.crm.port import CrmReader
from chalicelib.engine.port import Documents
from chalicelib.ladders import highest_due
from chalicelib.late_answers import LATE_ANSWERS_KEY, MOST_NAMED, LateAnswers, LateCallBack, LateOrder
from chalicelib.settings import Shop

LOOK_BACK = timedelta(days=7)
"""An older task to call back is no longer about a call."""

MOST_TASKS = 500
"""The newest ones; the CRM is asked for 100 at a time."""

Late = TypeVar("Late")


class LateAnswersCheck:
    """The check ``late-answers``: writes down what it sees; the rules and ladders tell people.

    Implements ``checks.port.Watch``.
    """

    name = "late-answers"
    every = timedelta(minutes=5)
    has_baseline = False

    def __init__(self, shop: Shop, crm: CrmReader, documents: Documents, books: Books) -> None:
        """Look into this CRM for the tasks that the books know."""
        self._shop = shop
        self._crm = crm
        self._documents = documents
        self._books = books

    def find(self, now: datetime) -> Sequence[Finding]:
        """Write the list anew. A CRM read for each 100 new orders and for each 100 tasks."""
        content = self._late(now).content()
        replace_document(self._documents, LATE_ANSWERS_KEY, content)
        return ()

    def look(self, now: datetime) -> Sequence[str]:
        """See the port."""
        late = self._late(now)
        return [f"late-answers: {late.call_back_count} call-backs, {late.order_count} new orders"]

    def _late(self, now: datetime) -> LateAnswers:
        call_backs, call_back_count = _first(self._call_backs(now), key=lambda late: late.due_at)
        orders, order_count = _first(self._orders(now), key=lambda late: late.since)
        return LateAnswers(
            looked_at=now,
            call_backs=tuple(call_backs),
            call_back_count=call_back_count,
            orders=tuple(orders),
            order_count=order_count,
        )

    def _call_backs(self, now: datetime) -> Iterator[LateCallBack]:
        rows = self._books.rows(now - LOOK_BACK, now)
        made = ((task_id, row.id) for row in rows for task_id in row.call_backs)
        newest: dict[int, str] = {}
        for task_id, entry_id in made:
            newest.setdefault(task_id, entry_id)
            if len(newest) == MOST_TASKS:
                break
        tasks = self._crm.tasks_with_ids(list(newest)) if newest else []
        for task in tasks:
            if not task.is_complete and task.due_at is not None and task.due_at < now:
                yield LateCallBack(
                    task_id=task.id,
                    order_id=task.order_id,
                    due_at=task.due_at,
                    performer_id=task.performer_id,
                    entry_id=newest[task.id],
                )

    def _orders(self, now: datetime) -> Iterator[LateOrder]:
        settings, steps = self._shop.shop, self._shop.ladders.unprocessed_lead
        if not steps:
            return
        for page in self._crm.orders_in(self._shop.unprocessed_statuses):
            for order in page:
                since = order.status_since or order.created_at
                if highest_due(steps, since, now, settings.hours, settings.timezone) is not None:
                    yield LateOrder(order_id=order.id, order_number=order.number, since=since)


def _first(late: Iterable[Late], key: Callable[[Late], datetime]) -> tuple[list[Late], int]:
    """Those who have waited longest, and how many there are: after a rush more than we want to hold."""
    rest = iter(late)
    first: list[Late] = []
    count = 0
    while some := list(islice(rest, MOST_NAMED)):
        count += len(some)
        first = sorted([*first, *some], key=key)[:MOST_NAMED]
    return first, count
