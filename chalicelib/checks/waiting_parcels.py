"""Keeps the list of parcels that wait at a pickup point, for who looks at them."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from chalicelib.checks.pickup_steps import pickup_steps
from chalicelib.checks.port import Finding
from chalicelib.crm.port import CrmReader, Order
from chalicelib.engine.port import Document, Documents
from chalicelib.ladder_memory import LadderMemory, pickup_key
from chalicelib.ladders import WEEKDAYS, highest_due, step_due_at
from chalicelib.settings import Shop
from chalicelib.waiting_memory import LONGEST_TEXT, WaitingHead, WaitingParcel, keep_waiting, read_head

PAUSE_FOR_A_PAGE = timedelta(minutes=1)
"""For each 100 orders: a long list takes the CRM no more than a request a minute."""

LONGEST_PAUSE = timedelta(minutes=10)
ORDERS_A_PAGE = 100


class WaitingParcels:
    """Sees what waits and writes it down; what should be done about it, ``stalled-pickups`` finds."""

    name = "waiting-parcels"
    every = timedelta(minutes=2)
    has_baseline = False

    def __init__(self, shop: Shop, crm: CrmReader, documents: Documents) -> None:
        """Look into this CRM, and into what couriers told us."""
        self._shop = shop
        self._crm = crm
        self._documents = documents

    def find(self, now: datetime) -> list[Finding]:
        """Write the list anew, if it is time. A request to the CRM and a read of our memory for each 100."""
        if not self._is_young(read_head(self._documents), now):
            keep_waiting(self._documents, list(self._waiting(now)), now)
        return []

    def look(self, now: datetime) -> list[str]:
        """See the port."""
        waiting = sorted(self._waiting(now), key=lambda parcel: parcel.since)
        return [f"{parcel.order_number}: waits for {(now - parcel.since).days} d" for parcel in waiting]

    def _is_young(self, head: WaitingHead, now: datetime) -> bool:
        """Whether the list need not be looked at again yet."""
        pause = min(head.count // ORDERS_A_PAGE * PAUSE_FOR_A_PAGE, LONGEST_PAUSE)
        return head.looked_at is not None and now - head.looked_at < pause

    def _waiting(self, now: datetime) -> Iterator[WaitingParcel]:
        for orders in self._crm.orders_in([self._shop.pickup_status]):
            documents = self._documents.get_many([pickup_key(order.id) for order in orders])
            for order in orders:
                parcel = self._parcel(order, documents[pickup_key(order.id)], now)
                if parcel is not None:
                    yield parcel

    def _parcel(self, order: Order, document: Document, now: datetime) -> WaitingParcel | None:
        """None if the courier says that it has left."""
        memory = LadderMemory.model_validate(document.content)
        stay = memory.oldest_stay
        since = memory.waits_since(order.status_since)
        if since is None:
            return None
        steps = pickup_steps(order, stay, self._shop)
        hours = None if self._shop.ladders.weekends else WEEKDAYS
        zone = self._shop.shop.timezone
        moments = (step_due_at(step, since, hours, zone) for step in steps)
        return WaitingParcel(
            order_id=order.id,
            order_number=order.number[:LONGEST_TEXT],
            since=since,
            is_couriers_time=stay is not None,
            courier=(stay.source if stay else order.delivery_code)[:LONGEST_TEXT],
            city=order.city.strip()[:LONGEST_TEXT],
            manager_id=order.manager_id,
            step=highest_due(steps, since, now, hours, zone),
            told=memory.told,
            next_at=next((at for at in moments if at > now), None),
            keep_until=stay.keep_until if stay else None,
            is_estimate=stay.is_estimate if stay else False,
            to_pay=order.to_pay,
        )
