"""Which order somebody means."""

from chalicelib.crm.port import Order
from chalicelib.errors import Postponed
from chalicelib.playbook.desk import Desk


def find_order(order_id: int | None, order_number: str, desk: Desk) -> Order | None:
    """The order with this id, else with this number; read by id, because a search may show an old status.

    Raises:
        Postponed: not found by its number, but the CRM's search may still lag behind.
    """
    if order_id is None:
        found = desk.crm.order_by_number(order_number)
        if found is None and desk.now - desk.entry.opened_at < desk.shop.crm.search_lag:
            raise Postponed("order-not-found", desk.shop.crm.search_lag, f"order {order_number}")
        order_id = found.id if found else None
    return None if order_id is None else desk.crm.order(order_id)
