"""What couriers tell: ``docs/parcels.md``."""

from datetime import timedelta

from tests.month import people
from tests.month.happenings import Told
from tests.month.rules.clock import Clock
from tests.month.rules.ledger import Ledger, Order, OurTask
from tests.month.rules.orders import Orders
from tests.month.rules.waiting import Waiting
from tests.month.shop import PARCEL_STATUSES

LATER_NEWS_FIRST = timedelta(minutes=1)
WORDS = {
    "RECEIVED_AT_SHIPMENT_WAREHOUSE": "in_transit",
    "ACCEPTED_IN_RECIPIENT_CITY": "in_transit",
    "ACCEPTED_AT_PICK_UP_POINT": "waiting",
    "DELIVERED": "delivered",
    "NOT_DELIVERED": "returning",
}


class Parcels:
    """Statuses may come twice, late, or in any order: the courier's own clock counts."""

    def __init__(self, clock: Clock, ledger: Ledger, orders: Orders, waiting: Waiting) -> None:
        self._clock = clock
        self._ledger = ledger
        self._orders = orders
        self._waiting = waiting

    def told(self, told: Told) -> None:
        """One status."""
        order = self._ledger.orders[told.order]
        word = WORDS[told.code]
        if order.parcel is not None and (
            order.parcel[1] == "delivered" or told.happened_at <= order.parcel[0]
        ):
            return
        order.parcel = (told.happened_at, word)
        if not order.is_open and word != "delivered":
            return
        if word == "waiting":
            self._arrived(order, is_late=self._clock.now > told.at)
            self._waiting.at_pickup(order, told.happened_at)
        if word == "returning":
            span = self._clock.span()
            performers = people.performers(order.manager, order.fields, span)
            order.tasks.append(OurTask("parcel", span, performers))
        if PARCEL_STATUSES[word] != order.status:
            self._orders.moved_by_us(order, PARCEL_STATUSES[word])

    def _arrived(self, order: Order, *, is_late: bool) -> None:
        """The client hears; after an outage a minute later, unless the parcel has left by then."""
        parcel = order.parcel

        def tell() -> None:
            if order.parcel == parcel:
                self._ledger.text(order, "arrived")

        if is_late:
            self._clock.at(self._clock.now + LATER_NEWS_FIRST, tell)
        else:
            tell()
