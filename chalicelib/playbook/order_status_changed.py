"""An order has a new status in the CRM: its client gets the text that the shop file names for it."""

from chalicelib.crm.port import Order
from chalicelib.errors import Postponed
from chalicelib.events import OrderStatusChanged, OrderStillIn
from chalicelib.playbook.client_messages import Occasion, message_about_order
from chalicelib.playbook.desk import Decision, Desk


def on_order_status_changed(changed: OrderStatusChanged, desk: Desk) -> Decision:
    """Once for each order and text, however often the status comes and whoever tells us of it.

    Raises:
        Postponed: the order is not found by its number, but the CRM's search may still lag behind.
    """
    template = desk.shop.messages.order_statuses.get(changed.status)
    if template is None:
        return Decision(note="status-sends-nothing")
    order = find_order(changed.order_id, changed.order_number, desk)
    if order is None:
        return Decision(note="order-is-gone")
    if order.status != changed.status:
        return Decision(note="status-changed-again")
    occasion = Occasion(
        template=template,
        rule=changed.kind,
        # A trigger and the CRM's history tell of the same change: both find the same moment here.
        once=f"order:{order.id}:{template}:{(order.status_since or changed.at).isoformat()}",
        only_if=OrderStillIn(order_id=order.id, status=order.status),
    )
    message = message_about_order(order, occasion, desk)
    return Decision(note=message) if isinstance(message, str) else Decision((message,))


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
