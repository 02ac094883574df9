"""What the CRM's orders count as."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.crm.port import Order, OrderItem
from chalicelib.profit.counting import Counted, CountedDay, DayCount, Sale, sale, total
from chalicelib.profit.formula import Indicator
from chalicelib.profit.settings import ProfitSettings

SETTINGS = ProfitSettings()

money = st.decimals(min_value=0, max_value=100_000, places=2)
pieces = st.decimals(min_value=Decimal("0.001"), max_value=50, places=3)


@st.composite
def sales(draw: st.DrawFn) -> Sale:
    is_sold = draw(st.booleans())
    return Sale(
        client=draw(st.integers(1, 5)),
        is_sold=is_sold,
        is_returned=is_sold and draw(st.booleans()),
        is_under_way=not is_sold and draw(st.booleans()),
        goods=draw(money),
        pieces=draw(pieces),
    )


def day_of(sales: Iterable[Sale]) -> CountedDay:
    count = DayCount()
    for each in sales:
        count.add(each)
    return count.counted()


def order(**fields: Any) -> Order:
    common = {"id": 7, "number": "7A", "status": "new", "is_open": True, "customer_id": 3}
    return Order(**{**common, "created_at": datetime(2026, 11, 20, tzinfo=UTC), **fields})


@given(st.lists(st.lists(sales(), max_size=8), max_size=4))
def test_clients_times_what_each_brought_is_what_was_kept(days: Sequence[Sequence[Sale]]) -> None:
    """The identity that the counted indicators are defined for."""
    counted = total(day_of(day) for day in days)
    every = [sale for day in days for sale in day]
    kept = sum((sale.goods for sale in every if sale.is_sold and not sale.is_returned), Decimal(0))
    told = counted.indicators()
    if not counted.kept:
        assert Indicator.PU not in told
        assert kept == counted.goods == 0
        return
    clients = counted.leads * told[Indicator.C]
    a_client = told[Indicator.PU] * told[Indicator.D] * (told[Indicator.Q1] - told[Indicator.RT])
    assert clients == counted.clients
    assert clients * a_client == Fraction(kept)


@given(st.lists(sales(), max_size=10), st.integers(0, 10))
def test_days_together_are_what_one_day_would_be(all_sales: Sequence[Sale], first: int) -> None:
    two = [day_of(all_sales[:first]), day_of(all_sales[first:])]
    assert total(two) == total([day_of(all_sales)])


def test_a_client_who_came_on_two_days_is_one_client() -> None:
    amounts = {"goods": Decimal(100), "pieces": Decimal(2)}
    bought = Sale(client=1, is_sold=True, is_returned=False, is_under_way=False, **amounts)
    counted = total([day_of([bought]), day_of([bought])])
    assert counted == Counted(leads=1, clients=1, sold=2, goods=Decimal(200), pieces=Decimal(4))


def test_nothing_is_told_of_nothing() -> None:
    assert Counted().indicators() == {}


@pytest.mark.parametrize(
    ("fields", "is_sold", "is_returned", "is_under_way"),
    [
        ({"status": "new"}, False, False, True),
        ({"status": "complete", "is_open": False}, True, False, False),
        ({"status": "return", "is_open": False}, True, True, False),
        ({"status": "prepayed", "total": Decimal(100), "to_pay": Decimal(0)}, True, False, False),
        ({"status": "prepayed", "total": Decimal(100), "to_pay": Decimal(1)}, False, False, True),
        ({"status": "new", "total": Decimal(0), "to_pay": Decimal(0)}, False, False, True),
        ({"status": "cancel-other", "is_open": False, "total": Decimal(100)}, False, False, False),
    ],
)
def test_what_orders_count_as(
    fields: dict[str, Any], is_sold: bool, is_returned: bool, is_under_way: bool
) -> None:
    counted = sale(order(**fields), SETTINGS)
    assert (counted.is_sold, counted.is_returned, counted.is_under_way) == (
        is_sold,
        is_returned,
        is_under_way,
    )


def test_what_was_taken_out_of_an_order_does_not_count() -> None:
    items = (
        OrderItem(quantity=Decimal(2), price=Decimal(50)),
        OrderItem(quantity=Decimal(3), price=Decimal(50), is_cancelled=True),
    )
    counted = sale(order(items=items, goods=Decimal(100), total=Decimal(400)), SETTINGS)
    assert (counted.pieces, counted.goods) == (Decimal(2), Decimal(100))


def test_an_order_without_a_card_is_a_client_of_its_own() -> None:
    clients = {sale(order(id=number, customer_id=None), SETTINGS).client for number in (3, 4)}
    assert len({*clients, sale(order(), SETTINGS).client}) == 3


def test_a_status_is_sold_or_returned() -> None:
    with pytest.raises(ValueError, match="return is in sold and in returned"):
        ProfitSettings(sold=frozenset({"return"}))
