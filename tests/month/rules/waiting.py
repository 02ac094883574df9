"""What waits too long: ``docs/checks.md``."""

from collections.abc import Callable
from datetime import datetime, timedelta

from tests.month import people
from tests.month.calendar import add_open
from tests.month.rules.clock import HOURLY, SOON, Clock
from tests.month.rules.ledger import Order, OurTask
from tests.month.shop import BOSS, LEAD_STEPS, PARCEL_STATUSES, PICKUP_STEPS

NEW = ("new order", "new order, boss")


class Waiting:
    """New orders that nobody answers, and parcels that nobody collects."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def for_an_answer(self, order: Order) -> None:
        """From now on."""
        since = order.since
        for number, step in enumerate(LEAD_STEPS):
            self._clock.once_there(add_open(since, step), self._unanswered(order, since, number))

    def _unanswered(self, order: Order, since: datetime, number: int) -> Callable[[], None]:
        def told() -> None:
            if order.status != "new" or order.since != since:
                return
            later = [add_open(since, step) for step in LEAD_STEPS[number + 1 :]]
            # Of several steps that are due only the highest is told.
            if any(due <= self._clock.now for due in later):
                return
            # After an outage nobody knows to the minute when the order was made.
            span = self._clock.span(SOON + (order.made.last - order.made.first))
            if number == 0:
                task = OurTask(NEW[0], span, people.at_once(order.manager, order.fields, span))
            else:
                task = OurTask(NEW[1], span, frozenset({BOSS}))
            task.is_sure = not any(due <= span.last for due in later)
            order.tasks.append(task)

        return told

    def at_pickup(self, order: Order, arrived_at: datetime) -> None:
        """Since then, by the courier's clock."""
        for step in PICKUP_STEPS:
            due = max(self._clock.now, arrived_at + step)
            self._clock.once_there(due, self._not_collected(order, arrived_at, step))

    def _not_collected(self, order: Order, arrived_at: datetime, step: timedelta) -> Callable[[], None]:
        def told() -> None:
            still_waits = order.status == PARCEL_STATUSES["waiting"]
            if still_waits and order.parcel == (arrived_at, "waiting"):
                span = self._clock.span(HOURLY)
                performers = people.performers(order.manager, order.fields, span)
                order.tasks.append(OurTask("pickup", span, performers, detail=str(step.days)))

        return told
