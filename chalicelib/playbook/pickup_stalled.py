"""A parcel waits long at its pickup point: the order's manager phones the client."""

from datetime import datetime, timedelta

from chalicelib.actions import RequestSms, TaskText
from chalicelib.client_time.zones import ClientZone
from chalicelib.crm.port import Order
from chalicelib.events import OrderStillIn, ParcelStatus, ParcelStillAt, PickupStalled
from chalicelib.ladder_memory import LadderMemory, Stay, pickup_key
from chalicelib.parcel_memory import ParcelMemory
from chalicelib.people import due_at
from chalicelib.playbook.client_clock import clock_line, in_daytime, zone_note, zone_of
from chalicelib.playbook.client_messages import NO_PARCEL, Occasion, Parcel, message_about_order
from chalicelib.playbook.clients import has_paid_on_site
from chalicelib.playbook.desk import Decision, Desk
from chalicelib.playbook.ladder_tasks import ladder_of, phone_of, task_for_step
from chalicelib.playbook.performers import performer_of
from chalicelib.told_memory import ToldMemory, told_about_order

CALL_WITHIN = timedelta(hours=4)
"""Of the performer's hours: who has waited for days can wait for a quiet hour."""


def on_pickup_stalled(stalled: PickupStalled, desk: Desk) -> Decision:
    """A task to phone the client, if the parcel still waits."""
    ladder = ladder_of(desk, pickup_key(stalled.order_id))
    order = desk.crm.order(stalled.order_id)
    if order is None or order.status != desk.shop.pickup_status:
        return Decision(note="no-longer-waiting")
    since = ladder.memory.waits_since(order.status_since)
    if since is None:
        return Decision(note="no-longer-waiting")
    if since > stalled.arrived_at:
        # The next look tells it when it is due.
        return Decision(note="arrived-again")
    if ladder.memory.told >= stalled.step:
        # Under another arrival time: the courier's came later than the CRM's.
        return Decision(note="already-told")
    people, zone = desk.shop.people, desk.shop.shop.timezone
    performer = performer_of(order, desk)
    client = zone_of(desk, order, phone_of(order))
    due = in_daytime(desk, performer, due_at(people, performer, desk.now, zone, CALL_WITHIN), client)
    text = _text(order, since, ladder.memory, desk, client)
    task = task_for_step(ladder, order, text, stalled.step, performer, due, zone_note(client))
    reminder = _reminder(stalled, order, ladder.memory.oldest_stay, desk)
    return Decision((*reminder, task), (ladder.claimed(desk),))


def _reminder(stalled: PickupStalled, order: Order, stay: Stay | None, desk: Desk) -> tuple[RequestSms, ...]:
    """The client's own reminder at this step, if the shop file names one."""
    template = desk.shop.messages.pickup_reminders.get(stalled.step)
    if template is None:
        return ()
    occasion = Occasion(
        template=template,
        rule=stalled.kind,
        once=f"pickup:{order.id}:{template}:{stalled.arrived_at.isoformat()}",
        only_if=ParcelStillAt(parcel_key=stay.parcel, status=ParcelStatus.WAITING)
        if stay
        else OrderStillIn(order_id=order.id, status=order.status),
    )
    parcel = (
        Parcel(source=stay.source, keep_until=stay.keep_until, is_estimate=stay.is_estimate)
        if stay
        else NO_PARCEL
    )
    message = message_about_order(order, occasion, desk, parcel)
    return () if isinstance(message, str) else (message,)


def _text(order: Order, since: datetime, memory: LadderMemory, desk: Desk, client: ClientZone) -> TaskText:
    stay = memory.oldest_stay
    waited = {"since": since, "waited": desk.now - since, "phone": phone_of(order)}
    return TaskText(
        text=desk.texts.render("task/pickup_stalled", order_number=order.number, **waited),
        commentary=desk.texts.render(
            "task/pickup_stalled_commentary",
            order_number=order.number,
            name=order.first_name,
            address=order.pickup_address or order.city,
            track_number=order.track_number,
            is_couriers_time=stay is not None,
            keeping=_keeping(stay, client, desk),
            told=_told(order, memory, desk),
            client_time=clock_line(desk, client),
            to_pay=None if not order.to_pay or has_paid_on_site(desk, order) else order.to_pay,
            **waited,
        ),
    )


def _keeping(stay: Stay | None, client: ClientZone, desk: Desk) -> str:
    """Until when it waits. Couriers end that with a day where the parcel is: elsewhere it is another date."""
    texts = desk.texts.on_clock_of(client.of_last_days)
    keep_until, is_estimate = (stay.keep_until, stay.is_estimate) if stay else (None, False)
    return texts.render("task/keeping", keep_until=keep_until, is_estimate=is_estimate)


def _told(order: Order, memory: LadderMemory, desk: Desk) -> tuple[str, ...]:
    """The templates of the messages that the client got about this order and its parcels."""
    about_order = ToldMemory.model_validate(desk.documents.get(told_about_order(order.id)).content)
    parcels = (desk.documents.get(stay.parcel) for stay in memory.stays)
    by_parcel = (ParcelMemory.model_validate(parcel.content).told for parcel in parcels)
    told = (*(template for templates in by_parcel for template in templates), *about_order.templates)
    return tuple(dict.fromkeys(told))
