from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from chalicelib.crm.port import Order
from chalicelib.mistakes.trying import LONGEST, last_orders
from tests.mistakes.orders import an_order

NOW = datetime(2026, 11, 20, 4, tzinfo=UTC)


class Orders:
    """A CRM with an order each so often."""

    def __init__(self, every: timedelta, count: int) -> None:
        self._orders = [an_order(id=number, created_at=NOW - number * every) for number in range(count)]
        self.asked: list[tuple[datetime, datetime]] = []

    def orders_made(self, since: datetime, until: datetime) -> Iterator[Sequence[Order]]:
        self.asked.append((since, until))
        found = [order for order in self._orders if since <= order.created_at <= until]
        for first in range(0, len(found), 100):
            yield found[first : first + 100]


def ids(crm: Orders, count: int) -> list[int]:
    told: list[int] = []
    found = [order.id for order in last_orders(crm, NOW, count, told.append)]  # type: ignore[arg-type]  # it reads nothing else
    assert told == sorted(told)
    assert found == sorted(set(found))
    return found


def test_the_newest_orders_are_found_however_many_there_are_in_a_day() -> None:
    busy = Orders(timedelta(minutes=1), 5000)
    assert ids(busy, 500) == list(range(500))
    assert len(busy.asked) == 1
    quiet = Orders(timedelta(days=2), 300)
    assert ids(quiet, 20) == list(range(20))
    assert len(quiet.asked) == 6


def test_a_shop_with_fewer_orders_is_not_searched_for_ever() -> None:
    small = Orders(timedelta(days=1), 3)
    assert ids(small, 500) == [0, 1, 2]
    assert small.asked[-1][0] >= NOW - 2 * LONGEST
    assert len(small.asked) == 10
