"""New orders that nobody has looked at."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from chalicelib.checks.port import Finding
from chalicelib.config_types import written
from chalicelib.crm.port import CrmReader, Order
from chalicelib.events import LeadUnprocessed
from chalicelib.gate.tickets import phone_group
from chalicelib.ladders import highest_due
from chalicelib.settings import Shop


class UnprocessedLeads:
    """Finds each order, whoever made it, that has been new for a step of the ladder in the shop's hours."""

    name = "unprocessed-leads"
    every = timedelta(minutes=5)
    has_baseline = True

    def __init__(self, shop: Shop, crm: CrmReader) -> None:
        """Look into this CRM."""
        self._shop = shop
        self._crm = crm

    def find(self, now: datetime) -> Iterator[Finding]:
        """See the port. One request to the CRM for each 100 orders."""
        for orders in self._crm.orders_in(self._shop.unprocessed_statuses):
            for order in orders:
                found = self._about(order, now)
                if isinstance(found, Finding):
                    yield found

    def about(self, order: Order, now: datetime) -> Finding | str:
        """See the port."""
        if order.status not in self._shop.unprocessed_statuses:
            return f"its status {order.status} is not {' or '.join(sorted(self._shop.unprocessed_statuses))}"
        return self._about(order, now)

    def _about(self, order: Order, now: datetime) -> Finding | str:
        steps = self._shop.ladders.unprocessed_lead
        since = order.status_since or order.created_at
        zone = self._shop.shop.timezone
        step = highest_due(steps, since, now, self._shop.shop.hours, zone)
        new_since = f"new since {since.astimezone(zone):%d.%m. %H:%M}"
        if step is None:
            due = ", ".join(written(each) for each in steps)
            return f"{new_since}; no step of {due} in the shop's hours is due"
        is_first = step == steps[0]
        return Finding(
            dedup_id=f"lead:{order.id}:{since.isoformat()}:{written(step)}",
            group=phone_group(*order.phones),
            event=LeadUnprocessed(
                order_id=order.id,
                order_number=order.number,
                waiting_since=since,
                step=step,
                is_first=is_first,
            ),
            line=(
                f"{order.number}: {new_since}; step {written(step)} in the shop's hours;"
                f" for {'its manager, or who is on duty' if is_first else 'the boss'}"
            ),
        )
