"""An order has a new status in the CRM: its client gets a text for it, and the order is looked at."""

from chalicelib.actions import SetOrderStatus
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
    reviewed = review(order, desk)
    goes_back = any(isinstance(action, SetOrderStatus) for action in reviewed.actions)
    return joined([reviewed, _told(order, changed, desk, goes_back=goes_back)])


def _told(order: Order, changed: OrderStatusChanged, desk: Desk, *, goes_back: bool) -> Decision:
    """Once for each order and text, however often the status comes and whoever tells us of it.

    Of a step that is taken back the client hears nothing, neither there nor back.
    """
    template = desk.shop.messages.order_statuses.get(changed.status)
    if template is None:
        return Decision(note="status-sends-nothing")
    if order.status != changed.status:
        return Decision(note="status-changed-again")
    if goes_back or went_back(order, desk):
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
