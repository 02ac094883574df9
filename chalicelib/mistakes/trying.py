"""What the rules would find among orders that are there already. Nothing is written."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from chalicelib.crm.port import CrmReader, Order
from chalicelib.mistakes.steps import requirements_broken
from chalicelib.scenario.settings import Scenario

FIRST_SPAN = timedelta(days=1)
LONGEST = timedelta(days=2 * 365)
"""Further back nobody looks."""


@dataclass(frozen=True, slots=True)
class Find:
    """A rule that an order breaks where it stands."""

    order_number: str
    status: str
    manager_id: int | None
    rule: str


def last_orders(crm: CrmReader, now: datetime, count: int, progress: Callable[[int], None]) -> list[Order]:
    """The orders that were made last, whatever became of them, newest first; fewer if there are no more.

    They are asked for by ever longer times, because nothing tells how many a shop has in a day.

    Args:
        crm: to read.
        now: until when.
        count: how many at most.
        progress: is told after each page how many were read.

    Raises:
        LeadkeeperError: as the port raises.
    """
    found: dict[int, Order] = {}
    until, span = now, FIRST_SPAN
    while len(found) < count and now - until < LONGEST:
        for page in crm.orders_made(until - span, until):
            found.update((order.id, order) for order in page)
            progress(len(found))
        until, span = until - span, 2 * span
    return sorted(found.values(), key=lambda order: (order.created_at, order.id), reverse=True)[:count]


def tried(orders: Iterable[Order], scenario: Scenario) -> Iterator[Find]:
    """What each of them lacks for the status that it has. Nothing tells how it came there."""
    for order in orders:
        for broken in requirements_broken(order, order.status, scenario):
            yield Find(order.number, order.status, order.manager_id, broken.rule)
