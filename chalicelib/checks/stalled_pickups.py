"""Parcels that wait long at their pickup point."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from chalicelib.checks.pickup_steps import pickup_steps
from chalicelib.checks.port import Finding
from chalicelib.config_types import written
from chalicelib.crm.port import CrmReader, Order
from chalicelib.engine.port import Document, Documents
from chalicelib.events import PickupStalled
from chalicelib.gate.tickets import phone_group
from chalicelib.ladder_memory import LadderMemory, pickup_key
from chalicelib.ladders import WEEKDAYS, Steps, highest_due
from chalicelib.people import with_crm_user
from chalicelib.settings import Shop


class StalledPickups:
    """Finds each order whose parcel has waited at its pickup point for a step of the ladder."""

    name = "stalled-pickups"
    every = timedelta(hours=1)
    has_baseline = True

    def __init__(self, shop: Shop, crm: CrmReader, documents: Documents) -> None:
        """Look into this CRM, and into what couriers told us."""
        self._shop = shop
        self._crm = crm
        self._documents = documents

    def find(self, now: datetime) -> Iterator[Finding]:
        """See the port. One request to the CRM and one read of our memory for each 100 orders."""
        for orders in self._crm.orders_in([self._shop.pickup_status]):
            documents = self._documents.get_many([pickup_key(order.id) for order in orders])
            for order in orders:
                found = self._about(order, documents[pickup_key(order.id)], now)
                if isinstance(found, Finding):
                    yield found

    def about(self, order: Order, now: datetime) -> Finding | str:
        """See the port."""
        if order.status != self._shop.pickup_status:
            return f"its status {order.status} is not {self._shop.pickup_status}"
        return self._about(order, self._documents.get(pickup_key(order.id)), now)

    def _about(self, order: Order, document: Document, now: datetime) -> Finding | str:
        memory = LadderMemory.model_validate(document.content)
        since = memory.waits_since(order.status_since)
        if since is None:
            return "its parcel has left the pickup point, says the courier"
        hours = None if self._shop.ladders.weekends else WEEKDAYS
        steps = pickup_steps(order, memory.oldest_stay, self._shop)
        step = highest_due(steps, since, now, hours, self._shop.shop.timezone)
        if step is None:
            return f"{self._waiting(memory, since, now)}; no step of {_all(steps)} is due"
        return Finding(
            dedup_id=f"pickup:{order.id}:{since.isoformat()}:{written(step)}",
            group=phone_group(*order.phones),
            event=PickupStalled(
                order_id=order.id,
                order_number=order.number,
                arrived_at=since,
                step=step,
                keep_until=memory.oldest_stay.keep_until if memory.oldest_stay else None,
            ),
            line=self._line(order, memory, since, step, now),
        )

    def _line(
        self, order: Order, memory: LadderMemory, since: datetime, step: timedelta, now: datetime
    ) -> str:
        return (
            f"{order.number}: {self._waiting(memory, since, now)}; step {written(step)};"
            f" for {self._performer(order, now)}"
        )

    def _performer(self, order: Order, now: datetime) -> str:
        """Who should phone. Of several at work, one is chosen when the task is made."""
        if order.manager_id is None:
            return "who is on duty"
        person = with_crm_user(self._shop.people, order.manager_id)
        if person is not None and person.is_absent(now, self._shop.shop.timezone):
            return f"who is on duty while {person.name} is absent"
        return person.name if person else f"CRM user {order.manager_id}"

    def _waiting(self, memory: LadderMemory, since: datetime, now: datetime) -> str:
        waited = written(timedelta(hours=(now - since) // timedelta(hours=1)))
        whose = "the courier's time" if memory.stays else "the order's status"
        local = since.astimezone(self._shop.shop.timezone)
        return f"waits {waited}, since {local:%d.%m. %H:%M} by {whose}"


def _all(steps: Steps) -> str:
    return ", ".join(written(step) for step in steps) or "an empty ladder"
