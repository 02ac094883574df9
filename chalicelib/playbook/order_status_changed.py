"""An order has a new status in the CRM: its client gets a text for it, and the order is looked at."""

from chalicelib.crm.port import Order
from chalicelib.events import OrderStatusChanged, OrderStillIn
from chalicelib.playbook.client_messages import Occasion, message_about_order
from chalicelib.playbook.desk import Decision, Desk, joined
from chalicelib.playbook.order_mistakes import went_back
from chalicelib.playbook.order_rules import review
from chalicelib.playbook.orders import find_order


def on_order_status_changed(changed: OrderStatusChanged, desk: Desk) -> Decision:
    """What the rules say of the order as it is now, and the client's text, if the shop file names one.

    Raises:
        Postponed: as ``find_order``, or another entry is at work for this order.
    """
    if not desk.shop.follows_orders and changed.status not in desk.shop.messages.order_statuses:
        return Decision(note="status-sends-nothing")
    order = find_order(changed.order_id, changed.order_number, desk)
    if order is None:
        return Decision(note="order-is-gone")
    # The review first: if it takes the step back, the text is no longer true when its turn comes.
    return joined([review(order, changed.at, desk), _told(order, changed, desk)])


def _told(order: Order, changed: OrderStatusChanged, desk: Desk) -> Decision:
    """Once for each order and text, however often the status comes and whoever tells us of it.

    Of a step that we have taken back the client hears nothing.
    """
    template = desk.shop.messages.order_statuses.get(changed.status)
    if template is None:
        return Decision(note="status-sends-nothing")
    if order.status != changed.status:
        return Decision(note="status-changed-again")
    if went_back(order, changed.at, desk):
        return Decision(note="step-taken-back")
    occasion = Occasion(
        template=template,
        rule=changed.kind,
        # A trigger and the CRM's history tell of the same change: both find the same moment here.
        once=f"order:{order.id}:{template}:{(order.status_since or changed.at).isoformat()}",
        only_if=OrderStillIn(order_id=order.id, status=order.status),
    )
    message = message_about_order(order, occasion, desk)
    return Decision(note=message) if isinstance(message, str) else Decision((message,))
