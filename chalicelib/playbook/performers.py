"""Who gets a task."""

from chalicelib.crm.port import Order
from chalicelib.people import performer_for
from chalicelib.playbook.desk import Desk


def performer_of(order: Order, desk: Desk) -> int:
    """The CRM user who gets a task about this order.

    Raises:
        ConfigurationError: nobody could take it.
    """
    return performer_for(desk.shop.people, order.manager_id, desk.now, desk.shop.shop.timezone)
