"""The workshop asks, promises and is done: ``docs/production.md``."""

from datetime import date, time

from tests.month import people
from tests.month.calendar import DAY, at, opening
from tests.month.effects import Answer, Span
from tests.month.happenings import Answered, Produced
from tests.month.rules.clock import SOON, Clock
from tests.month.rules.ledger import Ledger, Order, OurTask
from tests.month.rules.orders import MADE, Orders
from tests.month.shop import MADE_STATUS, MAKING


class Production:
    """Its questions, days and news."""

    def __init__(self, clock: Clock, ledger: Ledger, orders: Orders) -> None:
        self._clock = clock
        self._ledger = ledger
        self._orders = orders
        self._promised: dict[str, date] = {}
        self._asked: dict[str, tuple[str, OurTask]] = {}
        self.answers: list[tuple[Answer, Span]] = []
        """What goes back to the workshop."""

    def told(self, told: Produced) -> None:
        """One event of the workshop."""
        if not self._ledger.is_news(told.id):
            return
        order = self._ledger.orders[told.order]
        match told.kind:
            case "question":
                self._asked[order.key] = (told.text, self._task(order, "production question", told.text))
            case "promised":
                order.notes.add("production promised")
                self._wait_for(order, told)
            case "ready":
                order.notes.add("production ready")
                self._ready(order)
            case _:
                order.notes.add("production")

    def answered(self, answered: Answered) -> None:
        """In the order's field, or with the task."""
        order = self._ledger.orders[answered.order]
        asked, task = self._asked.pop(order.key, ("", None))
        if task is None or task.is_complete:
            return
        task.is_complete = True
        self.answers.append((Answer(order.key, asked, answered.text), self._clock.span(SOON)))

    def _wait_for(self, order: Order, told: Produced) -> None:
        """The manager hears when the day is near, and at the next opening when it is over."""
        day = told.day
        assert day is not None
        self._promised[order.key] = day
        near, past = (opening(at(day + DAY * days, time())) for days in (-1, 1))

        def is_near() -> None:
            if self._is_late(order, day):
                self._task(order, "promise near")
                self._clock.once_there(max(past, self._clock.now), is_past)

        def is_past() -> None:
            if self._is_late(order, day):
                self._ledger.complete(order, ["promise near"])
                self._task(order, "promise past")

        self._clock.once_there(max(near, self._clock.now), is_near)

    def _is_late(self, order: Order, day: date) -> bool:
        return order.is_open and self._promised.get(order.key) == day

    def _ready(self, order: Order) -> None:
        self._promised.pop(order.key, None)
        self._ledger.complete(order, MADE)
        if order.status in MAKING:
            self._orders.moved_by_us(order, MADE_STATUS)
            self._ledger.text(order, "ready")
        elif order.status != MADE_STATUS:
            self._task(order, "ready elsewhere")

    def _task(self, order: Order, kind: str, detail: str = "") -> OurTask:
        span = self._clock.span(SOON)
        task = OurTask(kind, span, people.performers(order.manager, order.fields, span), detail=detail)
        order.tasks.append(task)
        return task
