"""An order is made: it gets its next status, or its manager hears why it does not."""

from chalicelib.actions import AnyAction, CreateTask, SetOrderStatus
from chalicelib.crm.port import Order
from chalicelib.people import due_at
from chalicelib.playbook.desk import Desk
from chalicelib.playbook.ladder_tasks import Ladder, phone_of
from chalicelib.playbook.performers import performer_of
from chalicelib.playbook.production_promises import LOOK_WITHIN
from chalicelib.production.memory import ProductionMemory

ABOUT = "ready"


def goes_on(order: Order, ladder: Ladder, facts: ProductionMemory, desk: Desk) -> tuple[AnyAction, ...]:
    """What follows if this entry tells that the order is made."""
    settings, ready = desk.shop.production, facts.ready
    if ready is None or ready.entry_id != desk.entry.id or not settings.next_status:
        return ()
    if order.status == settings.next_status:
        return ()
    if order.status in settings.may_go_on_from:
        return (SetOrderStatus(order_id=order.id, from_status=order.status, status=settings.next_status),)
    if any(task.about == ABOUT for task in ladder.memory.tasks):
        return ()
    return (_task(order, ladder, desk),)


def is_decided(order: Order, facts: ProductionMemory, desk: Desk) -> bool:
    """Whether nobody need decide any more how a made order goes on: it did, or has ended since."""
    if order.is_open:
        return order.status == desk.shop.production.next_status
    return facts.ready is None or facts.ready.at < (order.status_since or desk.now)


def _task(order: Order, ladder: Ladder, desk: Desk) -> CreateTask:
    people, zone = desk.shop.people, desk.shop.shop.timezone
    performer = performer_of(order, desk)
    phone = phone_of(order)
    next_status = desk.shop.production.next_status
    return CreateTask(
        order_id=order.id,
        order_number=order.number,
        text=desk.texts.render("task/production_ready", order_number=order.number),
        commentary=desk.texts.render(
            "task/production_ready_commentary",
            order_number=order.number,
            status=order.status,
            next_status=next_status,
            is_closed=not order.is_open,
            name=order.first_name,
            phone=phone,
        ),
        due_at=due_at(people, performer, desk.now, zone, LOOK_WITHIN),
        performer_id=performer,
        phone=phone,
        ladder=ladder.document.key,
        about=ABOUT,
    )
