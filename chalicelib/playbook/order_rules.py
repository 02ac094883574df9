"""What follows from an order's state in the CRM, whatever changed and whoever told us."""

from collections.abc import Callable, Sequence
from datetime import datetime

from chalicelib.crm.port import Order
from chalicelib.events import OrderEdited
from chalicelib.playbook.desk import Decision, Desk, joined
from chalicelib.playbook.order_mistakes import order_mistakes
from chalicelib.playbook.orders import find_order
from chalicelib.playbook.production_orders import production_of_order

ORDER_RULES: Sequence[Callable[[Order, datetime, Desk], Decision]] = (order_mistakes, production_of_order)
"""Each looks at the order as it is now, and at what we remember of it: the same news twice is none.

They are told when that happened of which we have heard now, which may be days ago.

Their claims are documents of their own.
"""


def on_order_edited(edited: OrderEdited, desk: Desk) -> Decision:
    """Look at the order again.

    Raises:
        Postponed: as ``find_order``, or another entry is at work for this order.
    """
    order = find_order(edited.order_id, edited.order_number, desk)
    return Decision(note="order-is-gone") if order is None else review(order, edited.at, desk)


def review(order: Order, happened_at: datetime, desk: Desk) -> Decision:
    """What all rules say of an order, of which something was told that happened then.

    Raises:
        Postponed: another entry is at work for it.
    """
    return joined([rule(order, happened_at, desk) for rule in ORDER_RULES])
