"""Count what the CRM's orders tell of the formula's indicators C, Pu, D, Q1 and Rt. Pure.

An order belongs to the day on which it was made. A client is a card in the CRM; an order without a card is
a client of its own. Pu and D are those of the orders that were kept: so clients · Pu · D · (Q1 - Rt) is
exactly what was bought and kept.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from chalicelib.crm.port import Order
from chalicelib.memory import Memory
from chalicelib.profit.formula import Indicator
from chalicelib.profit.settings import ProfitSettings


@dataclass(frozen=True, slots=True)
class Sale:
    """What one order counts as.

    Attributes:
        client: the id of the client's card, or minus the order's own id where there is no card.
        is_returned: True if it was sold and came back.
        is_under_way: True if it is not sold, and nobody has finished it: it may be sold yet.
        goods: what its goods came to, with all discounts, without the delivery.
        pieces: how many pieces these were.
    """

    client: int
    is_sold: bool
    is_returned: bool
    is_under_way: bool
    goods: Decimal
    pieces: Decimal


class Counted(Memory):
    """What some orders of a period come to. Money is in the CRM's currency.

    Attributes:
        leads: how many clients made an order, whatever became of it.
        clients: how many of them bought something.
        sold: how many orders were sold, those that came back included; ``returned`` of them came back.
        under_way: how many orders may be sold yet.
        pieces: of the orders that were kept; ``goods`` likewise, what they came to.
    """

    leads: int = 0
    clients: int = 0
    sold: int = 0
    returned: int = 0
    under_way: int = 0
    pieces: Decimal = Decimal(0)
    goods: Decimal = Decimal(0)

    @property
    def kept(self) -> int:
        """How many orders were sold and did not come back."""
        return self.sold - self.returned

    def indicators(self) -> dict[Indicator, Fraction]:
        """Those that can be told: what would be a division by zero is not there."""
        ratios = (
            (Indicator.C, Fraction(self.clients), self.leads),
            (Indicator.PU, Fraction(self.goods), self.pieces),
            (Indicator.D, Fraction(self.pieces), self.kept),
            (Indicator.Q1, Fraction(self.sold), self.clients),
            (Indicator.RT, Fraction(self.returned), self.clients),
        )
        return {indicator: above / Fraction(below) for indicator, above, below in ratios if below}


class CountedDay(Memory):
    """The orders of one day, so that days can be put together: a client who came twice is one client.

    Attributes:
        leads: the clients who made an order, in order; ``clients`` those of them who bought something.
    """

    leads: tuple[int, ...] = ()
    clients: tuple[int, ...] = ()
    sold: int = 0
    returned: int = 0
    under_way: int = 0
    pieces: Decimal = Decimal(0)
    goods: Decimal = Decimal(0)


@dataclass(slots=True)
class DayCount:
    """The orders of a day so far. They are taken in one by one, because a rush brings many.

    Attributes:
        leads: the clients who made an order; ``clients`` those of them who bought something.
        kept: how many were sold and did not come back.
    """

    leads: set[int] = field(default_factory=set)
    clients: set[int] = field(default_factory=set)
    kept: int = 0
    returned: int = 0
    under_way: int = 0
    pieces: Decimal = Decimal(0)
    goods: Decimal = Decimal(0)

    def add(self, sale: Sale) -> None:
        """One more."""
        self.leads.add(sale.client)
        self.under_way += sale.is_under_way
        if not sale.is_sold:
            return
        self.clients.add(sale.client)
        if sale.is_returned:
            self.returned += 1
            return
        self.kept += 1
        self.pieces += sale.pieces
        self.goods += sale.goods

    def counted(self) -> CountedDay:
        """The day, once all its orders are taken in."""
        return CountedDay(
            leads=tuple(sorted(self.leads)),
            clients=tuple(sorted(self.clients)),
            sold=self.kept + self.returned,
            returned=self.returned,
            under_way=self.under_way,
            pieces=self.pieces,
            goods=self.goods,
        )


def total(days: Iterable[CountedDay]) -> Counted:
    """What these days come to together."""
    every = list(days)
    return Counted(
        leads=len({client for day in every for client in day.leads}),
        clients=len({client for day in every for client in day.clients}),
        sold=sum(day.sold for day in every),
        returned=sum(day.returned for day in every),
        under_way=sum(day.under_way for day in every),
        pieces=sum((day.pieces for day in every), Decimal(0)),
        goods=sum((day.goods for day in every), Decimal(0)),
    )


def sale(order: Order, settings: ProfitSettings) -> Sale:
    """What an order counts as now; it may be another thing tomorrow."""
    is_returned = order.status in settings.returned
    is_paid = order.is_open and order.total > 0 and order.to_pay <= 0
    is_sold = is_returned or order.status in settings.sold or is_paid
    return Sale(
        client=order.customer_id or -order.id,
        is_sold=is_sold,
        is_returned=is_returned,
        is_under_way=order.is_open and not is_sold,
        goods=order.goods,
        pieces=sum((item.quantity for item in order.items if not item.is_cancelled), Decimal(0)),
    )
