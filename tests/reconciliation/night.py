"""A shop that worked for a while, and a night in which what it made is compared with the CRM."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from datetime import timedelta
from pathlib import Path
from typing import Any

from chalicelib.checks.reconciliation import ReconciliationCheck
from chalicelib.events import Difference
from sandbox.retailcrm.removing import Removal
from tests.world import MORNING, World, example_shop

CHECK = "reconciliation"
BY_ANNA = Removal(by=1)
BY_PROGRAM = Removal()
WITHOUT_TRACE = Removal(leaves_trace=False)
STATUSES = {
    "in_transit": "delivering",
    "waiting": "arrived-in-pickup-point",
    "delivered": "complete",
}


class Night(World):
    """A world in which the check may act."""

    def __init__(
        self, folder: Path, *, accepted: bool = True, changes: Mapping[str, Mapping[str, Any]] | None = None
    ) -> None:
        tables: Mapping[str, Mapping[str, Any]] = {
            "crm": {"parcel_statuses": STATUSES},
            "telephony": {"escalate_after": "never"},
            **(changes or {}),
        }
        super().__init__(folder, example_shop(**tables))
        self.orders_made: list[int] = []
        self.tasks_made: list[int] = []
        if accepted:
            self.accept()

    def accept(self) -> None:
        self.application.checks.accept(CHECK)

    @property
    def check(self) -> ReconciliationCheck:
        check = self.application.checks.checks[CHECK]
        assert isinstance(check, ReconciliationCheck)
        return check

    def new_order(self, number: int) -> int:
        """A lead of somebody new becomes an order."""
        self.lead(f"1:{number}", Phone=phone(number), Name="Анна")
        self.work()
        return int(self.state["orders"][-1]["id"])

    def new_task(self, number: int) -> int:
        """The same client calls in vain: their order's manager gets a task."""
        self.call(phone(number)[1:], f"call-{number}")
        self.work()
        return int(self.tasks[-1]["id"])

    def night(self) -> None:
        """The next night's comparing, and everything that follows of it."""
        self.later(days=1)
        self.compare()

    def compare(self) -> None:
        self.application.checks.run(CHECK)
        self.work_for(timedelta(minutes=1), minutes=2)

    def differences(self) -> dict[str, str]:
        """What each difference is now, by its kind and what it is about."""
        return {each.key: each.fate for each in self.all_differences()}

    def all_differences(self) -> list[Difference]:
        return list(self.check.differences(self.now + timedelta(hours=1)))

    @contextmanager
    def as_it_was(self) -> Iterator[None]:
        """What is removed meanwhile is back at the end."""
        books = self.sandbox.crm.books
        kept = {name: deepcopy(getattr(books, name)) for name in ("orders", "tasks")}
        histories = {name: deepcopy(getattr(books, name)) for name in ("order_history", "task_history")}
        try:
            yield
        finally:
            for name, part in {**kept, **histories}.items():
                getattr(books, name).__dict__.update(part.__dict__)

    @property
    def told(self) -> list[str]:
        return [alert for alert in self.alerts if alert.startswith("Сверка с CRM")]

    def set_status_unseen(self, order_id: int, status: str) -> None:
        """The CRM loses a write: it was there, and nobody took it back."""
        orders = self.sandbox.crm.books.orders
        order = orders.get(order_id)
        assert order is not None
        orders.change(order_id, {**order, "status": status}, self.now)


def phone(number: int) -> str:
    return f"+7916{number:07}"


__all__ = ["BY_ANNA", "BY_PROGRAM", "CHECK", "MORNING", "WITHOUT_TRACE", "Night", "phone"]
