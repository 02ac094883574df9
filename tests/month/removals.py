"""Orders and tasks are gone from the CRM: does the comparing find each of them, and nothing else?"""

import random
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from chalicelib.checks.reconciliation import ReconciliationCheck
from sandbox.retailcrm.removing import Removal
from tests.month.drive import Month
from tests.month.shop import WORKERS

CHECK = "reconciliation"
DAYS = 30
"""So far back the comparing can look."""

SHARE = 0.05
"""Of all orders and tasks this part is removed."""

FEWEST = 3

LATER = timedelta(minutes=30)
"""What is younger than a quarter of an hour is not compared yet."""

Gone = tuple[str, int]
"""``order-gone`` or ``task-gone``, and the CRM's id."""


class Removals:
    """What somebody, some program or nobody takes away after the month, and what is found of it.

    Attributes:
        removed: what was.
    """

    def __init__(self, month: Month, seed: int) -> None:
        self._month = month
        self._chance = random.Random(f"{seed}:removed")  # noqa: S311 -- repeatable, no secret
        self.removed: set[Gone] = set()

    def differences(self) -> Iterator[str]:
        """A line for each thing that is found before anything is removed, or wrongly afterwards."""
        self._month.later(seconds=LATER.total_seconds())
        yield from (f"compared before anything is gone: {kind} {number}" for kind, number in self._found())
        self._remove()
        found = self._found()
        yield from (f"removed and not found: {kind} {number}" for kind, number in self.removed - found)
        yield from (f"found and not removed: {kind} {number}" for kind, number in found - self.removed)

    def _found(self) -> set[Gone]:
        check = self._month.application.checks.checks[CHECK]
        assert isinstance(check, ReconciliationCheck)
        found = check.differences(self._month.now, DAYS)
        return {(each.kind, each.task_id or each.order_id or 0) for each in found}

    def _remove(self) -> None:
        sandbox, books = self._month.sandbox, self._month.sandbox.crm.books
        since = self._month.now - timedelta(days=DAYS - 1)
        # What managers make by hand we know nothing of; nor does the order that the sandbox begins with.
        ours = {
            order["id"]: books.orders.made_at(order["id"])
            for order in books.orders.all()
            if str(order.get("externalId", "")).startswith(("lead-", "call-", "message-"))
        }
        tasks = {task["id"]: books.tasks.made_at(task["id"]) for task in books.tasks.all()}
        for number in self._some(tasks, since):
            sandbox.remove_task(number, self._removal())
            self.removed.add(("task-gone", number))
        for number in self._some(ours, since):
            sandbox.remove_order(number, self._removal())
            self.removed.add(("order-gone", number))

    def _some(self, made: Mapping[int, datetime], since: datetime) -> list[int]:
        numbers = sorted(number for number, made_at in made.items() if made_at >= since)
        return self._chance.sample(numbers, max(FEWEST, round(len(numbers) * SHARE)))

    def _removal(self) -> Removal:
        by = self._chance.choice([None, *(one.user for one in WORKERS)])
        return Removal(by=by, leaves_trace=self._chance.random() < 1 / 2)
