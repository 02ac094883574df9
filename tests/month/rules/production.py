"""The workshop asks, promises and is done: ``docs/production.md``."""

from datetime import date, time

from tests.month import people
from tests.month.calendar import DAY, at, opening
from tests.month.effects import Answer, Span
from tests.month.happenings import Answered, Edited, Produced
from tests.month.rules.clock import SOON, Clock
from tests.month.rules.ledger import Ledger, Order, OurTask
from tests.month.rules.orders import MADE, Orders
from tests.month.scenario import QUESTION_STATUS, READY_STATUS
from tests.month.shop import MADE_STATUS, MAKING, PROMISED_FIELD, QUESTION_FIELD

GOES_ON_FROM = (*MAKING, QUESTION_STATUS, READY_STATUS)
"""From where an order goes on by itself once it is made."""

PROMISES = ("promise near", "promise past")


class Production:
    """Its questions, days and news."""

    def __init__(self, clock: Clock, ledger: Ledger, orders: Orders) -> None:
        self._clock = clock
        self._ledger = ledger
        self._orders = orders
        self._promised: dict[str, date] = {}
        self._asked: dict[str, OurTask] = {}
        self._by_webhook: set[OurTask] = set()
        self.answers: list[tuple[Answer, Span]] = []
        """What goes back to the workshop."""

    def told(self, told: Produced) -> None:
        """One event of the workshop."""
        if not self._ledger.is_news(told.id):
            return
        order = self._ledger.orders[told.order]
        match told.kind:
            case "question":
                self._by_webhook.add(self._asks(order, told.text))
            case "promised":
                assert told.day is not None
                order.notes.add("production promised")
                self._wait_for(order, told.day)
            case "ready":
                order.notes.add("production ready")
                self._ready(order)
            case _:
                order.notes.add("production")

    def edited(self, edited: Edited) -> None:
        """What production, or whoever writes for it, says in the CRM itself."""
        order = self._ledger.orders[edited.order]
        fields, status = edited.fields.get("customFields", {}), edited.fields.get("status")
        if QUESTION_FIELD in fields:
            self._asks(order, fields[QUESTION_FIELD])
        if status == QUESTION_STATUS:
            self._asks(order, edited.fields["statusComment"])
        if fields.get(PROMISED_FIELD):
            self._wait_for(order, date.fromisoformat(fields[PROMISED_FIELD]))
        elif PROMISED_FIELD in fields:
            self._waits_no_more(order)
        if status == READY_STATUS:
            self._ready(order)

    def answered(self, answered: Answered) -> None:
        """In the order's field, or with the task; to whom asked in the CRM nothing goes back."""
        order = self._ledger.orders[answered.order]
        task = self._asked.pop(order.key, None)
        if task is None or task.is_complete:
            return
        task.is_complete = True
        if task in self._by_webhook:
            self.answers.append((Answer(order.key, task.detail, answered.text), self._clock.span(SOON)))

    def _asks(self, order: Order, text: str) -> OurTask:
        self._asked[order.key] = task = self._task(order, "production question", text)
        return task

    def _waits_no_more(self, order: Order) -> None:
        self._promised.pop(order.key, None)
        self._ledger.complete(order, PROMISES)

    def _wait_for(self, order: Order, day: date) -> None:
        """The manager hears when the day is near, and at the next opening when it is over."""
        self._waits_no_more(order)
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
        if order.status in GOES_ON_FROM:
            self._orders.moved_by_us(order, MADE_STATUS)
            self._ledger.text(order, "ready")
        elif order.status != MADE_STATUS:
            self._task(order, "ready elsewhere")

    def _task(self, order: Order, kind: str, detail: str = "") -> OurTask:
        span = self._clock.span(SOON)
        task = OurTask(kind, span, people.performers(order.manager, order.fields, span), detail=detail)
        order.tasks.append(task)
        return task
