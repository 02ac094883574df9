"""Parcels that wait long at their pickup point."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from chalicelib.checks.port import Finding
from chalicelib.config_types import written
from chalicelib.crm.port import CrmReader, Order
from chalicelib.engine.port import Document, Documents
from chalicelib.events import PickupStalled
from chalicelib.gate.tickets import phone_group
from chalicelib.ladder_memory import LadderMemory, Stay, pickup_key
from chalicelib.ladders import WEEKDAYS, Steps, highest_due
from chalicelib.people import performer_for, with_crm_user
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
                finding = self._finding(order, _memory(order, documents), now)
                if finding is not None:
                    yield finding

    def _finding(self, order: Order, memory: LadderMemory, now: datetime) -> Finding | None:
        since = memory.waits_since(order.status_since)
        if since is None:
            return None
        hours = None if self._shop.ladders.weekends else WEEKDAYS
        steps = self._steps(order, memory.oldest_stay)
        step = highest_due(steps, since, now, hours, self._shop.shop.timezone)
        if step is None:
            return None
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

    def _steps(self, order: Order, stay: Stay | None) -> Steps:
        """The steps of the source, else of its provider, else of the way of delivery, else everybody's."""
        own = self._shop.ladders.couriers
        source = self._shop.sources.get(stay.source) if stay else None
        names = (stay.source if stay else "", source.provider if source else "", order.delivery_code)
        return next((own[name] for name in names if name in own), self._shop.ladders.stalled_pickup)

    def _line(
        self, order: Order, memory: LadderMemory, since: datetime, step: timedelta, now: datetime
    ) -> str:
        zone = self._shop.shop.timezone
        waited = written(timedelta(hours=(now - since) // timedelta(hours=1)))
        whose = "the courier's time" if memory.stays else "the order's status"
        performer = performer_for(self._shop.people, order.manager_id, now, zone)
        person = with_crm_user(self._shop.people, performer)
        return (
            f"{order.number}: waits {waited}, since {since.astimezone(zone):%d.%m. %H:%M} by {whose};"
            f" step {written(step)}; for {person.name if person else f'CRM user {performer}'}"
        )


def _memory(order: Order, documents: Mapping[str, Document]) -> LadderMemory:
    return LadderMemory.model_validate(documents[pickup_key(order.id)].content)
