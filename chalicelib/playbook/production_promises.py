"""The day that production promised is near, or over, and the order is not made: its manager hears."""

from datetime import date, timedelta

from chalicelib.actions import Announce, CreateTask
from chalicelib.crm.port import Order
from chalicelib.events import ProductionPromiseDue
from chalicelib.people import due_at
from chalicelib.playbook.desk import Desk
from chalicelib.playbook.ladder_tasks import Ladder, phone_of
from chalicelib.playbook.performers import performer_of
from chalicelib.production.memory import ProductionMemory, Promise
from chalicelib.production.moments import near, noon, past

LOOK_WITHIN = timedelta(hours=2)
"""Of the performer's hours: a client may have to hear that it takes longer."""


def promised(order: Order, facts: ProductionMemory, desk: Desk) -> tuple[Announce, ...]:
    """A look at the day that this entry tells: when it is near, or over if that has passed."""
    promise = facts.promise
    if promise is None or promise.day is None or promise.entry_id != desk.entry.id:
        return ()
    shop = desk.shop.shop
    if past(promise.day, shop.hours, shop.timezone) <= desk.now:
        return (look(order, promise, promise.day, desk, is_past=True),)
    return (look(order, promise, promise.day, desk, is_past=False),)


def look(order: Order, promise: Promise, day: date, desk: Desk, *, is_past: bool) -> Announce:
    """A look at the order when its day is near, or when it is over."""
    shop, warn_before = desk.shop.shop, desk.shop.production.warn_before
    at = (
        past(day, shop.hours, shop.timezone) if is_past else near(day, warn_before, shop.hours, shop.timezone)
    )
    event = ProductionPromiseDue(
        source=promise.source, order_id=order.id, order_number=order.number, day=day, is_past=is_past
    )
    which = "past" if is_past else "near"
    once = f"production-promise:{order.id}:{promise.entry_id}:{which}"
    return Announce(once=once, due_at=max(at, desk.now), event=event)


def about(day: date, *, is_past: bool) -> str:
    """What the task about a promised day is about."""
    return f"promise:{day}:{'past' if is_past else 'near'}"


def late_task(order: Order, ladder: Ladder, day: date, desk: Desk, *, is_past: bool) -> CreateTask:
    """A task to ask production, and to tell the client if it takes longer."""
    people, zone = desk.shop.people, desk.shop.shop.timezone
    performer = performer_of(order, desk)
    phone = phone_of(order)
    fields = {"order_number": order.number, "day": noon(day, zone), "is_past": is_past, "phone": phone}
    return CreateTask(
        order_id=order.id,
        order_number=order.number,
        text=desk.texts.render("task/production_late", **fields),
        commentary=desk.texts.render("task/production_late_commentary", name=order.first_name, **fields),
        due_at=due_at(people, performer, desk.now, zone, LOOK_WITHIN),
        performer_id=performer,
        phone=phone,
        ladder=ladder.document.key,
        about=about(day, is_past=is_past),
    )
